"""Manifests are stamped by an independent service (RFC 3161), and the stamps are checked offline."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina
from click.testing import CliRunner
from evidence.authority import Authority, listening
from evidence.sealed import ADATUM, Sealed

from consolidation.cli import cli
from consolidation.evidence import verification
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.time_stamps import load_authorities, read_stamp, request_stamp, stamp_name
from consolidation.evidence.verification import verify


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority; its keys take openssl a while, so once for all tests."""
    return Authority(tmp_path_factory.mktemp("authority") / "keys")


@pytest.fixture
def authority(keys: Authority) -> Iterator[Authority]:
    """The authority, listening and honest."""
    keys.answer = None
    keys.asked.clear()
    with stamina.set_testing(True, attempts=1), listening(keys):
        yield keys


@pytest.fixture
def stamped(empty: Sealed, authority: Authority) -> Sealed:
    """An archive of two runs, both manifests stamped."""
    for phase in ("04_recreate", "05_suspend"):
        empty.effect(ADATUM, phase)
        empty.notebook(ADATUM, phase)
        empty.seal_and_stamp(authority.address)
    return empty


def found(root: Path, key: Path | None = None, certificates: Path | None = None) -> str:
    """Return all findings as one text."""
    return "\n".join(map(str, verify(root, key, certificates).findings))


def stamps(sealed: Sealed) -> list[Path]:
    """Return the stamps, oldest first."""
    return sorted(sealed.root.glob("*.tsr"))


def test_a_stamped_archive_is_intact_and_says_when(stamped: Sealed, authority: Authority) -> None:
    """M32: the stamps of both manifests hold against the authority's certificates, and the time is told."""
    result = verify(stamped.root, stamped.public, authority.certificates)
    assert result.findings == []
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"2 of 2 manifests are time-stamped: the newest of them, manifest-0002.dsse.json, at {today}" in str(result)
    assert "by CN=Time of Test." in str(result)


def test_other_tools_accept_the_stamps(stamped: Sealed, authority: Authority) -> None:
    """M32: an auditor needs nothing of ours: `openssl ts -verify` accepts stamp and manifest as they lie there."""
    for stamp, manifest in zip(stamps(stamped), sorted(stamped.root.glob("manifest-*.json")), strict=True):
        assert authority.openssl_accepts(stamp, manifest)
    assert not authority.openssl_accepts(stamps(stamped)[0], stamped.root / "manifest-0002.dsse.json")


def test_the_service_learns_a_digest_and_nothing_else(stamped: Sealed, authority: Authority) -> None:
    """S10: what is sent is as short as a digest and a random number, and holds nothing of the manifest."""
    manifest = (stamped.root / "manifest-0002.dsse.json").read_bytes()
    assert all(len(query) < 100 for query in authority.asked)
    assert hashlib.sha256(manifest).digest() in authority.asked[-1]


def test_without_certificates_the_result_says_what_was_not_checked(stamped: Sealed) -> None:
    """M32: without the authority's certificates a stamp is checked against its manifest alone, and a note says so."""
    result = verify(stamped.root, stamped.public)
    assert result.intact
    assert "no certificate was given, so whose the stamps are was not checked" in str(result)


def test_a_foreign_authority_is_named(stamped: Sealed, tmp_path: Path) -> None:
    """M32: stamps that do not come from the authority whose certificates were given are findings."""
    foreign = Authority(tmp_path / "foreign", name="Somebody Else")
    text = found(stamped.root, stamped.public, foreign.certificates)
    assert text.count("The time stamp does not hold") == 2


def test_a_removed_stamp_is_named(stamped: Sealed) -> None:
    """M32: an older stamp is listed by the next manifest, and the newest manifest says itself that it has one."""
    older, newest = stamps(stamped)
    older.unlink()
    newest.unlink()
    text = found(stamped.root)
    assert f"{older.name}: Missing: manifest-0002.dsse.json lists it." in text
    assert "manifest-0002.dsse.json: Its time stamp is missing" in text


def test_a_stamp_of_another_manifest_is_named(stamped: Sealed) -> None:
    """M32: the stamp of an older manifest cannot pass for that of a newer one."""
    older, newest = stamps(stamped)
    newest.unlink()
    shutil.copy(older, older.with_name(older.name.replace("0001", "0002")))
    assert "It is the time stamp of something else." in found(stamped.root)


def test_each_changed_byte_of_the_newest_stamp_is_found(stamped: Sealed) -> None:
    """M32: no byte of the newest stamp can be changed unseen, those that no signature covers among them."""
    newest = stamps(stamped)[-1]
    honest = newest.read_bytes()
    for place in range(0, len(honest), 7):
        newest.write_bytes(honest[:place] + bytes([honest[place] ^ 1]) + honest[place + 1 :])
        assert f"{newest.name}: Altered" in found(stamped.root)


def test_a_forged_time_does_not_hold(stamped: Sealed, authority: Authority) -> None:
    """M32: a stamp with another time, under a name that fits it, is refused with the certificates."""
    newest = stamps(stamped)[-1]
    manifest = (stamped.root / "manifest-0002.dsse.json").read_bytes()
    honest = newest.read_bytes()
    at = read_stamp(honest, manifest).at
    forged = honest.replace(f"{at:%Y%m%d%H%M%S}Z".encode(), f"{at - timedelta(days=9):%Y%m%d%H%M%S}Z".encode(), 1)
    assert forged != honest
    newest.unlink()
    (stamped.root / stamp_name(2, forged)).write_bytes(forged)
    assert "The time stamp does not hold" in found(stamped.root, stamped.public, authority.certificates)


@pytest.mark.parametrize("answer", [b"", b"no stamp", b"\x30\x03\x02\x01\x02"])
def test_what_is_no_stamp_is_refused_at_once(authority: Authority, answer: bytes) -> None:
    """M32: an answer that is no stamp is not kept as one, and the reason is one sentence."""
    authority.answer = answer
    with pytest.raises(EvidenceError, match=r"The answer of the time-stamp service .* cannot be read"):
        request_stamp(b"content", authority.address)


def test_the_stamp_of_another_query_is_refused_at_once(authority: Authority) -> None:
    """M32: a replayed answer, right in itself, is not the answer to this question."""
    authority.answer = request_stamp(b"content", authority.address)
    with pytest.raises(EvidenceError, match="stamped something else"):
        request_stamp(b"content", authority.address)


def test_a_refusal_is_told(authority: Authority) -> None:
    """M32: a service that does not stamp what it is sent is named with what it says."""
    authority.answer = authority.stamp(b"no query")
    with pytest.raises(EvidenceError, match="refused"):
        request_stamp(b"content", authority.address)


def test_a_service_that_is_down_is_told_and_verify_names_the_manifest(stamped: Sealed, authority: Authority) -> None:
    """M29: without its service a manifest stands unstamped, is named by `verify`, and covered by the next stamp."""
    lacking = stamped.seal_and_stamp("http://127.0.0.1:1/tsr")
    assert "manifest-0003.dsse.json has no time stamp: The time-stamp service http://127.0.0.1:1/tsr cannot" in lacking
    assert found(stamped.root).startswith("manifest-0003.dsse.json: Its time stamp is missing")
    assert stamped.seal_and_stamp(authority.address) == ""
    result = verify(stamped.root, stamped.public, authority.certificates)
    assert result.intact
    assert "gave no time stamp for manifest-0003.dsse.json; the next stamp covers what they say" in str(result)


def test_without_the_extra_nothing_is_claimed(
    stamped: Sealed, monkeypatch: pytest.MonkeyPatch, keys: Authority
) -> None:
    """M32: where nothing can read stamps, `verify` says so, and refuses to check them against certificates."""
    for module in ("stamp_check", "verification"):
        monkeypatch.setattr(f"consolidation.evidence.{module}.can_stamp", lambda: False)
    result = verification.verify(stamped.root, stamped.public)
    assert result.intact
    assert "The time stamps were not read" in str(result)
    with pytest.raises(EvidenceError, match="Nothing here can read time stamps"):
        verification.verify(stamped.root, stamped.public, keys.certificates)


def test_certificates_that_are_none_are_refused(stamped: Sealed) -> None:
    """M32: a file that holds no certificate is an error, not a silent pass."""
    with pytest.raises(EvidenceError, match="no readable certificates"):
        load_authorities(stamped.public)


def test_the_command_takes_the_certificates(stamped: Sealed, authority: Authority) -> None:
    """M32: `consolidate verify ARCHIVE --key --authority` checks both."""
    options = ["--key", str(stamped.public), "--authority", str(authority.certificates)]
    done = CliRunner().invoke(cli, ["verify", str(stamped.root), *options])
    assert (done.exit_code, "time-stamped" in done.output) == (0, True)
