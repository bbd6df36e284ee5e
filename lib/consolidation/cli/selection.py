"""Which cases take part in a run: `--customers`, `--wave` and `--shard`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from consolidation.errors import EngagementError
from consolidation.population import CaseName, contradicting_lines
from consolidation.wave_lists import ListedCustomer, read_wave_list


@dataclass(frozen=True)
class Selection:
    """Tells of each case whether it takes part.

    Attributes:
        wanted: Customer (tenant id or domain) and source, lower case, the source empty for any; without one, all.
        part: Which part of the customers, from 0.
        parts: Into how many parts they are split.
        wave: The lines of `--wave`.
    """

    wanted: frozenset[tuple[str, str]] = frozenset()
    part: int = 0
    parts: int = 1
    wave: tuple[ListedCustomer, ...] = ()

    def __call__(self, case: CaseName) -> bool:
        """Tell whether this case takes part."""
        # By customer, not by case: both cases of one customer share a lease.
        number = int(hashlib.sha256(case.customer.encode()).hexdigest(), 16) % self.parts
        return number == self.part and (not self.wanted or not self.wanted.isdisjoint(_names(case)))

    def require_known(self, population: Iterable[CaseName]) -> None:
        """Check that each customer that is wanted is a case, and that the wave says nothing else of it.

        Raises:
            EngagementError: Names those that are not, and the lines that mean a case twice or call it otherwise.
        """
        cases = list(population)
        known = {name for case in cases for name in _names(case)}
        unknown = sorted(self.wanted - known)
        if unknown:
            raise EngagementError(
                [
                    f"Source {source} has no customer {name!r}." if source else f"No source tenant has {name!r}."
                    for name, source in unknown
                ],
                next_step="Give a tenant id or domain from engagement/exports/customers.csv of the archive.",
            )
        if contradictions := contradicting_lines(self.wave, cases, "wave list"):
            raise EngagementError(
                contradictions, next_step="Correct the list: what is moved cannot be moved back (M3)."
            )


def _names(case: CaseName) -> set[tuple[str, str]]:
    return {(name, source) for name in (case.customer, case.domain.casefold()) if name for source in ("", case.source)}


def select_cases(customers: Iterable[str], wave: Path | None, shard: str | None) -> Selection:
    """Read the three options.

    Raises:
        EngagementError: The wave list cannot be used, or the shard is not i/n.
    """
    listed = read_wave_list(wave) if wave else ()
    wanted = {(entry.customer.casefold(), entry.source.casefold()) for entry in listed}
    wanted |= {(customer.strip().casefold(), "") for customer in customers}
    return Selection(frozenset(wanted), *_shard(shard), tuple(listed))


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 1
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise EngagementError([f"{text!r} is no shard."], next_step="Write i/n with 1 ≤ i ≤ n, for example 1/4.")
    return int(index) - 1, int(count)
