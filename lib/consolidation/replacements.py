"""What a person picked to be bought in the place of a legacy offer that is no longer sold (M26).

A pick is an entry of the journal, as every choice is; the next plan is made with it and is approved like any other.
Where the engagement names an `offer_map`, the pick is kept there too, for the next customer with the same offer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from consolidation.case import Case
from consolidation.catalogue import catalogue_of
from consolidation.catalogue.candidates import candidates_for
from consolidation.choices import record_choice, require_nothing_done
from consolidation.engagement import Engagement
from consolidation.errors import EngagementError
from consolidation.journal import Entry, Journal
from consolidation.limits import NEEDS_A_PICK, PICK_ANOTHER, owned_offers
from consolidation.offer_map import MappedOffer, keep_in_offer_map
from consolidation.plan import Plan, PlanRow
from consolidation.price_lists import BILLING_CYCLES
from consolidation.product_names import product_and_sku, same_product
from partner_center.models import Cart, Offer, Subscription, identity

_TERM = re.compile(r"P[1-9][0-9]*[MY]")


@dataclass(frozen=True)
class Replacement:
    """A product of new commerce in one term and billing cycle.

    Attributes:
        item: `product:sku`.
        term: ISO 8601 duration, such as P1Y.
        billing_cycle: One of `price_lists.BILLING_CYCLES`.
    """

    item: str
    term: str
    billing_cycle: str

    def __str__(self) -> str:
        return f"{self.item} {self.term} {self.billing_cycle}"

    @classmethod
    def parse(cls, item: str, term: str, billing_cycle: str) -> Self:
        """Read what a person wrote.

        Raises:
            EngagementError: It names no product and SKU, no term or no billing cycle.
        """
        found = cls(product_and_sku(item), term.strip().upper(), billing_cycle.strip().casefold())
        problems = [] if found.item else [f"{item!r} names no product and SKU, such as CFQ7TTC0LH18:0001."]
        problems += [] if _TERM.fullmatch(found.term) else [f"{term!r} is no term; write P1M, P1Y or P3Y."]
        if found.billing_cycle not in BILLING_CYCLES:
            problems.append(f"{billing_cycle!r} is none of {', '.join(BILLING_CYCLES)}.")
        if problems:
            raise EngagementError(problems, next_step="Take product, term and billing cycle as the plan names them.")
        return found


@dataclass(frozen=True)
class Pick:
    """A replacement, who picked it, and why."""

    replacement: Replacement
    by: str
    reason: str


def waits_for_pick(row: PlanRow) -> bool:
    """Tell whether a person may pick what is bought in the place of a row's offer: it is no longer sold."""
    picked = row.route == "recreate" and row.target_action == "order" and bool(row.target_term)
    return picked or any(problem in NEEDS_A_PICK for problem in row.problems)


def refused_by_a_cart(journal: Journal, chain: str, row: PlanRow) -> bool:
    """Tell whether the newest cart that held a row's offer refused it (S14): the catalogue may not know it yet."""
    for entry in reversed(journal.entries(chain, kinds={"done"})):
        if entry.body["action"] == "create_cart" and row.subscription in entry.body["rows"]:
            lines = Cart.model_validate(entry.body["cart"]).all_lines
            return any(line.error and same_product(line.catalog_item_id, row.target_offer) for line in lines)
    return False


def record_pick(
    engagement: Engagement, journal: Journal, plan: Plan, row: PlanRow, pick: Pick, *, how: str, phase: str | None
) -> Entry:
    """Write what a person picked for a row; form, command line and loopback write the same record.

    Args:
        engagement: Its `offer_map`, if it names one, keeps the pick.
        journal: The engagement's journal.
        plan: The plan that showed the row.
        row: One for which `waits_for_pick`, or that a cart refused.
        pick: What, by whom and why. It need not be one of the row's candidates: the next plan checks it.
        how: `notebook`, `command line` or `automatic`.
        phase: The notebook, if one is running.

    Raises:
        EngagementError: The row's offer is still sold, no reason is given, or the row was ordered already.
        ConsolidationError: The offer map cannot be written; the pick stands in the journal.
    """
    check_pick(journal, plan, row, pick.reason)
    it = pick.replacement
    body = {
        "subscription": row.subscription,
        "product": {"item": it.item, "term": it.term, "billing_cycle": it.billing_cycle},
        "reason": pick.reason.strip(),
        "by": pick.by,
        "how": how,
        "plan": plan.digest,
    }
    entry = journal.append(plan.case.chain, "chosen", body, phase=phase)
    if engagement.offer_map_file is not None:
        day = entry.at[:10]
        line = MappedOffer(row.offer, it.item, it.term, it.billing_cycle, pick.by, day, pick.reason.strip())
        keep_in_offer_map(engagement.offer_map_file, journal, line)
    return entry


def check_pick(journal: Journal, plan: Plan, row: PlanRow, reason: str) -> None:
    """Make sure that a person may pick a product for a row, for this reason.

    Raises:
        EngagementError: See `record_pick`.
    """
    if not reason.strip():
        raise EngagementError([f"Nobody said why {row.product} is bought as another product."], next_step="Say why.")
    require_nothing_done(journal, plan.case, row)
    if not waits_for_pick(row) and not refused_by_a_cart(journal, plan.case.chain, row):
        raise EngagementError(
            [f"{row.product} is bought as it is: there is nothing to pick in its place."],
            next_step="Pick for a row whose offer the plan of 04_recreate calls no longer sold.",
        )


def picks(journal: Journal, chain: str) -> Mapping[str, Pick]:
    """Return source subscription id in lower case -> what a person picked for it, the newest of each."""
    return {
        identity(entry.body["subscription"]): Pick(
            Replacement(**entry.body["product"]), entry.body["by"], entry.body["reason"]
        )
        for entry in journal.entries(chain, kinds={"chosen"})
        if "product" in entry.body
    }


def with_picks(case: Case, rows: list[PlanRow]) -> list[PlanRow]:
    """Let each row for which a person picked a product buy that one; its half in the source stays as it is."""
    picked = picks(case.journal, case.chain)
    return [_with_pick(row, picked[row.subscription]) if _takes_pick(row, picked) else row for row in rows]


def _takes_pick(row: PlanRow, picked: Mapping[str, Pick]) -> bool:
    return row.subscription in picked and row.route == "recreate" and row.target_action in {"order", "adopt"}


def _with_pick(row: PlanRow, pick: Pick) -> PlanRow:
    it = pick.replacement
    return replace(
        row,
        target_offer=it.item,
        target_term=it.term,
        target_billing_cycle=it.billing_cycle,
        details={**row.details, "picked_by": pick.by, "picked_because": pick.reason},
        reason=(
            f"The offer is no longer sold: {pick.by} picked what is bought in its place because {pick.reason}. The "
            "seats stay the same; the source is suspended the same day, which stops billing."
        ),
    )


def cannot_be_bought(row: PlanRow) -> bool:
    """Tell whether a person picked what is bought for a row, and the catalogue does not sell it like this."""
    return bool(row.problems) and row.target_action == "order" and "picked_by" in row.details


def without_pick(row: PlanRow) -> PlanRow:
    """Let a row buy its own offer again although a person picked another product for it."""
    details = {key: value for key, value in row.details.items() if key not in {"picked_by", "picked_because"}}
    return replace(
        row,
        target_offer=row.offer,
        target_term="",
        target_billing_cycle="",
        details=details,
        reason=(
            f"What {row.details['picked_by']} picked for it ({row.target_offer}) cannot be bought, and the offer "
            "itself is sold again: it is bought as it is in the source, which is suspended the same day."
        ),
    )


def with_candidates(
    case: Case, rows: Sequence[PlanRow], offers: list[Offer], held: Sequence[Subscription]
) -> list[PlanRow]:
    """Give each row whose offer is no longer sold the products among which a person picks; none is ever taken here.

    Args:
        case: Its catalogue is read only where a row needs it.
        rows: Checked against both catalogues: one whose pick cannot be bought is picked for anew.
        offers: The legacy catalogue, which may still describe what it no longer sells.
        held: What the customer tenant holds in source, target and the other sources.
    """
    rows = [replace(row, problems=(*row.problems, PICK_ANOTHER)) if cannot_be_bought(row) else row for row in rows]
    owned = owned_offers(rows, held)
    mapped = case.engagement.mapped_offers() if any(_needs_candidates(row) for row in rows) else {}
    known = {identity(offer.id): offer for offer in offers}
    return [_with_candidates(case, row, mapped, known, owned) if _needs_candidates(row) else row for row in rows]


def _needs_candidates(row: PlanRow) -> bool:
    return not row.candidates and any(problem in NEEDS_A_PICK for problem in row.problems)


def _with_candidates(
    case: Case, row: PlanRow, mapped: Mapping[str, MappedOffer], known: Mapping[str, Offer], owned: Collection[str]
) -> PlanRow:
    offer = known.get(identity(row.offer))
    becomes = [
        known[identity(one)] for one in (offer.conversion_target_offers if offer else ()) if identity(one) in known
    ]
    found = candidates_for(
        catalogue_of(case),
        row.product,
        row.seats,
        row.billing_cycle,
        picked_before=mapped.get(identity(row.offer)),
        becomes=becomes,
        owned=owned,
    )
    words = {str(Replacement(each.sale.item, each.sale.term, each.sale.billing_cycle)): each.words for each in found}
    likely = tuple(key for key, each in zip(words, found, strict=True) if each.is_likely)
    return replace(row, candidates=tuple(words), candidate_words=words, likely=likely)


def candidate_notes(rows: Iterable[PlanRow]) -> list[str]:
    """Return what may be bought in the place of each row's offer, one sentence for each product, or that nothing is."""
    notes = []
    for row in rows:
        if any(problem in NEEDS_A_PICK for problem in row.problems):
            notes += [f"{row.product} may be bought as {words}." for words in row.candidate_words.values()]
            if not row.candidates:
                notes.append(f"{row.product}: the catalogue sells this customer nothing with a like name.")
    return notes


def record_candidate(
    engagement: Engagement, journal: Journal, plan: Plan, row: PlanRow, choice: str, *, by: str, how: str, reason: str
) -> Entry:
    """Write what a person picked of a row's candidates: a target subscription, `BUY`, or a product to buy instead.

    Raises:
        EngagementError: See `record_pick`.
        ValueError: The choice is not offered.
    """
    if choice not in row.candidate_words:
        return record_choice(journal, plan, row, choice, by=by, how=how)
    pick = Pick(Replacement(*choice.split()), by, reason)
    return record_pick(engagement, journal, plan, row, pick, how=how, phase=plan.phase)
