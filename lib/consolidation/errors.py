"""What can go wrong in the runbook, each with the step that comes next.

ConsolidationError
  EngagementError     the engagement file or the command line is wrong: exit code 2, nothing was called
  CustomerUnknown     no source tenant lists this customer, or more than one does
  JournalError        the journal cannot be used as it is
    JournalRefused    it was altered or cut short, is another engagement's, or a newer program wrote it: exit code 2
    LeaseLost         another runner works on this customer now
  Held                we stop here until a person has decided or corrected something
  Waiting             the customer or Microsoft has to act first
"""

from __future__ import annotations

from collections.abc import Sequence


class ConsolidationError(Exception):
    """Base of all errors of the runbook.

    Args:
        message: What happened, one sentence.
        next_step: What the operator does next, one sentence.
    """

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class EngagementError(ConsolidationError):
    """The engagement, its files or the command line cannot be used; `problems` holds one sentence for each fault."""

    def __init__(self, problems: Sequence[str], *, next_step: str = "") -> None:
        super().__init__(" ".join(problems), next_step=next_step)
        self.problems = tuple(problems)


class CustomerUnknown(ConsolidationError):
    """The customer cannot be tied to exactly one source tenant."""


class JournalError(ConsolidationError):
    """The journal cannot be reached, cannot be written to, or is refused."""


class JournalRefused(JournalError):
    """What the journal says cannot be relied on, as a look at it shows; nothing runs on it and nothing is added."""


class LeaseLost(JournalError):
    """Another runner holds this customer's lease: stop before the next effect."""


class Held(ConsolidationError):
    """The case stops for us; `reasons` says why and what to do, one sentence each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


class Waiting(ConsolidationError):
    """The case stops for the customer or for Microsoft.

    Args:
        reasons: Why, one sentence each.
        on: `customer` or `Microsoft`.
        since: When the wait began, ISO 8601 in UTC.
    """

    def __init__(self, reasons: Sequence[str], *, on: str, since: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)
        self.on = on
        self.since = since
