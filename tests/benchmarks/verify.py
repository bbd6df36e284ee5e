"""How long `consolidate verify` takes, as a ratio to plain sha256sum of the same files (M32). Run by hand.

    .venv/bin/python tests/benchmarks/verify.py [--cases 1429] [--phases 7] [--runs 10] [--rounds 3] [--keep FOLDER]

The archive is as large as a real one of that many notebooks: the sizes are those that the demo's archive has on
average. Both are measured in the same run, one after the other, with the files in the page cache; the best round
counts. On a computer that does something else beside it, the seconds of processor are the figure to trust.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consolidation.evidence.archive import Archive
from consolidation.evidence.manifest import write_manifest
from consolidation.evidence.verification import verify
from consolidation.journal import FIRST_PREVIOUS, VERSION, Entry, case_chain, entry_hash

NOTEBOOK_BYTES, PAGE_BYTES = 45_800, 35_500
ENTRIES_PER_NOTEBOOK, ENTRY_BYTES = 5, 2_400
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class ChainsInMemory:
    """A journal of chains that only grow: what the archive needs of one, without a database's time."""

    def __init__(self) -> None:
        self._chains: dict[str, list[Entry]] = {}

    def chains(self) -> list[str]:
        """Return the names of all chains."""
        return sorted(self._chains)

    def entries(self, chain: str, *, after: int = 0) -> list[Entry]:
        """Return the entries of a chain after a number."""
        return self._chains[chain][after:]

    def append(self, chain: str, kind: str, phase: str, body: dict[str, object]) -> None:
        """Append one entry."""
        held = self._chains.setdefault(chain, [])
        fields = {
            "chain": chain,
            "number": len(held) + 1,
            "v": VERSION,
            "at": NOON.isoformat(),
            "kind": kind,
            "phase": phase,
            "runner": "run-20261122T120000-0123abcd",
            "body": body,
            "previous": held[-1].hash if held else FIRST_PREVIOUS,
        }
        held.append(Entry(**fields, hash=entry_hash(**fields)))  # type: ignore[arg-type]


def observed(chance: random.Random) -> dict[str, object]:
    """Return a body like those of real entries: subscriptions as received."""
    items: list[dict[str, object]] = []
    while len(str(items)) < ENTRY_BYTES:
        name = f"Büro {chance.randrange(10**6)}"
        items.append({"id": str(uuid.UUID(int=chance.getrandbits(128))), "friendlyName": name, "quantity": 25})
    return {"source": {"subscriptions": items}}


def text(chance: random.Random, size: int) -> str:
    """Return text of a size that no file system can make small."""
    return chance.randbytes(size // 2).hex()


def one_phase(archive: Archive, journal: ChainsInMemory, customer: str, phase: str, chance: random.Random) -> None:
    """Leave in journal and archive what one executed notebook leaves."""
    chain = case_chain("contoso-france", customer)
    for _ in range(ENTRIES_PER_NOTEBOOK - 2):
        journal.append(chain, "observed", phase, observed(chance))
    journal.append(chain, "done", phase, observed(chance))
    folder = archive.case_folder("contoso-france", customer, "Adatum GmbH")
    notebook, page = text(chance, NOTEBOOK_BYTES), text(chance, PAGE_BYTES)
    path = archive.write_notebook(folder, phase, NOON, notebook, page)
    journal.append(
        chain,
        "archived",
        phase,
        {
            "notebook": path.relative_to(archive.root).as_posix(),
            "sha256": hashlib.sha256(notebook.encode()).hexdigest(),
        },
    )


def build(root: Path, cases: int, phases: int, runs: int, key: Ed25519PrivateKey) -> None:
    """Make an archive that was sealed at the end of several runs."""
    archive, journal, chance = Archive(root), ChainsInMemory(), random.Random(0)  # noqa: S311 - no secret
    customers = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(cases)]
    population = [{"source": "contoso-france", "customer": each, "company": "Adatum GmbH"} for each in customers]
    for run in range(runs):
        for customer in customers[run * cases // runs : (run + 1) * cases // runs]:
            for number in range(1, phases + 1):
                one_phase(archive, journal, customer, f"{number:02d}_phase", chance)
        write_manifest(archive, journal, population=population, run={}, plan_digests={}, signing_key=key)


def processor_seconds() -> float:
    """Return what this process and the commands that it started have used of processors."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Do something and return its seconds by the clock and of a processor."""
    started, used = time.monotonic(), processor_seconds()
    work()
    return time.monotonic() - started, processor_seconds() - used


def rounds(root: Path, key: Path, count: int) -> Iterator[tuple[float, ...]]:
    """Yield clock and processor seconds of sha256sum, then those of verify."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")  # noqa: T201
    names = "\0".join(map(str, files)).encode()

    def sha256sum() -> None:
        subprocess.run(["xargs", "-0", "sha256sum"], input=names, stdout=subprocess.DEVNULL, check=True)

    def verified() -> None:
        result = verify(root, key)
        if not result.intact:
            raise SystemExit("\n".join(map(str, result.findings[:5])))

    sha256sum()  # into the page cache
    for _ in range(count):
        figures = (*measured(sha256sum), *measured(verified))
        say("round", figures)
        yield figures


def say(what: str, figures: Sequence[float]) -> None:
    """Print the figures with their ratios."""
    plain, plain_used, taken, used = figures
    clock = f"{taken:.2f} s to {plain:.2f} s by the clock, ratio {taken / plain:.2f}"
    print(f"{what}: {clock}; {used:.2f} s to {plain_used:.2f} s of processor, ratio {used / plain_used:.2f}")  # noqa: T201


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1429)
    parser.add_argument("--phases", type=int, default=7)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp())
    root, public = folder / "archive", folder / "key.pub.pem"
    try:
        if not root.exists():
            key = Ed25519PrivateKey.generate()
            pem = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            folder.mkdir(parents=True, exist_ok=True)
            public.write_bytes(key.public_key().public_bytes(*pem))
            build(root, options.cases, options.phases, options.runs, key)
        figures = list(rounds(root, public, options.rounds))
    finally:
        if options.keep is None:
            shutil.rmtree(folder)
    say("best", [min(column) for column in zip(*figures, strict=True)])


if __name__ == "__main__":
    main()
