"""The story of one case in the order in which it happened, each chapter from the journal's own entries (M36)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from consolidation.activity_log.keeping import kept_log, kept_since
from consolidation.activity_log.matching import compare, effects_of, foreign_table, missing_table
from consolidation.activity_log.view import Period
from consolidation.billing.invoices.record import recorded_invoice
from consolidation.billing.invoices.view import invoice_table
from consolidation.billing.overlap import overlap_so_far
from consolidation.confirmations import STEPS
from consolidation.display import Showable
from consolidation.engagement import Engagement
from consolidation.evidence.archive import Archive
from consolidation.journal import Entry, Journal
from consolidation.outcomes import CASE_PHASES, case_outcomes
from consolidation.plan import Plan, PlanRow
from consolidation.population import CaseName
from consolidation.report.rows import ended_rows, ended_table
from consolidation.tables import Column, Table, counted

INVITE, TRANSFER, RECREATE, SUSPEND, AZURE, CLOSE = CASE_PHASES[1:]


@dataclass(frozen=True)
class Chapter:
    """A part of the story.

    Attributes:
        title: Its heading.
        parts: Sentences and tables, in their order.
    """

    title: str
    parts: tuple[Showable | str, ...]


@dataclass(frozen=True)
class Sources:
    """Where a story is read from: no tenant is asked.

    Attributes:
        engagement: Names the tenants.
        journal: Holds every entry.
        archive: Holds the kept activity log.
    """

    engagement: Engagement
    journal: Journal
    archive: Archive


def chapters_of(sources: Sources, case: CaseName) -> list[Chapter]:
    """Return the chapters of a case: inventory to activity log."""
    journal = sources.journal
    rows = ended_rows(journal, case)
    return [
        Chapter("Inventory", (ended_table(rows, case.company),)),
        Chapter(
            "Invitation and acceptance", (*_relationship(journal, case), _confirmed(journal, case, {INVITE, None}))
        ),
        Chapter("Plans and approvals", (_plans(journal, case),)),
        Chapter("Agreement", _effects(journal, case, INVITE, "Nothing was attested for this customer.")),
        Chapter("Transfers", _effects(journal, case, TRANSFER, "Nothing was transferred by this runbook.")),
        Chapter("Orders in the target", _effects(journal, case, RECREATE, "Nothing was ordered for this customer.")),
        Chapter(
            "Suspensions in the source",
            (*_effects(journal, case, SUSPEND, "Nothing was suspended by this runbook."), *_overlap(journal, case)),
        ),
        Chapter("Final invoice of the source", _final_invoice(journal, case)),
        Chapter("Azure", _azure(journal, case)),
        Chapter("End of each phase", (_outcomes(journal, case),)),
        Chapter("Microsoft's activity log", _log(sources, case)),
        Chapter("Executed notebooks", (_notebooks(journal, case),)),
    ]


def _relationship(journal: Journal, case: CaseName) -> list[str]:
    seen = [entry for entry in journal.entries(case.chain, kinds={"verified"}, phase=INVITE) if entry.body["related"]]
    if not seen:
        return ["The customer was not seen under the target partner tenant yet."]
    return [f"The target partner tenant listed the customer first at {_minute(seen[0].body['read_at'])}."]


def _confirmed(journal: Journal, case: CaseName, phases: set[str | None]) -> Table:
    rows = [
        {
            "at": _moment(entry),
            "step": STEPS[entry.body["step"]].question,
            "by": entry.body["by"],
            "how": entry.body["how"],
            "facts": "; ".join(f"{name}: {value}" for name, value in entry.body["facts"].items()),
            "ticket": entry.body["ticket"],
        }
        for entry in journal.entries(case.chain, kinds={"confirmed"})
        if entry.phase in phases
    ]
    return Table(
        columns=(
            Column("at", "Date and time (UTC)", "datetime"),
            Column("step", "What was confirmed"),
            Column("by", "By"),
            Column("how", "How"),
            Column("facts", "Facts"),
            Column("ticket", "Ticket"),
        ),
        rows=tuple(rows),
        caption="What people confirmed; what Partner Center shows is the proof",
        empty="Nobody confirmed anything here.",
    )


def _plans(journal: Journal, case: CaseName) -> Table:
    rows = [
        {"at": _moment(entry), "phase": entry.phase, "what": _decided(case, entry), "by": _person(entry)}
        for entry in journal.entries(case.chain, kinds={"planned", "decided", "drifted", "chosen"})
    ]
    return Table(
        columns=(
            Column("at", "Date and time (UTC)", "datetime"),
            Column("phase", "Phase"),
            Column("what", "What"),
            Column("by", "By"),
        ),
        rows=tuple(rows),
        caption="Every plan, every decision on it, and what ended an approval",
        empty="No plan was made.",
    )


def _decided(case: CaseName, entry: Entry) -> str:
    body = entry.body
    if entry.kind == "planned":
        plan = Plan(str(entry.phase), case, body["header"], tuple(PlanRow.from_body(row) for row in body["rows"]))
        problems = f", {counted(len(plan.problems), 'problem')}" if plan.problems else ""
        return f"Plan {body['digest']} was frozen: {counted(len(plan.rows), 'row')}{problems}."
    if entry.kind == "drifted":
        return f"The approval of plan {body['digest'][:12]} ended: {' '.join(body['changes'])}"
    if entry.kind == "chosen":
        chosen = f"route {body['route']}" if "route" in body else str(body.get("choice", ""))
        reason = f": {body['reason']}" if body.get("reason") else "."
        return f"Chosen for {body.get('subscription', 'a row')}: {chosen}{reason}"
    word = "approved" if body["approved"] else "rejected"
    reason = f": {body['reason']}" if body["reason"] else "."
    return f"Plan {body['digest'][:12]} was {word} ({body['how']}){reason}"


def _person(entry: Entry) -> str:
    who = entry.body.get("by", "")
    if not isinstance(who, dict):
        return str(who)
    if who["object_id"] == "automatic":
        return str(who["name"])
    return f"{who['name']} ({who['user_name']}, object id {who['object_id']})"


def _effects(journal: Journal, case: CaseName, phase: str, none: str) -> tuple[Showable | str, ...]:
    """Show each effect of a phase with Microsoft's answer, and the ids that find it in Microsoft's own log."""
    entries = journal.entries(case.chain, kinds={"intended", "done", "refused", "retried"}, phase=phase)
    intended = [entry for entry in entries if entry.kind == "intended"]
    if not intended:
        return (none,)
    products = {row.subscription: row.product for row in _recorded_rows(journal, case)}
    rows = []
    for entry in intended:
        later = [other for other in entries if other.body.get("intended") == entry.number]
        ended = next((other for other in reversed(later) if other.kind in {"done", "refused"}), None)
        rows.append(
            {
                "at": _moment(entry),
                "action": str(entry.body["action"]).replace("_", " "),
                "rows": ", ".join(products.get(row, row) for row in entry.body["rows"]),
                "answer": _answer(ended, repeats=sum(other.kind == "retried" for other in later)),
                "correlation": entry.body["correlation_id"],
            }
        )
    return (
        Table(
            columns=(
                Column("at", "Announced (UTC)", "datetime"),
                Column("action", "What"),
                Column("rows", "For"),
                Column("answer", "Microsoft's answer"),
                Column("correlation", "MS-CorrelationId"),
            ),
            rows=tuple(rows),
            caption="Every write, announced in the journal before it was sent",
        ),
    )


def _answer(ended: Entry | None, *, repeats: int) -> str:
    repeated = f" after {counted(repeats, 'repeat')}" if repeats else ""
    if ended is None:
        return f"UNKNOWN{repeated}: the next run settles it first."
    if ended.kind == "refused":
        return f"Refused{repeated}: {ended.body.get('message') or ended.body.get('code') or 'no reason given'}"
    orders = sorted({str(line["order_id"]) for line in ended.body.get("lines", ())})
    told = f"; orders {', '.join(orders)}" if orders else ""
    status = f", {ended.body['status']}" if ended.body.get("status") else ""
    return f"Done{repeated} at {_minute(ended.body.get('answered_at') or ended.at)}{status}{told}"


def _recorded_rows(journal: Journal, case: CaseName) -> list[PlanRow]:
    planned = journal.entries(case.chain, kinds={"planned"})
    return [PlanRow.from_body(row) for entry in planned for row in entry.body["rows"]]


def _overlap(journal: Journal, case: CaseName) -> list[str]:
    billed = overlap_so_far(journal, case)
    return [billed.sentence] if billed.rows else []


def _final_invoice(journal: Journal, case: CaseName) -> tuple[Showable | str, ...]:
    """Repeat what `07_close` found last: credits expected and received, and what was still waited for (M17)."""
    found = recorded_invoice(journal, case.chain)
    if found is None:
        return ("07_close has not compared an invoice: nothing with a credit to expect was ended in the source.",)
    said = (*found.findings, *found.open, *found.trouble) or ("Nothing was charged after it.",)
    return (f"Looked at on {found.read_on} (UTC).", invoice_table(found.rows, case.company), *said)


def _azure(journal: Journal, case: CaseName) -> tuple[Showable | str, ...]:
    outcome = case_outcomes(journal, case).get(AZURE)
    told = outcome.reasons if outcome else ("06_azure has not run for this customer.",)
    return (*told, _confirmed(journal, case, {AZURE}))


def _outcomes(journal: Journal, case: CaseName) -> Table:
    found = case_outcomes(journal, case)
    rows = [
        {
            "phase": phase,
            "outcome": found[phase].outcome.replace("_", " ") if phase in found else "not started",
            "reasons": " ".join(found[phase].reasons) if phase in found else "",
        }
        for phase in CASE_PHASES
    ]
    return Table(
        columns=(Column("phase", "Phase"), Column("outcome", "Outcome"), Column("reasons", "Why")),
        rows=tuple(rows),
        caption="The newest outcome of every phase",
    )


def _log(sources: Sources, case: CaseName) -> tuple[Showable | str, ...]:
    first = kept_since(sources.journal, sources.engagement)
    if first is None:
        return ("The activity log of every tenant was not kept yet: run 91_activity_log.",)
    days = Period(first, _today())
    records = kept_log(sources.engagement, sources.archive, days, case)
    found = compare(effects_of(sources.journal, case), records, {case.customer})
    matched = len(found.matches) - len(found.missing)
    return (
        f"Kept since {first}: {counted(len(records), 'record')} of this customer. Of "
        f"{counted(len(found.matches), 'change')} of ours, {matched} stand in Microsoft's log.",
        missing_table(found),
        foreign_table(found),
    )


def _today() -> date:
    # The kept log is filtered, not read: a day that the tenants do not have yet adds nothing.
    return datetime.now(UTC).date()


def _notebooks(journal: Journal, case: CaseName) -> Table:
    archived: Iterable[Entry] = journal.entries(case.chain, kinds={"archived"})
    return Table(
        columns=(
            Column("at", "Archived (UTC)", "datetime"),
            Column("phase", "Phase"),
            Column("notebook", "In the archive as"),
        ),
        rows=tuple(
            {"at": _moment(entry), "phase": entry.phase, "notebook": entry.body["notebook"]} for entry in archived
        ),
        caption="The executed notebooks, whose signatures “consolidate verify” checks",
        empty="None is archived.",
    )


def _minute(moment: object) -> str:
    return f"{datetime.fromisoformat(str(moment)).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _moment(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.at)
