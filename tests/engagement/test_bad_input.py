"""Bad input: one sentence for each fault with the key or the line, known before anything is called (exit code 2)."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from offline import CUSTOMER, EUROPE, FRANCE, TENANTS, engagement_values, run_command, write_engagement

from consolidation.engagement import load_engagement
from consolidation.errors import EngagementError

SOURCE = {"name": FRANCE, "tenant": TENANTS[FRANCE], "credentials": "CONTOSO_FR"}
TARGET = {"name": EUROPE, "tenant": TENANTS[EUROPE], "credentials": "CONTOSO_EU"}
PEOPLE = {"required": 2, "self_approval": False, "approvers": ["ana@contoso.example", "ben@contoso.example"]}
ENDPOINTS = dict.fromkeys(("login", "partner_center", "graph"), "https://localhost:9")
OFF_LOOPBACK = {"cloud": "global", "approvals": PEOPLE, "signing_key": "KEY"}

FAULTS = {
    "a stray key": ({"custmers": "all"}, "unknown key 'custmers'; did you mean 'customers'?"),
    "a key like none": ({"zzz": 1}, "unknown key 'zzz'; known: name, cloud, sources, target, customers, approvals"),
    "a missing key": ({"journal": None}, "the key 'journal' is missing."),
    "a missing target": ({"target": None}, "the key 'target' is missing."),
    "a stray key of a source": (
        {"sources": [{**SOURCE, "tennant": "x"}]},
        "unknown key 'sources.0.tennant'; did you mean 'tenant'?",
    ),
    "a missing key of a source": (
        {"sources": [{"name": FRANCE, "credentials": "CONTOSO_FR"}]},
        "the key 'sources.0.tenant' is missing.",
    ),
    "a source that is a word": ({"sources": [FRANCE]}, "sources.0: give the keys name, tenant, credentials."),
    "no source": ({"sources": []}, "sources: no source tenant is named."),
    "sources that are no list": ({"sources": {"a": 1}}, "sources: "),
    "a tenant that is no GUID": (
        {"target": {**TARGET, "tenant": "contoso.onmicrosoft.com"}},
        "target.tenant: 'contoso.onmicrosoft.com' is not a tenant id (a GUID such as",
    ),
    "a tenant that YAML reads as a number": ({"target": {**TARGET, "tenant": 12345}}, "target.tenant: "),
    "a name with a space": ({"target": {**TARGET, "name": "Contoso Europe"}}, "target.name: "),
    "a source that is the target": (
        {"sources": [{**SOURCE, "tenant": TENANTS[EUROPE].upper()}]},
        f"Source 'contoso-france' and the target are the same tenant {TENANTS[EUROPE]}",
    ),
    "two sources of one tenant": (
        {"sources": [SOURCE, {**SOURCE, "name": "other"}]},
        f"Two sources are the tenant {TENANTS[FRANCE]}.",
    ),
    "two sources of one name": (
        {"sources": [SOURCE, {**SOURCE, "tenant": CUSTOMER}]},
        "Two sources are called 'contoso-france'.",
    ),
    "an unknown cloud": ({**OFF_LOOPBACK, "cloud": "globel"}, "The cloud 'globel' is unknown; did you mean 'global'?"),
    "a closed cloud": ({**OFF_LOOPBACK, "cloud": "germany"}, "Microsoft Cloud Germany is closed"),
    "a cloud without an endpoint": (
        {"cloud": {"login": "https://localhost:9", "partner_center": "https://localhost:9"}},
        "cloud: the key 'graph' is missing.",
    ),
    "a cloud with a stray key": (
        {"cloud": {**ENDPOINTS, "ca_bundel": "ca.pem"}},
        "cloud: unknown key 'ca_bundel'; did you mean 'ca_bundle'?",
    ),
    "a cloud in clear": (
        {"cloud": {**ENDPOINTS, "login": "http://login.example"}},
        "cloud: login must be an https address",
    ),
    "a cloud that is a number": ({"cloud": 5}, "cloud: name a cloud (global, us-government, china, germany), or"),
    "a cloud whose endpoint is a number": ({"cloud": {**ENDPOINTS, "graph": 5}}, "cloud: name a cloud (global"),
    "automatic approval off loopback": (
        {**OFF_LOOPBACK, "approvals": "automatic"},
        "Automatic approval exists on loopback only (S12)",
    ),
    "approvals that are another word": ({"approvals": "manual"}, "approvals: write 'automatic' (loopback only), or"),
    "automatic as a key": (
        {"approvals": {"automatic": True}},
        "approvals: 'automatic' is no key; write 'approvals: automatic'",
    ),
    "a stray key of the approvals": (
        {"approvals": {"aprovers": []}},
        "unknown key 'approvals.aprovers'; did you mean 'approvers'?",
    ),
    "no approver off loopback": (
        {**OFF_LOOPBACK, "approvals": {"required": 1}},
        "Fewer approvers are named than are required",
    ),
    "fewer approvers than required": (
        {"approvals": {"required": 2, "approvers": ["ana@contoso.example", "Ana@contoso.example"]}},
        "Fewer approvers are named than are required",
    ),
    "no approval required": ({"approvals": {"required": 0}}, "approvals.required: "),
    "no signing key off loopback": ({**OFF_LOOPBACK, "signing_key": None}, "the evidence must be signed"),
    "a customer list that is not there": ({"customers": "waves.csv"}, "waves.csv does not exist"),
    "an offer map that is not there": ({"offer_map": "offers.csv"}, "offers.csv does not exist"),
    "prices that are not there": ({"prices": "prices.csv"}, "prices.csv does not exist"),
    "a rate of nothing": ({"throttle": {"requests_per_minute": 0}}, "throttle.requests_per_minute: "),
    "an acceptance by nobody": ({"transfers": {"accept": "mail"}}, "transfers.accept: "),
    "a misspelt acceptance": ({"transfers": {"acept": "api"}}, "unknown key 'transfers.acept'; did you mean 'accept'?"),
    "a journal in memory": ({"journal": "sqlite://"}, "journal: The journal's URL names neither a SQLite file nor"),
    "a journal of another kind": ({"journal": "mysql://host/db"}, "journal: The journal's URL names neither"),
    "a journal in a synchronised folder": ({"journal": "sqlite:///OneDrive/j.db"}, "journal: The journal"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_sentence_that_names_its_place(tmp_path: Path, fault: str) -> None:
    """Each kind of bad input is exactly one sentence, with the key and what is wrong with it or the nearest one."""
    changes, words = FAULTS[fault]
    with pytest.raises(EngagementError) as refused:
        load_engagement(write_engagement(tmp_path, **changes))
    (sentence,) = refused.value.problems
    assert words in sentence
    assert refused.value.next_step
    assert "pydantic" not in str(refused.value)


def test_several_faults_are_said_at_once(tmp_path: Path) -> None:
    """Who made three mistakes reads three sentences, not the first one three times."""
    path = write_engagement(tmp_path, custmers="all", journal=None, target={**TARGET, "tenant": "x"})
    with pytest.raises(EngagementError) as refused:
        load_engagement(path)
    assert len(refused.value.problems) == 3


UNREADABLE = {
    "a key that stands twice": ("name: a\nname: b\n", "line 2, column 1: the key 'name' stands twice"),
    "a key that stands twice inside": ("target: {name: a, name: b}\n", "line 1, column 19: the key 'name' stands"),
    "a bracket without end": ("sources: [\n", "line 2, column 1: while parsing a flow node"),
    "a tab": ("name: a\n\tcloud: global\n", "line 2, column 1: while scanning"),
    "two documents": ("name: a\n---\nname: b\n", "line 2, column 1: expected a single document"),
    "a key that is a list": ("? [a]\n: b\n", "line 1, column 3: a key must be a word"),
    "a date that is none": ("name: 2026-02-30\n", "day is out of range for month"),
    "an object": ("name: !!python/object:os.system {}\n", "line 1, column 7: could not determine a constructor"),
    "a control character": ("name: \x07\n", "is not YAML"),
    "no keys": ("- a\n- b\n", "holds no keys"),
    "nothing": ("", "holds no keys"),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_yaml_that_cannot_be_read_names_its_line(tmp_path: Path, fault: str) -> None:
    """Unreadable YAML, duplicate keys included, is one sentence with file, line and column."""
    text, words = UNREADABLE[fault]
    path = tmp_path / "engagement.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EngagementError) as refused:
        load_engagement(path)
    (sentence,) = refused.value.problems
    assert sentence.startswith("engagement.yaml")
    assert words in sentence
    assert sentence.endswith(".")


def test_a_file_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    """A file that is not UTF-8 says so and how to save it."""
    path = tmp_path / "engagement.yaml"
    path.write_bytes("name: société\n".encode("cp1252"))
    with pytest.raises(EngagementError, match=r"engagement\.yaml cannot be read: .*Save it as UTF-8"):
        load_engagement(path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Windows editors write a byte order mark; the file is read all the same."""
    path = tmp_path / "engagement.yaml"
    path.write_text(yaml.safe_dump(engagement_values()), encoding="utf-8-sig")
    assert load_engagement(path).name == "offline"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port of this computer that remembers whoever knocks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize("fault", [*FAULTS, "no file"])
@pytest.mark.parametrize("command", ["run", "status"])
def test_bad_input_ends_with_exit_code_2_and_no_call(
    tmp_path: Path,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    fault: str,
) -> None:
    """What is knowable without a call ends with exit code 2, sentences on stderr, nothing called, nothing written."""
    changes, words = FAULTS.get(fault, ({}, "There is no engagement file"))
    path = write_engagement(tmp_path, port=listener.getsockname()[1], **changes)
    if fault == "no file":
        path.unlink()
    before = sorted(tmp_path.iterdir())
    ended = run_command(capsys, monkeypatch, command, str(path))
    assert ended.code == 2
    assert words in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert sorted(tmp_path.iterdir()) == before
    assert not select.select([listener], [], [], 0)[0]


def test_missing_credentials_are_known_before_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run without credentials ends with exit code 2 and names the variables; no journal is begun."""
    path = write_engagement(tmp_path)
    ended = run_command(capsys, monkeypatch, "run", str(path))
    assert ended.code == 2
    assert re.search(r"CONTOSO-FRANCE_CLIENT_ID.*neither in the environment nor in the keyring", ended.err)
    assert not (tmp_path / "journal.db").exists()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_ends_automatic_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """S12: with a proxy in the environment not even localhost is this computer, and automatic approval is refused."""
    path = write_engagement(tmp_path)
    monkeypatch.setenv(variable, "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(EngagementError, match="S12"):
        load_engagement(path)
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert load_engagement(path).cloud.is_loopback


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("127.0.0.1.example", False),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("[::2]", False),
    ],
)
def test_automatic_approval_needs_every_endpoint_on_loopback(tmp_path: Path, host: str, *, loopback: bool) -> None:
    """S12: one endpoint whose host is not localhost, 127/8 or ::1 is enough to refuse automatic approval."""
    path = write_engagement(tmp_path, cloud={**ENDPOINTS, "graph": f"https://{host}:9"}, signing_key="KEY")
    if loopback:
        assert load_engagement(path).approvals.automatic
    else:
        with pytest.raises(EngagementError, match="S12"):
            load_engagement(path)
