"""What is said of a row beside its route. The table is read as a whole: every line that fits is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consolidation.routes import pages
from consolidation.routes.facts import Facts


@dataclass(frozen=True)
class Remark:
    """One line of the table.

    Attributes:
        case: When it fits, in words.
        fits: The same as a question to the facts.
        text: What is said.
        source: Title of the Microsoft page.
    """

    case: str
    fits: Callable[[Facts], bool]
    text: str
    source: str


def _seats(it: Facts) -> bool:
    return it.kind == "new-commerce seats" and it.is_active and not it.ended


REMARKS: tuple[Remark, ...] = (
    Remark(
        "still in the window",
        lambda it: _seats(it) and it.in_window,
        "It was {begun} and can be cancelled until {window_end}: until then it may also be bought again in the target "
        "(replace_in_window).",
        pages.WINDOW,
    ),
    Remark(
        "the extended service term follows",
        lambda it: _seats(it) and it.extended_service_term,
        "It does not renew. Unless its cancellation at the end of the term is set, it is billed on by the month after "
        "{end} in the extended service term: auto-renew off alone does not stop it.",
        pages.PRACTITIONERS,
    ),
    Remark(
        "does not renew",
        lambda it: _seats(it) and it.renews is False and not it.extended_service_term,
        "It does not renew: its term ends with {end}.",
        pages.LIFECYCLE,
    ),
    Remark(
        "its end date is aligned",
        lambda it: _seats(it) and (it.subscription.custom_term_end_date is not None or bool(it.aligned_with)),
        "Its end date {end} is aligned{aligned}. A transfer keeps it; one that is bought again can be aligned only "
        "with what stands in the target.",
        pages.ALIGN,
    ),
    Remark(
        "one of several lines of one product",
        lambda it: _seats(it) and bool(it.other_parts),
        "It belongs to one order with {other_parts}, the same product with the same seats, as where the telephone part "
        "is billed apart: both go together.",
        pages.NEW_COMMERCE_BILLING,
    ),
    Remark(
        "a change is scheduled",
        lambda it: _seats(it) and it.subscription.scheduled_next_term_instructions is not None,
        "A change is scheduled for its next term: note it, for whether it moves along is said nowhere.",
        pages.SCHEDULED,
    ),
    Remark(
        "a legacy term that ends soon",
        lambda it: it.kind == "legacy seats" and it.is_active and it.ends_soon,
        "Its term ends at {term_end}, this day not included; at a renewal Microsoft moves legacy seats to new "
        "commerce: be through before.",
        pages.MIGRATION,
    ),
)
