"""The seal of a real run: a manifest tells who, what, when and with which program, and is time-stamped."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from evidence.authority import Authority, listening
from world import EUROPE, FRANCE, ROOT, TENANTS

from consolidation import sealing
from consolidation.approvals import record_decision
from consolidation.confirmations import record_confirmation
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.evidence.archive import Archive
from consolidation.evidence.envelope import Envelope
from consolidation.evidence.verification import verify
from consolidation.journal import Journal
from consolidation.notebook_runs import NotebookRuns
from consolidation.outcomes import Outcome, record_outcome
from consolidation.plan import Plan
from consolidation.population import CaseName, record_population
from consolidation.provenance import git_state, program
from consolidation.sealing import require_means, seal_archive
from consolidation.session import open_journal
from partner_center import Person

ADATUM = CaseName(FRANCE, "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11", "Adatum GmbH", "adatum.onmicrosoft.com")
LATER = CaseName(FRANCE, "27d89901-beb7-51d8-9252-86f45e298b84", "Fabrikam", "fabrikam.onmicrosoft.com")
ANA = Person("8c1f0c3e-0000-4a6b-9c2d-000000000a0a", "ana@contoso.example", "Ana Costa")


def write_engagement(folder: Path, **more: object) -> Engagement:
    """Write an engagement on loopback that nobody listens to."""
    values = {
        "name": "sealed",
        "cloud": dict.fromkeys(("login", "partner_center", "graph"), "https://localhost:9"),
        "sources": [{"name": FRANCE, "tenant": TENANTS[FRANCE], "credentials": "A"}],
        "target": {"name": EUROPE, "tenant": TENANTS[EUROPE], "credentials": "B"},
        "customers": "all",
        "approvals": "automatic",
        "journal": "sqlite:///journal.db",
        "archive": "archive",
        **more,
    }
    path = folder / "engagement.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return load_engagement(path)


def work(engagement: Engagement, journal: Journal, folder: Path) -> Path:
    """Leave in journal and archive what a run leaves, and return the notebook that was executed."""
    record_population(journal, [ADATUM, LATER], phase="00_connect")
    record_confirmation(journal, "engagement", "irreversible", by="Ana Costa", how="command line")
    record_outcome(journal, "engagement", Outcome("00_connect", "done", ("2 cases.",)))
    plan = journal.append(ADATUM.chain, "planned", {"digest": "70ff" * 16, "rows": []}, phase="02_invite")
    frozen = Plan("02_invite", ADATUM, {}, (), number=plan.number)
    record_decision(journal, frozen, ANA, approved=True, how="command line")
    journal.leases.take(ADATUM.customer)
    announced = {"action": "attest", "request_id": "request-1", "correlation_id": "correlation-1"}
    intention = journal.intend(ADATUM.chain, ["a"], announced, phase="02_invite", customer=ADATUM.customer)
    journal.close_intention(intention, "done", {"correlation_id": "correlation-1"})
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("engagement = customer = source = ''")])
    made.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = folder / "02_invite.ipynb"
    nbformat.write(made, notebook)
    NotebookRuns(engagement, journal, Archive(engagement.archive_folder), folder).run_phase(ADATUM, "02_invite")
    return notebook


def stated(engagement: Engagement, manifest: str) -> dict[str, Any]:
    """Return the predicate of a manifest."""
    payload = Envelope.from_bytes((engagement.archive_folder / manifest).read_bytes()).payload
    predicate: dict[str, Any] = json.loads(payload)["predicate"]
    return predicate


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    """A time-stamp authority that listens."""
    with listening(Authority(tmp_path / "authority")) as made:
        yield made


def test_the_manifest_of_a_run_is_complete(tmp_path: Path, authority: Authority) -> None:
    """M32: population with state, who decided, what ran from which source, when, Microsoft's ids, chain heads."""
    engagement = write_engagement(tmp_path, time_stamp=authority.address)
    journal, started = open_journal(engagement), datetime.now(UTC)
    notebook = work(engagement, journal, tmp_path)
    seal = seal_archive(engagement, journal, Archive(engagement.archive_folder), started=started)
    assert (seal.manifest, seal.lacking) == ("manifest-0001.dsse.json", "")
    told = stated(engagement, seal.manifest)

    assert {(case["customer"], case["state"]) for case in told["population"]} == {
        (ADATUM.customer, "failed"),
        (LATER.customer, "not_started"),
    }
    confirmed, decided = sorted(told["decisions"], key=lambda decision: str(decision["kind"]))
    assert (confirmed["step"], confirmed["by"]) == ("irreversible", "Ana Costa")
    assert (decided["by"]["object_id"], decided["by"]["user_name"]) == (ANA.object_id, ANA.user_name)
    assert decided["approved"] is True
    assert told["plans"] == {f"{ADATUM.chain} 02_invite": "70ff" * 16}

    run = told["run"]
    assert run["outcomes"]["00_connect"]["outcome"] == "done"
    assert datetime.fromisoformat(run["started"]) <= datetime.fromisoformat(run["finished"])
    (executed,) = run["notebooks"]
    assert executed["source_sha256"] == hashlib.sha256(notebook.read_bytes()).hexdigest()
    archived = engagement.archive_folder / executed["notebook"]
    assert executed["sha256"] == hashlib.sha256(archived.read_bytes()).hexdigest()
    assert executed["parameters"]["customer"] == ADATUM.customer
    assert datetime.fromisoformat(executed["started"]) <= datetime.fromisoformat(executed["finished"])
    assert executed["outcome"] == "failed"
    assert [(call["kind"], call.get("request_id"), call["correlation_id"]) for call in run["calls"]] == [
        ("intended", "request-1", "correlation-1"),
        ("done", None, "correlation-1"),
    ]
    assert set(told["chains"]) == set(journal.chains())
    assert told["timeStampService"] == authority.address
    assert verify(engagement.archive_folder, authority=authority.certificates).intact


def test_what_was_told_is_not_told_again(tmp_path: Path) -> None:
    """M32: notebooks and calls stand in the manifest of their run, decisions and plans in all that follow."""
    engagement = write_engagement(tmp_path)
    journal, archive = open_journal(engagement), Archive(engagement.archive_folder)
    work(engagement, journal, tmp_path)
    seal_archive(engagement, journal, archive, started=datetime.now(UTC))
    told = stated(engagement, seal_archive(engagement, journal, archive, started=datetime.now(UTC)).manifest)
    assert (told["run"]["notebooks"], told["run"]["calls"]) == ([], [])
    assert (len(told["decisions"]), len(told["plans"])) == (2, 1)


def test_a_notebook_exchanged_before_the_seal_is_named(tmp_path: Path) -> None:
    """M32: what was put in the place of a notebook before the run ended does not fit the journal's digest."""
    engagement = write_engagement(tmp_path)
    journal, archive = open_journal(engagement), Archive(engagement.archive_folder)
    work(engagement, journal, tmp_path)
    (notebook,) = archive.root.rglob("*.ipynb")
    notebook.write_text("{}", encoding="utf-8")
    seal_archive(engagement, journal, archive, started=datetime.now(UTC))
    (finding,) = verify(archive.root).findings
    assert str(finding).startswith(f"{notebook.relative_to(archive.root).as_posix()}: Altered: its content is not what")


def test_the_program_says_exactly_what_it_is() -> None:
    """M32: version, commit, whether it was altered, lock and packages are those of this checkout."""
    told = program()
    lock = (ROOT / "requirements.lock").read_bytes()
    assert told["lock_sha256"] == hashlib.sha256(lock).hexdigest()
    assert told["version"] == told["packages"]["tenant-consolidation"]  # type: ignore[index]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told["git"]["commit"] == head.strip()  # type: ignore[index]


def test_commit_and_alterations_are_those_of_the_file_s_own_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M32: an altered checkout is called dirty; a package in somebody else's checkout has no commit."""
    monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))  # as inside a hook of another repository
    module, stranger = tmp_path / "module.py", tmp_path / "site-packages" / "package.py"
    module.write_text("one", encoding="utf-8")
    assert git_state(module) is None
    author = ("-c", "user.name=A", "-c", "user.email=a@b.example")
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path)}
    for command in (("init", "-q"), ("add", "module.py"), (*author, "commit", "-q", "-m", "first")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, env=environment)
    clean = git_state(module)
    assert clean is not None
    assert clean["dirty"] is False
    module.write_text("two", encoding="utf-8")
    assert git_state(module) == {**clean, "dirty": True}
    stranger.parent.mkdir()
    stranger.write_text("", encoding="utf-8")
    assert git_state(stranger) is None


@pytest.mark.parametrize("address", ["time.example", "ftp://time.example/tsr", "https://", "http://a:b@time.example"])
def test_an_address_that_cannot_stamp_is_refused_at_once(tmp_path: Path, address: str) -> None:
    """M32: what is no http or https address, or holds a password, is an error before anything is called."""
    with pytest.raises(EngagementError, match="not the address of a time-stamp service"):
        write_engagement(tmp_path, time_stamp=address)


def test_without_the_extra_a_run_that_is_to_be_stamped_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M32: where nothing can ask for time stamps the run ends with 2 before it begins, and says what to install."""
    engagement = write_engagement(tmp_path, time_stamp="https://time.example/tsr")
    require_means(engagement)
    monkeypatch.setattr(sealing, "can_stamp", lambda: False)
    with pytest.raises(EngagementError, match=r"tenant-consolidation\[timestamp\]"):
        require_means(engagement)
