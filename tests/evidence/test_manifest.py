"""Each run ends with a manifest over every file."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from evidence.sealed import ADATUM, Sealed

from consolidation.evidence.archive import Archive
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.manifest import write_manifest


def statement(path: Path) -> dict[str, Any]:
    """Return what a manifest states, read without our own code."""
    decoded: dict[str, Any] = json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))
    return decoded


def test_a_manifest_is_an_in_toto_statement_over_every_file(sealed: Sealed) -> None:
    """M32: the newest manifest lists every file with its SHA-256, also those of earlier runs."""
    stated = statement(sealed.root / "manifest-0002.dsse.json")
    assert stated["_type"] == "https://in-toto.io/Statement/v1"
    assert stated["predicateType"] == "urn:tenant-consolidation:manifest:v1"
    files = {path for path in sealed.root.rglob("*") if path.is_file() and not path.name.startswith("manifest-")}
    assert {subject["name"]: subject["digest"]["sha256"] for subject in stated["subject"]} == {
        path.relative_to(sealed.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_a_manifest_tells_population_run_heads_and_predecessor(sealed: Sealed) -> None:
    """M32: population, run, plan digests, chain heads and the predecessor's digest are stated."""
    predicate = statement(sealed.root / "manifest-0002.dsse.json")["predicate"]
    first = (sealed.root / "manifest-0001.dsse.json").read_bytes()
    assert predicate["previous"] == {
        "name": "manifest-0001.dsse.json",
        "digest": {"sha256": hashlib.sha256(first).hexdigest()},
    }
    assert predicate["chains"] == {
        chain: dict(zip(("number", "hash"), sealed.journal.head(chain), strict=True))
        for chain in sealed.journal.chains()
    }
    assert len(predicate["population"]) == 2
    assert predicate["run"]["runner"] == "run-1"
    assert predicate["plans"] == {"case": "70ff"}
    assert statement(sealed.root / "manifest-0001.dsse.json")["predicate"]["previous"] is None


def test_entries_written_after_the_seal_wait_for_the_next_one(sealed: Sealed) -> None:
    """M32: a manifest vouches for archived entries only, whatever the journal gains meanwhile."""
    sealed.effect(ADATUM, "06_azure")
    heads = statement(sealed.root / "manifest-0002.dsse.json")["predicate"]["chains"]
    assert heads[f"case/contoso-france/{ADATUM}"]["number"] == 6
    sealed.notebook(ADATUM, "06_azure")
    heads = statement(sealed.seal())["predicate"]["chains"]
    assert heads[f"case/contoso-france/{ADATUM}"]["number"] == 9


def test_what_is_no_file_is_not_sealed(sealed: Sealed, tmp_path: Path) -> None:
    """S11: a link in the archive is named before a manifest is written over it."""
    (sealed.root / "engagement" / "shortcut.csv").symlink_to(tmp_path)
    with pytest.raises(EvidenceError, match=r"shortcut\.csv in the archive is a link"):
        sealed.seal()


def test_a_value_that_is_not_json_is_named(empty: Sealed) -> None:
    """M32: a manifest is written whole or not at all."""
    empty.journal.append("engagement", "opened", {})
    with pytest.raises(EvidenceError, match="not JSON serializable"):
        write_manifest(
            Archive(empty.root),
            empty.journal,
            population=[],
            run={"folder": object()},
            plan_digests={},
            signing_key=None,
        )
    assert not list(empty.root.glob("manifest-*"))
