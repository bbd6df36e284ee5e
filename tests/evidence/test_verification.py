"""`verify` names whatever is wrong with an archive, from the files alone."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from evidence.sealed import ADATUM, FABRIKAM, SOURCE, Sealed

from consolidation.evidence.archive import Archive
from consolidation.evidence.envelope import Envelope, sign
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.manifest import self_digest
from consolidation.evidence.signing import keygen
from consolidation.evidence.verification import verify
from consolidation.journal import Entry, entry_hash
from consolidation.journal.entries import canonical_json

CASE = f"{SOURCE}/Adatum-GmbH_{ADATUM}"
SEGMENT = f"{CASE}/journal-000001-000003.jsonl"
LATER = f"{CASE}/journal-000004-000006.jsonl"


def found(root: Path, key: Path | None = None) -> str:
    """Return all findings as one text."""
    return "\n".join(map(str, verify(root, key).findings))


def rewrite(path: Path, change: Callable[[dict[str, Any]], None], key: Ed25519PrivateKey | None) -> None:
    """Change a manifest's statement as a forger would: with a fitting self digest, signed with what he has."""
    statement = json.loads(Envelope.from_bytes(path.read_bytes()).payload)
    del statement["predicate"]["selfDigest"]
    change(statement)
    statement["predicate"]["selfDigest"] = self_digest(statement)
    path.write_bytes(sign(canonical_json(statement).encode(), key).to_bytes())


def test_an_untouched_archive_is_intact_also_elsewhere(original: Sealed, copied: Path) -> None:
    """M32: an archive that was only moved has no findings, and everything in it is counted."""
    result = verify(copied, original.public)
    assert result.findings == []
    assert (result.manifests, result.chains, result.entries, result.effects) == (2, 3, 11, 3)
    assert result.files == len(list(original.archive.files()))
    assert str(result).startswith("Intact: ")


def test_without_a_key_the_result_says_what_was_not_checked(copied: Path) -> None:
    """M32: signed manifests without a public key are intact, with the note that whose key it is was not checked."""
    result = verify(copied)
    assert result.intact
    assert "no public key was given" in str(result)


def test_unsigned_manifests_are_noted_and_with_a_key_refused(empty: Sealed, sealed: Sealed) -> None:
    """M32: an unsigned manifest is a note when no key is given, and a finding when one is."""
    root = empty.root
    for path in root.glob("manifest-*"):
        path.unlink()
    empty.seal(signed=False)
    assert verify(root).intact
    assert "unsigned" in str(verify(root))
    assert "manifest-0001.dsse.json: It is unsigned, although a public key was given." in found(root, sealed.public)


def test_a_removed_signature_is_found_without_a_key(copied: Path) -> None:
    """M32: taking the signatures away does not make a signed archive an honest unsigned one."""
    for path in copied.glob("manifest-*"):
        path.write_bytes(Envelope(Envelope.from_bytes(path.read_bytes()).payload).to_bytes())
    assert "Its signature was removed" in found(copied)


def test_a_foreign_key_is_named(original: Sealed, copied: Path, tmp_path: Path) -> None:
    """M32: a manifest that somebody else signed is found with the right key, and theirs finds the honest one."""
    other = keygen("OTHER_KEY", tmp_path)
    assert "signed by a foreign key" in found(copied, other.public_path)
    rewrite(
        copied / "manifest-0002.dsse.json",
        lambda s: s["predicate"]["run"].update(runner="x"),
        Ed25519PrivateKey.generate(),
    )
    assert "manifest-0002.dsse.json: It is signed by a foreign key" in found(copied, original.public)


def test_a_statement_changed_under_its_signature_is_found(original: Sealed, copied: Path) -> None:
    """M32: a statement that was changed and kept its old signature is found, with and without the key."""
    path = copied / "manifest-0002.dsse.json"
    signatures = Envelope.from_bytes(path.read_bytes()).signatures
    rewrite(path, lambda s: s["predicate"]["run"].update(runner="x"), None)
    path.write_bytes(Envelope(Envelope.from_bytes(path.read_bytes()).payload, signatures).to_bytes())
    assert "The signature of key" in found(copied, original.public)
    assert "does not fit the signer" in found(copied)


FIRST, SECOND, THIRD = (f"manifest-{number:04d}.dsse.json" for number in (1, 2, 3))
DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda root: (root / SEGMENT).unlink(), f"{SEGMENT}: Missing"),
    (lambda root: (root / "engagement/exports/customers.csv").write_text("x"), "customers.csv: Altered"),
    (lambda root: (root / "engagement/extra.txt").write_text("x"), "engagement/extra.txt: Added"),
    (lambda root: (root / CASE / "mails/invitation.eml").rename(root / CASE / "mails/x.eml"), "x.eml: Added"),
    (lambda root: (root / FIRST).unlink(), f"{FIRST}: Missing"),
    (lambda root: (root / SECOND).unlink(), f"{LATER}: Added"),
    (lambda root: (root / SECOND).rename(root / "manifest-0004.dsse.json"), f"{SECOND} to {THIRD} should lie"),
    (lambda root: shutil.copy(root / FIRST, root / THIRD), f"{THIRD}: It no longer lists"),
    (lambda root: (root / FIRST).write_text("{}"), f"{FIRST}: It is not"),
    (lambda root: shutil.copytree(root / CASE, root / SOURCE / f"Z_{ADATUM}"), "a folder where no chain, or not this"),
    (lambda root: [path.unlink() for path in root.glob("manifest-*")], "There is no manifest"),
]


@pytest.mark.parametrize(("damage", "expected"), DAMAGES)
def test_each_damage_is_named(copied: Path, damage: Callable[[Path], object], expected: str) -> None:
    """M32: an altered, missing, added or renamed file and a skipped, replayed or broken manifest are each named."""
    damage(copied)
    assert expected in found(copied)


def entries(path: Path) -> list[Entry]:
    """Return the entries of a segment."""
    return [Entry.from_line(line) for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]


def store(path: Path, lines: list[Entry]) -> None:
    """Write a segment anew."""
    path.write_text("".join(f"{entry.line()}\n" for entry in lines), encoding="utf-8")


def changed(entry: Entry, **fields: object) -> Entry:
    """Return an entry changed by somebody who knows how its hash is computed."""
    covered = {name: getattr(entry, name) for name in Entry.__dataclass_fields__ if name != "hash"} | fields
    return Entry(**covered, hash=entry_hash(**covered))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda e: [e[0], e[2]], "Line 2, entry 3: it follows entry 1: entries are missing."),
        (lambda e: [e[1], e[0], e[2]], "out of order or twice"),
        (lambda e: [e[0], e[1], e[1], e[2]], "out of order or twice"),
        (lambda e: e[:2], "it does not start and end with these"),
        (lambda e: [e[0], changed(e[1], body={"seats": 1}), e[2]], "Line 3, entry 3: it does not continue the chain"),
        (lambda e: [*e[:2], changed(e[2], v=2)], "it has version 2, this program knows 1; use the newer program."),
        (lambda e: [*e[:2], changed(e[2], chain="engagement")], "it belongs to the chain 'engagement', not here."),
        (lambda e: [e[0], Entry(**{**vars(e[1]), "at": "2020"}), e[2]], "entry 2: it was altered: its own hash"),
        (lambda e: [changed(e[0], previous="1" * 64), *e[1:]], "Line 1, entry 1: it does not continue the chain"),
    ],
)
def test_each_break_in_a_chain_is_named(
    copied: Path, change: Callable[[list[Entry]], list[Entry]], expected: str
) -> None:
    """M32: a dropped, moved, repeated, changed or newer entry is named with its line, even by a careful forger."""
    store(copied / SEGMENT, change(entries(copied / SEGMENT)))
    assert f"{SEGMENT}: " in found(copied)
    assert expected in found(copied)


def test_a_chain_cut_at_its_end_does_not_reach_the_manifests_head(copied: Path) -> None:
    """M32: a journal cut together with its files is found by the head that the manifest states."""
    (copied / LATER).unlink()
    name = f"case/{SOURCE}/{ADATUM}"
    assert f"does not hold entry 6 of '{name}' as this manifest states it" in found(copied)


def test_an_entry_spelled_otherwise_is_named(copied: Path) -> None:
    """M32: the same entry with other blanks is not the line that was archived."""
    lines = (copied / SEGMENT).read_text(encoding="utf-8").split("\n")
    (copied / SEGMENT).write_text("\n".join([json.dumps(json.loads(lines[0])), *lines[1:]]), encoding="utf-8")
    assert f"{SEGMENT}: Line 1 is not a journal entry: The JSON was altered" in found(copied)


def test_entries_behind_the_newest_head_are_named(copied: Path) -> None:
    """M32: a segment that continues a chain faultlessly, but that no manifest vouches for, is named."""
    last = entries(copied / LATER)[-1]
    store(copied / CASE / "journal-000007-000007.jsonl", [changed(last, number=7, previous=last.hash)])
    assert f"{CASE}: Its journal goes to entry 7; manifest-0002.dsse.json vouches up to 6." in found(copied)


def test_a_manifest_written_anew_does_not_fit_its_successor(original: Sealed, copied: Path) -> None:
    """M32: even with the key, an earlier manifest cannot be written anew: its successor names its digest."""
    rewrite(copied / FIRST, lambda s: s["predicate"]["run"].update(runner="x"), original.key)
    assert found(copied, original.public) == (
        f"{SECOND}: It does not follow {FIRST}: the digest of its predecessor does not fit."
    )


def test_a_later_manifest_cannot_take_back_an_earlier_one(original: Sealed, copied: Path) -> None:
    """M32: a file that was changed and sealed again is named, because the earlier manifest recorded another content."""
    altered = copied / "engagement" / "exports" / "customers.csv"
    altered.write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()

    def cover_up(statement: dict[str, Any]) -> None:
        for subject in statement["subject"]:
            if subject["name"] == "engagement/exports/customers.csv":
                subject["digest"]["sha256"] = digest

    rewrite(copied / SECOND, cover_up, original.key)
    text = found(copied, original.public)
    assert f"{SECOND}: It records another content of 'engagement/exports/customers.csv' than {FIRST} does." in text
    assert f"customers.csv: Altered: its content is not what {FIRST} recorded." in text


def test_a_later_manifest_cannot_pass_for_the_first(copied: Path) -> None:
    """M32: when the first runs are cut off and the manifests renumbered, the predecessor it names gives it away."""
    (copied / SECOND).rename(copied / FIRST)
    assert f"{FIRST}: It names a predecessor, '{FIRST}', but must be the first." in found(copied)


def test_an_unsigned_manifest_after_signed_ones_is_named(sealed: Sealed) -> None:
    """M32: who has no key cannot simply go on without one."""
    sealed.journal.append("engagement", "confirmed", {})
    sealed.seal(signed=False)
    assert found(sealed.root) == f"{THIRD}: It is unsigned, although an earlier manifest is signed."


def test_an_effect_without_a_notebook_is_named(empty: Sealed) -> None:
    """M32: effects that no archived notebook covers are named with their entries, until the phase is archived."""
    empty.effect(FABRIKAM, "05_suspend")
    empty.notebook(FABRIKAM, "04_recreate")
    empty.seal()
    assert "No archived notebook of 05_suspend covers the effects in journal entries 2" in found(empty.root)
    empty.notebook(FABRIKAM, "05_suspend")
    empty.seal()
    assert verify(empty.root).intact


def test_a_notebook_archived_before_an_effect_does_not_cover_it(sealed: Sealed) -> None:
    """M32: what a person did by hand after the last archived notebook is named until the phase is executed again."""
    sealed.effect(ADATUM, "04_recreate")
    sealed.seal()
    assert "No archived notebook of 04_recreate covers the effects in journal entries 8" in found(sealed.root)
    sealed.archive.write(sealed.case(ADATUM) / "notebooks" / "04_recreate-20261123T000000Z.ipynb", "{}")
    sealed.seal()
    assert verify(sealed.root).intact, "a notebook whose journal entry was lost in a crash counts"


OTHER = {"payload": base64.b64encode(b"[1]").decode(), "payloadType": "x", "signatures": []}
HOSTILE = [b"", b"\n", b"\x00\xff", b"{}\n", b"[]\n", b"[" * 50_000 + b"\n", b'{"chain":1}\n', b"NaN\n",
           b'"\\ud800"\n', json.dumps(OTHER).encode()]  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE)
def test_hostile_content_becomes_a_finding(copied: Path, content: bytes) -> None:
    """S11: whatever stands in a segment or a manifest, `verify` names the file and goes on."""
    (copied / SEGMENT).write_bytes(content)
    (copied / "manifest-0001.dsse.json").write_bytes(content)
    text = found(copied)
    assert f"{SEGMENT}: " in text
    assert "manifest-0001.dsse.json: " in text


STATEMENTS: list[Callable[[dict[str, Any]], None]] = [
    lambda s: s.update(subject=None),
    lambda s: s.update(subject=[{"name": "x"}]),
    lambda s: s.update(subject=s["subject"] * 2),
    lambda s: s.update(predicateType="urn:tenant-consolidation:manifest:v2"),
    lambda s: s["predicate"].update(chains={"engagement": {"number": 1e999, "hash": ""}}),
    lambda s: s["predicate"].update(chains=[]),
    lambda s: s["predicate"].update(previous="manifest-0001.dsse.json"),
    lambda s: s["predicate"].update(signer={"publicKey": "AAAA"}),
    lambda s: s["predicate"].pop("written"),
]


@pytest.mark.parametrize("change", STATEMENTS)
def test_a_statement_of_another_shape_becomes_a_finding(
    original: Sealed, copied: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    """S11: a signed statement that is not as this program writes it is named, not stumbled over."""
    rewrite(copied / "manifest-0002.dsse.json", change, original.key)
    assert "manifest-0002.dsse.json: " in found(copied, original.public)


def test_what_is_no_file_becomes_a_finding(copied: Path, tmp_path: Path) -> None:
    """S11: links and devices are named and never opened: a pipe would hang, a link would lead elsewhere."""
    (tmp_path / "secret.txt").write_text("elsewhere")
    (copied / "engagement" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (copied / "engagement" / "folder").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(copied / "engagement" / "pipe")
    os.mkfifo(copied / "manifest-0003.dsse.json")
    text = found(copied)
    for name in ("engagement/link.txt", "engagement/folder", "engagement/pipe", "manifest-0003.dsse.json"):
        assert f"{name}: It is a link or a device, not a file." in text
    assert "secret" not in text


def test_a_hostile_file_name_cannot_disturb_the_report(copied: Path) -> None:
    """S11: control characters, direction overrides and broken bytes in a file's name are not printed."""
    name = "a\x1b[2Jb\nIntact: 1 file\u202e"
    (copied / "engagement" / name).write_text("x")
    Path(os.fsdecode(os.fsencode(copied / "engagement") + b"/\xff\xfe")).write_text("x")
    reported = [str(finding) for finding in verify(copied).findings]
    assert len(reported) == 2
    for line in reported:
        assert line.isprintable()
        assert line.encode()


def test_no_archive_and_no_key_are_errors_of_the_caller(copied: Path, tmp_path: Path) -> None:
    """M32: a folder or a key that does not exist is said at once, with the next step."""
    with pytest.raises(EvidenceError, match="There is no archive"):
        verify(tmp_path / "nowhere")
    with pytest.raises(EvidenceError, match="no readable public key"):
        verify(copied, tmp_path / "nowhere.pem")


def test_verifying_changes_nothing(original: Sealed) -> None:
    """M32: `verify` reads; the archive and the folder around it stay as they are."""
    before = {path: path.stat().st_mtime_ns for path in original.root.parent.rglob("*")}
    verify(original.root, original.public)
    assert {path: path.stat().st_mtime_ns for path in original.root.parent.rglob("*")} == before
    assert Archive(original.root).root == original.root
