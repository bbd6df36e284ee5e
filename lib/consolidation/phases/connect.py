"""00_connect: both organisations, the cloud, the acknowledgement, the list of customers (M1, M3, M5, M20)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from consolidation.clock import clock_note
from consolidation.confirmations import confirmation
from consolidation.display import Page, Showable
from consolidation.errors import Held
from consolidation.evidence.archive import Archive
from consolidation.exports import csv_bytes
from consolidation.journal import ENGAGEMENT_CHAIN
from consolidation.outcomes import Outcome, latest_outcome
from consolidation.population import CaseName, read_population, record_population, recorded_population
from consolidation.registration import registration_table, try_source, try_target
from consolidation.session import Session
from consolidation.tables import Column, Table
from partner_center import PartnerCenterReader


def check_tenants(session: Session) -> Showable:
    """Try every tenant of the engagement: who answers, and what its credentials may do (M20, S5).

    Raises:
        Held: Something is missing, or a sign-in belongs to another tenant than the engagement names (S5).
        Unreachable: A tenant's endpoints cannot be reached.
    """
    engagement, journal, clients = session.opened()
    tried = [row for source in engagement.sources for row in try_source(source.name, clients.source(source.name))]
    tried += try_target(engagement.target.name, clients.target, _a_target_customer(session))
    missing = [row for row in tried if not row.works]
    failed = {row.tenant for row in missing if row.what.startswith("sign in")}
    tenants: list[tuple[str, str, PartnerCenterReader]] = [
        (source.name, "Transitioning From", clients.source(source.name)) for source in engagement.sources
    ]
    tenants.append((engagement.target.name, "Transitioning To", clients.target))
    rows = [_tenant(name, role, client) for name, role, client in tenants if name not in failed]
    journal.append(
        ENGAGEMENT_CHAIN, "observed", {"tenants": rows, "tried": [asdict(row) for row in tried]}, phase=session.phase
    )
    wrong = [f"{row['name']}: {row['result']}." for row in rows if row["result"] != AS_NAMED]
    lacking = [f"{row.tenant} cannot {row.what}: {row.found} {row.grant}" for row in missing]
    ahead = timedelta(seconds=clients.target.clock_difference())
    shown = Page(_tenants_table(rows), registration_table(tried), *clock_note(ahead))
    if wrong or lacking:
        # The tables are the way out, so they are shown although the notebook stops here.
        stopped = session.stop(Held([*wrong, *lacking, "Correct it and run 00_connect again; nothing was written."]))
        return Page(shown, stopped)
    return shown


AS_NAMED = "as the engagement says"


def _a_target_customer(session: Session) -> str:
    """Return a customer of the target whose carts may be asked for; empty when none is seen yet."""
    _, journal, _ = session.opened()
    accepted = (
        case.customer
        for case in recorded_population(journal)
        if (outcome := latest_outcome(journal, case.chain, "02_invite")) and outcome.outcome == "done"
    )
    return next(accepted, "")


def _tenants_table(rows: list[dict[str, str]]) -> Table:
    return Table(
        columns=(
            Column("role", "Role"),
            Column("name", "Name here"),
            Column("organisation", "Organisation"),
            Column("tenant", "Tenant signed in to"),
            Column("sign_in", "Sign-in"),
            Column("result", "Result"),
        ),
        rows=tuple(rows),
        caption="The tenants of this engagement, as each says of itself",
    )


def _tenant(name: str, role: str, client: PartnerCenterReader) -> dict[str, str]:
    signed_in = client.signed_in_tenant()
    same = signed_in.casefold() == client.tenant.casefold()
    return {
        "role": role,
        "name": name,
        "organisation": "not shown to app-only sign-in"
        if client.app_only
        else client.organization_profile().company_name,
        "tenant": signed_in,
        "sign_in": "app only" if client.app_only else "app + user",
        "result": AS_NAMED if same else f"signed in to {signed_in}, expected {client.tenant} (S5)",
    }


def list_population(session: Session) -> Showable:
    """List the customers of every source, keep the list, and write it as CSV into the archive."""
    engagement, journal, clients = session.opened()
    cases = read_population(engagement, clients)
    if cases != recorded_population(journal):
        record_population(journal, cases, phase=session.phase)
    table = population_table(cases)
    archive = Archive(engagement.archive_folder)
    path = archive.write_beside(archive.engagement_folder() / "exports" / "customers.csv", csv_bytes(table))
    return Page(table, f"Written to {path.relative_to(archive.root).as_posix()} in the archive.")


def population_table(cases: list[CaseName]) -> Table:
    """Return the list of customers; as CSV it can be the `customers` of the engagement."""
    rows = tuple(
        {"customer": case.customer, "source": case.source, "company": case.company, "domain": case.domain}
        for case in cases
    )
    return Table(
        columns=(
            Column("customer", "customer"),
            Column("source", "source"),
            Column("company", "company"),
            Column("domain", "domain"),
        ),
        rows=rows,
        caption="Customers of the Transitioning From tenants: each line is one case",
        empty="The source tenants have no customers.",
    )


def connect_outcome(session: Session) -> Outcome:
    """Done when every tenant answered, the customers are listed and somebody acknowledged what cannot be undone."""
    _, journal, _ = session.opened()
    said = confirmation(journal, ENGAGEMENT_CHAIN, "irreversible")
    if said is None:
        reason = "Nobody has acknowledged that this cannot be undone (M3): confirm the step irreversible."
        return Outcome(session.phase, "held", (reason,))
    cases = recorded_population(journal)
    return Outcome(session.phase, "done", (f"{len(cases)} cases; acknowledged by {said.body['by']}.",))
