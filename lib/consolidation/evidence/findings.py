"""What `verify` reports: findings, notes, counts, and one paragraph that says it all."""

from __future__ import annotations

from dataclasses import dataclass, field

from consolidation.tables import single_line


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an archive.

    Attributes:
        path: Path inside the archive, as it is; show it through `str(finding)`, which makes it harmless (S11).
        what: What is wrong, one sentence.
    """

    path: str
    what: str

    def __str__(self) -> str:
        return f"{single_line(self.path)}: {single_line(self.what)}"


@dataclass
class Verification:
    """The result of checking one archive.

    Attributes:
        findings: Each altered, missing or added file, each break in a chain, each effect without a notebook.
        notes: What is not wrong but has to be known, above all what was not checked.
        files: Number of evidence files read.
        manifests: Number of manifests read.
        chains: Number of journal chains read.
        entries: Number of journal entries read.
        effects: Number of effects (entries `done`) among them.
        newest: Name and SHA-256 of the newest manifest: who noted it elsewhere can tell that no run was cut off.
    """

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0
    manifests: int = 0
    chains: int = 0
    entries: int = 0
    effects: int = 0
    newest: tuple[str, str] | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.findings

    def add(self, path: str, what: str) -> None:
        """Note something that is wrong."""
        self.findings.append(Finding(path, what))

    def __str__(self) -> str:
        """Return one paragraph for the terminal; the findings themselves are not in it."""
        wrong = "1 finding" if len(self.findings) == 1 else f"{len(self.findings)} findings"
        verdict = "Intact" if self.intact else f"NOT intact ({wrong})"
        counted = (
            f"{self.files} files, {self.manifests} manifests, {self.entries} journal entries in {self.chains} chains, "
            f"{self.effects} effects."
        )
        newest = f"The newest manifest is {self.newest[0]}, SHA-256 {self.newest[1]}." if self.newest else ""
        notes = (single_line(note) for note in self.notes)
        return " ".join(part for part in (f"{verdict}: {counted}", newest, *notes) if part)
