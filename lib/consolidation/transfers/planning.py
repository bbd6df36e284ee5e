"""The plan of transfers: which subscriptions go in which request, what stops them, and what is withdrawn (M24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from consolidation.case import Case
from consolidation.choices import rows_of
from consolidation.inventory import ACTIVE, Snapshot, baseline
from consolidation.plan import Plan, PlanRow, frozen_plan, plan_header
from consolidation.routes import kind_of
from consolidation.transfers.matching import end_day
from consolidation.transfers.record import PHASE, goes_by_transfer, requests_of, transferred_rows
from consolidation.transfers.stages import MOST_ITEMS, TRANSFER_ROUTES, stage_of
from consolidation.transfers.standing import FRUITLESS, REQUEST, WITHDRAW, Standing, standings
from consolidation.transfers.words import ended_sentence
from partner_center.errors import Refused
from partner_center.models import Subscription, Transfer, identity, same_id

PRODUCT_TYPES = {
    "new-commerce seats": "OnlineServicesNCE",
    "Azure plan": "AzureSubscription",
    "reservation": "AzureReservation",
    "savings plan": "AzureSavingsPlan",
}
"""Kind of a row -> product type of a request ("TransferEntity resources")."""

ACCEPT_BY_API, ACCEPT_IN_PORTAL = "accept transfer", "accept in the portal"
"""What a row of a plan of transfers does in the source: we accept by API, or a person does in the portal."""


def acceptance(case: Case) -> str:
    """Return how this engagement's sources accept: the words of a row's action in the source."""
    return ACCEPT_BY_API if case.engagement.transfers.accept == "api" else ACCEPT_IN_PORTAL


def transfer_rows(case: Case, source: Snapshot) -> list[PlanRow]:
    """Return every subscription that goes by transfer, those that have left the source among them (S8), no action yet.

    What the source does not list any more is known from the plan that requested it, or from the record of `01_prepare`.
    """
    listed = source.by_id()
    rows = [_detailed(row, listed) for row in rows_of(case.journal, case.chain, source) if goes_by_transfer(row.route)]
    known = {row.subscription for row in rows}
    frozen = frozen_plan(case.journal, case.name, PHASE)
    for row in frozen.rows if frozen else ():
        if row.target_action != WITHDRAW and row.subscription not in known | listed.keys():
            rows.append(replace(row, target_action="none", source_action="none", problems=(), candidates=()))
            known.add(row.subscription)
    record = baseline(case.journal, case.chain)
    if record is not None:
        before = record[0].by_id()
        rows += [
            _detailed(row, before)
            for row in rows_of(case.journal, case.chain, record[0])
            if goes_by_transfer(row.route)
            and row.subscription not in known
            and not _is_active(listed.get(row.subscription))
        ]
    return rows


def _is_active(item: Subscription | None) -> bool:
    return item is not None and item.status.casefold() == ACTIVE


def _detailed(row: PlanRow, listed: Mapping[str, Subscription]) -> PlanRow:
    """Add what a request and the way back need to know."""
    more = {"product_type": PRODUCT_TYPES.get(row.kind, ""), "ends": end_day(listed[row.subscription])}
    return replace(row, details={**row.details, **more})


def transfer_plan(case: Case, source: Snapshot, target: Snapshot, transfers: Mapping[str, Transfer]) -> Plan:
    """Compute the plan from what both tenants say now.

    Args:
        case: Its journal knows what was requested and what became of it.
        source: All subscriptions of the source; those routed to a transfer become rows.
        target: All subscriptions of the target: Azure needs a plan there.
        transfers: What both tenants say of the transfers, by id.
    """
    stood = standings(case, transfer_rows(case, source), source, transfers)
    rows = [_with_action(case, each, source) for each in stood]
    if any(row.target_action == REQUEST for row in rows):
        rows = _with_eligibility(case, rows)
        rows = _with_azure_ready(rows, target)
        rows = in_requests(rows)
    rows += [_withdrawal(transfer) for transfer in surplus(case, rows, transfers)]
    return Plan(PHASE, case.name, plan_header(case.engagement, case.name), tuple(rows))


def _with_action(case: Case, each: Standing, source: Snapshot) -> PlanRow:
    """Give a row its two halves, unless it moved; name what stops it."""
    row = each.row
    if each.state == "moved":
        found = transferred_rows(case.journal, case.chain).get(row.subscription, "")
        reason = "It was transferred: the target has it under a new id."
        return replace(row, adopted=found, reason=reason)
    row = replace(
        row,
        target_action=REQUEST,
        source_action=acceptance(case),
        details={**row.details, "attempt": str(each.attempts + 1)},
    )
    problems = list(row.problems)
    listed = source.by_id().get(row.subscription)
    if each.state == "in_progress":
        return row
    if listed is None:
        problems.append("The source does not list it any more and no transfer names it: find out what happened to it.")
    elif not _is_active(listed):
        problems.append(
            f"It is {listed.status or 'without a status'} in the source now: only what is active can be transferred. "
            "Reactivate it in the source's portal, or choose another route for it."
        )
    if each.state == "unknown":
        status = each.transfer.status if each.transfer else "not listed any more"
        problems.append(f"Its transfer is '{status}', which no Microsoft document explains: look at it in the portal.")
    if not row.details["product_type"]:
        problems.append(f"No request can name {row.kind}: choose another route for it.")
    if row.seats < 1:
        problems.append("Partner Center printed no seat count for it: look at it in the portal (S7).")
    return replace(row, problems=tuple(problems))


def _with_eligibility(case: Case, rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Say of each row what Partner Center says of its eligibility; a row that it excludes waits for a person."""
    try:
        listed = {identity(each.id): each for each in case.source.transfer_eligibility(case.customer)}
    except Refused as error:
        # The call is documented for legacy only: where it does not answer, the request itself will tell.
        return [replace(row, reason=f"{row.reason} Eligibility is not said ({error.message})") for row in rows]
    checked = []
    for row in rows:
        found = listed.get(row.subscription)
        if found is None or row.target_action != REQUEST:
            checked.append(row)
        elif found.is_eligible is False:
            why = found.reason.rstrip(".") or "no reason given"
            problem = f"Partner Center says that it cannot be transferred: {why}. Settle that, or choose another route."
            checked.append(replace(row, problems=(*row.problems, problem)))
        else:
            checked.append(replace(row, reason=f"{row.reason} Partner Center lists it as eligible."))
    return checked


def _with_azure_ready(rows: Sequence[PlanRow], target: Snapshot) -> list[PlanRow]:
    """Azure goes only to a partner that has an Azure plan for the customer ("Transfer Azure subscriptions ...")."""
    kinds = {kind_of(item) for item in target.subscriptions if item.status.casefold() == ACTIVE}
    if "Azure plan" in kinds:
        return list(rows)
    problem = (
        "The target has no active Azure plan for this customer, and Azure is transferred only into one: set up an "
        "Azure plan in the target's portal (it costs nothing by itself), then plan again."
    )
    return [
        replace(row, problems=(*row.problems, problem))
        if row.route == "azure_transfer" and row.target_action == REQUEST
        else row
        for row in rows
    ]


def in_requests(rows: Iterable[PlanRow]) -> list[PlanRow]:
    """Give each row the number of its request.

    At most 25 in one; seats apart from Azure; one Partner ID on record each; what has to wait for its renewal apart.
    """
    every = list(rows)
    groups: dict[tuple[int, str, str], list[PlanRow]] = {}
    for row in every:
        if row.target_action == REQUEST:
            key = (TRANSFER_ROUTES.index(row.route or ""), row.partner, row.not_before)
            groups.setdefault(key, []).append(row)
    numbered: dict[str, str] = {}
    number = 0
    for key in sorted(groups):
        group = groups[key]
        for first in range(0, len(group), MOST_ITEMS):
            number += 1
            numbered |= {row.subscription: str(number) for row in group[first : first + MOST_ITEMS]}
    return [
        replace(row, details={**row.details, "request": numbered[row.subscription]})
        if row.subscription in numbered
        else row
        for row in every
    ]


def requested_together(rows: Iterable[PlanRow]) -> list[list[PlanRow]]:
    """Return the rows of each request of a plan, in the order of their numbers."""
    groups: dict[int, list[PlanRow]] = {}
    for row in rows:
        if row.target_action == REQUEST:
            groups.setdefault(int(row.details["request"]), []).append(row)
    return [groups[number] for number in sorted(groups)]


def product_types(rows: Iterable[PlanRow]) -> tuple[str, ...]:
    """Return the product types that a request for these rows names."""
    return tuple(sorted({row.details["product_type"] for row in rows}))


def fits(transfer: Transfer, rows: Sequence[PlanRow]) -> bool:
    """Tell whether a pending request asks for just what a request for these rows would ask for."""
    wanted = {each.casefold() for each in product_types(rows)}
    partner = rows[0].partner
    return (
        stage_of(transfer) == "pending"
        and {each.casefold() for each in transfer.target_product_types} == wanted
        and (same_id(transfer.partner_on_record, partner) or not (transfer.partner_on_record or partner))
    )


def surplus(case: Case, rows: Iterable[PlanRow], transfers: Mapping[str, Transfer]) -> list[Transfer]:
    """Return pending requests of our own that no request of these rows would use: they are withdrawn."""
    ours = {each.transfer for each in requests_of(case.journal, case.chain)}
    left = [each for key, each in transfers.items() if key in ours and stage_of(each) == "pending"]
    for group in requested_together(rows):
        used = next((each for each in left if fits(each, group)), None)
        left = [each for each in left if each is not used]
    return left


def _withdrawal(transfer: Transfer) -> PlanRow:
    types = ", ".join(transfer.target_product_types)
    return PlanRow(
        subscription=f"transfer {identity(transfer.id)}",
        kind="transfer request",
        status=transfer.status,
        route="transfer",
        target_action=WITHDRAW,
        details={"transfer": identity(transfer.id)},
        product=f"Request for {types or 'everything'}",
        reason="Nothing of this plan needs this request any more: it is withdrawn, so that nobody accepts it.",
        reason_source="Update a transfer request for new commerce",
    )


def changes_since(case: Case, plan: Plan, source: Snapshot, transfers: Mapping[str, Transfer]) -> tuple[str, ...]:
    """Say what makes a frozen plan of transfers outdated beside drift: requests that ended without moving a row.

    A new request is only made under a newly approved plan; rows that did move stay done.
    """
    changes = []
    waiting = []
    for each in standings(case, plan.rows, source, transfers):
        row = each.row
        if row.target_action != REQUEST or each.state in {"moved", "in_progress"}:
            continue
        waiting.append(row)
        if each.attempts >= int(row.details["attempt"]) and each.state in FRUITLESS:
            changes.append(ended_sentence(each))
        elif row.source_action != acceptance(case):
            changes.append(f"{row.product}: the plan says '{row.source_action}', the engagement '{acceptance(case)}'.")
    withdrawn = {row.details["transfer"] for row in plan.rows if row.target_action == WITHDRAW}
    changes += [
        f"Request {transfer.id} is still open and no row needs it any more."
        for transfer in surplus(case, waiting, transfers)
        if identity(transfer.id) not in withdrawn
    ]
    return tuple(changes)
