"""What the invoices of the source are to show of a case: each subscription that was ended there, with its credit (M34).

Legacy seats that were suspended, and seats of new commerce that were cancelled in their window or transferred. What
runs on, what Microsoft's support moves and what is billed by usage has no credit to expect.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from consolidation.billing.case_overlap import newest_subscriptions
from consolidation.billing.cut_over import charge_periods, cut_over_row
from consolidation.billing.invoices.matching import Expectation
from consolidation.billing.money import Amount, Range
from consolidation.billing.new_commerce import transfer_credit
from consolidation.billing.overlap import suspension_days
from consolidation.billing.periods import period_anchors, utc_day
from consolidation.billing.prices import Prices
from consolidation.billing.proration import Charge
from consolidation.charges import LEGACY_SEATS, NEW_COMMERCE_SEATS
from consolidation.endings.rows import takes_service
from consolidation.journal import Journal
from consolidation.plan import CUT_OVER, PlanRow, frozen_plan
from consolidation.population import CaseName
from consolidation.replacing.rows import CANCEL
from consolidation.transfers.record import PHASE as TRANSFER
from consolidation.transfers.record import recorded_transfers, transferred_rows
from partner_center.invoices import BillingProvider
from partner_center.models import Subscription, identity


def expectations_of(journal: Journal, case: CaseName, prices: Prices) -> tuple[Expectation, ...]:
    """Return what is expected of each subscription that was ended, in the order of the plans.

    Args:
        journal: Holds plans, effects and what was read.
        case: Which case.
        prices: What is known of prices in the source tenant.
    """
    return (*_cut_over(journal, case, prices), *_transferred(journal, case, prices))


def _cut_over(journal: Journal, case: CaseName, prices: Prices) -> Iterator[Expectation]:
    plan = frozen_plan(journal, case, CUT_OVER)
    if plan is None:
        return
    moments = _moments(journal, case.chain)
    for identifier, day in suspension_days(journal, case, plan).items():
        moments.setdefault(identifier, datetime.combine(day, time.max, UTC))
    rows = [row for row in plan.rows if takes_service(row) and row.subscription in moments and _gives_credit(row)]
    known = newest_subscriptions(journal, case.chain, "source", {row.subscription for row in rows})
    for row in rows:
        subscription = known.get(row.subscription)
        if subscription is not None:
            moment = moments[row.subscription]
            ended = cut_over_row(row, subscription, known.get(row.parent), prices, moment)
            yield _expectation(row, utc_day(moment), ended.credit)


def _gives_credit(row: PlanRow) -> bool:
    return row.kind == LEGACY_SEATS or row.source_action == CANCEL


def _moments(journal: Journal, chain: str) -> dict[str, datetime]:
    """Return row -> when Partner Center answered that it was suspended or cancelled by us."""
    found: dict[str, datetime] = {}
    for entry in journal.entries(chain, kinds={"done"}, phase="05_suspend"):
        if entry.body.get("answered_at") and entry.body.get("action") != "auto_renew_off":
            found |= dict.fromkeys(entry.body["rows"], datetime.fromisoformat(entry.body["answered_at"]))
    return found


def _transferred(journal: Journal, case: CaseName, prices: Prices) -> Iterator[Expectation]:
    plan = frozen_plan(journal, case, TRANSFER)
    moved = transferred_rows(journal, case.chain)
    if plan is None or not moved:
        return
    days = _transfer_days(journal, case.chain)
    rows = [row for row in plan.rows if row.subscription in moved.keys() & days and row.kind == NEW_COMMERCE_SEATS]
    known = newest_subscriptions(journal, case.chain, "source", {row.subscription for row in rows})
    for row in rows:
        if row.subscription in known:
            day = days[row.subscription]
            yield _expectation(row, day, _credit_of_transfer(row, known[row.subscription], prices, day))


def _transfer_days(journal: Journal, chain: str) -> dict[str, date]:
    """Return row -> UTC day on which its billing ownership changed."""
    return {
        identity(line.subscription_id): utc_day(transfer.completed_time)
        for transfer in recorded_transfers(journal, chain).values()
        if transfer.completed_time is not None
        for line in transfer.line_items
    }


def _credit_of_transfer(row: PlanRow, subscription: Subscription, prices: Prices, day: date) -> Amount:
    price = prices.of(row)
    periods = charge_periods(row, subscription, period_anchors(subscription), day)
    if price is None or not periods:
        return Amount(unknown_seat_days=row.seats)
    charges = [Charge(period, row.seats, (price.amount,), price.currency) for period in periods]
    return Amount((Range.hull(transfer_credit(charge, day) for charge in charges),))


def _expectation(row: PlanRow, ended_on: date, credit: Amount) -> Expectation:
    provider: BillingProvider = "office" if row.kind == LEGACY_SEATS else "onetime"
    return Expectation(row.subscription, row.product, row.seats, provider, ended_on, credit)
