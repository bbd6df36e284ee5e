"""Which cases of a portfolio somebody wants to see: by outcome, phase, wave and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consolidation.engagement import Engagement
from consolidation.population import CaseName
from consolidation.portfolio import CaseStatus, why


@dataclass(frozen=True)
class Filter:
    """What is asked for; what is left empty leaves nothing out.

    Attributes:
        outcome: Outcome of the phase, or `not_started`; without a phase the state of the whole case.
        phase: Which phase the outcome is of.
        wave: Name of the wave in the engagement's list.
        text: Part of the company, the domain, the tenant id, the source or the reason, in any case.
    """

    outcome: str = ""
    phase: str = ""
    wave: str = ""
    text: str = ""

    def fits(self, status: CaseStatus, wave: str) -> bool:
        """Tell whether a case is among what is asked for."""
        return (
            (not self.outcome or self._outcome(status) == self.outcome)
            and (not self.phase or bool(self.outcome) or self.phase in status.outcomes)
            and (not self.wave or wave == self.wave)
            and self.text.strip().casefold() in _searched(status)
        )

    def _outcome(self, status: CaseStatus) -> str:
        if not self.phase:
            return status.state
        found = status.outcomes.get(self.phase)
        return found.outcome if found else "not_started"


def filter_cases(cases: Sequence[CaseStatus], wanted: Filter, waves: Mapping[CaseName, str]) -> tuple[CaseStatus, ...]:
    """Return the cases that are asked for, in their order.

    Args:
        cases: Each once.
        wanted: What is asked for.
        waves: Case -> name of its wave, see `waves_of`.
    """
    return tuple(status for status in cases if wanted.fits(status, waves.get(status.case, "")))


def waves_of(engagement: Engagement, cases: Sequence[CaseName]) -> dict[CaseName, str]:
    """Return case -> its wave by the engagement's list of customers; empty where no list names a wave."""
    named = {
        (line.customer.casefold(), line.source.casefold()): line.wave
        for line in engagement.listed_customers or ()
        if line.wave
    }
    found = {}
    for case in cases:
        for called in (case.customer, case.domain.casefold()):
            wave = named.get((called, case.source.casefold())) or named.get((called, ""))
            if wave:
                found[case] = wave
    return found


def _searched(status: CaseStatus) -> str:
    case = status.case
    return "\n".join((case.company, case.domain, case.customer, case.source, why(status))).casefold()
