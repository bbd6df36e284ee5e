"""`consolidate approve`, `choose` and `confirm`: the same records that the widgets write."""

from __future__ import annotations

import click

from consolidation.approvals import decision_on, record_decision
from consolidation.choices import check_route, record_purchase, record_route, rows_to_choose_for
from consolidation.cli.walk import check_phases
from consolidation.confirmations import STEPS, record_confirmation
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.people import approvals_need_people, identify_person
from consolidation.plan import CUT_OVER, frozen_plan
from consolidation.population import CaseName, find_case, recorded_population
from consolidation.replacements import Pick, Replacement, check_pick, record_pick
from consolidation.session import open_whole_journal
from partner_center.models import identity


@click.command()
@click.argument("engagement")
@click.option("--customer", required=True, help="Tenant id or domain.")
@click.option("--source", default="", help="Source tenant; needed when several hold the customer.")
@click.option("--phase", required=True, help="The phase whose plan it is, for example 04_recreate.")
@click.option("--digest", required=True, help="Digest of the plan as shown.")
@click.option("--reject", is_flag=True, help="Reject instead of approving.")
@click.option("--reason", default="", help="Why it is rejected.")
def approve(
    engagement: str,
    customer: str,
    source: str,
    phase: str,
    digest: str,
    reject: bool,
    reason: str,
) -> None:
    """Approve, or reject, exactly the plan with this digest."""
    check_phases((phase,))
    if reject and not reason.strip():
        raise EngagementError(["A rejection needs a reason."], next_step="Give --reason.")
    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    case = _case(journal, customer, source)
    plan = frozen_plan(journal, case, phase)
    if plan is None:
        raise EngagementError([f"{case.company} has no plan of {phase}."], next_step=f"Run {phase} first.")
    if plan.digest != digest.strip().casefold():
        raise EngagementError(
            [f"The newest plan of {phase} for {case.company} has digest {plan.digest}, not {digest} (S6)."],
            next_step="Look at the rows again and give the digest shown with them.",
        )
    if plan.problems:
        raise EngagementError(["This plan cannot be approved yet.", *plan.problems])
    person = identify_person(loaded, lambda message: click.echo(message, err=True))
    record_decision(journal, plan, person, approved=not reject, how="command line", reason=reason)
    decision = decision_on(loaded, journal, plan)
    click.echo(f"{'Rejected' if reject else 'Approved'} by {person.user_name}: plan {plan.digest} of {case.company}.")
    for sentence in decision.lacking:
        click.echo(sentence)


@click.command()
@click.argument("engagement")
@click.option("--customer", required=True, help="Tenant id or domain.")
@click.option("--source", default="", help="Source tenant; needed when several hold the customer.")
@click.option("--subscription", required=True, help="Id of the subscription in the source, as the plan names it.")
@click.option("--route", default="", help="Which way it goes; what is allowed is named when it is refused.")
@click.option("--product", default="", help="Instead of a route: product:sku bought for an offer no longer sold.")
@click.option("--term", default="P1Y", show_default=True, help="With --product: its term, ISO 8601.")
@click.option("--billing-cycle", default="monthly", show_default=True, help="With --product: how it is paid.")
@click.option("--reason", default="", help="Why; it stands in the plan that is approved.")
@click.option("--buy-on", "purchase_on", default="", help="For run_out: the day of the purchase in the target.")
@click.option("--owner", default="", help="For run_out: who buys it in the target on that day.")
@click.option("--bought-as", default="", help="Instead of a route: id of what was bought in the target for it.")
def choose(
    engagement: str,
    customer: str,
    source: str,
    subscription: str,
    route: str,
    product: str,
    term: str,
    billing_cycle: str,
    reason: str,
    purchase_on: str,
    owner: str,
    bought_as: str,
) -> None:
    """Choose another route for a subscription, another product to buy, or name what was bought for what runs out."""
    if sum(bool(each.strip()) for each in (route, product, bought_as)) != 1:
        problem = "Either a route is chosen, or a product, or a purchase is named."
        raise EngagementError([problem], next_step="Give --route, --product or --bought-as.")
    if product.strip():
        replacement = Replacement.parse(product, term, billing_cycle)
        _pick(engagement, customer, source, subscription, replacement, reason)
        return
    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    case = _case(journal, customer, source)
    rows = {row.subscription: row for row in rows_to_choose_for(journal, case)}
    row = rows.get(identity(subscription))
    if row is None:
        raise EngagementError(
            [f"{case.company} has no subscription {subscription} in {case.source}."],
            next_step="Take the id from the plan of 01_prepare or 04_recreate.",
        )
    if not bought_as:
        # Before anybody has to sign in.
        check_route(journal, case, row, route, reason, purchase_on=purchase_on, owner=owner)
    person = identify_person(loaded, lambda message: click.echo(message, err=True))
    given = {"by": person.user_name, "how": "command line"}
    if bought_as:
        record_purchase(journal, case, row, bought_as, **given)
        click.echo(f"Named by {person.user_name}: {bought_as} stands for {row.product} of {case.company}.")
        click.echo("07_close looks for it in the target.")
        return
    bought = {"purchase_on": purchase_on, "owner": owner}
    record_route(journal, case, row, route, reason=reason, phase=None, **given, **bought)
    click.echo(f"Chosen by {person.user_name}: {row.product} of {case.company} goes {route}, not {row.route}.")
    click.echo("The next run makes the plan anew; where its digest changed, it has to be approved again.")


def _pick(
    engagement: str, customer: str, source: str, subscription: str, replacement: Replacement, reason: str
) -> None:
    """Write what is bought in the place of an offer that the newest plan calls no longer sold (M26)."""
    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    case = _case(journal, customer, source)
    plan = frozen_plan(journal, case, CUT_OVER)
    if plan is None:
        raise EngagementError([f"{case.company} has no plan of {CUT_OVER}."], next_step=f"Run {CUT_OVER} first.")
    row = plan.row(subscription)
    check_pick(journal, plan, row, reason)  # before anybody has to sign in
    person = identify_person(loaded, lambda message: click.echo(message, err=True))
    pick = Pick(replacement, person.user_name, reason)
    record_pick(loaded, journal, plan, row, pick, how="command line", phase=None)
    click.echo(f"Picked by {person.user_name}: {row.product} of {case.company} is bought as {replacement}.")
    click.echo("The next run makes the plan anew, with price and checks of the product; then it has to be approved.")


@click.command()
@click.argument("engagement")
@click.option(
    "--customer",
    "customers",
    multiple=True,
    help="Tenant id or domain; may be repeated; left out for 'irreversible'.",
)
@click.option("--source", default="", help="Source tenant; needed when several hold the customer.")
@click.option("--step", required=True, type=click.Choice(sorted(STEPS)))
@click.option("--by", required=True, help="Who says so.")
@click.option("--ticket", default="", help="Number of the ticket or call.")
@click.option("--name", default="", help="Who accepted the agreement.")
@click.option("--email", default="", help="E-mail address of that person.")
@click.option("--date", default="", help="When, yyyy-mm-dd.")
def confirm(
    engagement: str,
    customers: tuple[str, ...],
    source: str,
    step: str,
    by: str,
    ticket: str,
    name: str,
    email: str,
    date: str,
) -> None:
    """Confirm a step that happened outside the tool, for one customer or for several at once."""
    if not by.strip():
        raise EngagementError(["Nobody is named who says so."], next_step="Give --by.")
    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    if (step == "irreversible") == bool(customers):
        words = (
            "belongs to the whole engagement: leave --customer out"
            if customers
            else "belongs to a case: give --customer"
        )
        raise EngagementError([f"The step {step} {words}."])
    # All are found before anything is written: a misspelt customer must not leave half of them confirmed.
    cases = [_case(journal, customer, source) for customer in customers]
    chains = [case.chain for case in cases] or [ENGAGEMENT_CHAIN]
    who = _signed_in(loaded, by)
    facts = {"name": name.strip(), "email": email.strip(), "date": _date(date)}
    for chain in dict.fromkeys(chains):
        record_confirmation(journal, chain, step, by=who, how="command line", ticket=ticket, facts=facts)
    for company in [case.company for case in cases] or [loaded.name]:
        click.echo(f"Confirmed: {company}: {STEPS[step].question} ({who})")


def _signed_in(engagement: Engagement, by: str) -> str:
    """Return who says so; where people sign in, the one who records it signs in as well."""
    if not approvals_need_people(engagement):
        return by
    person = identify_person(engagement, lambda message: click.echo(message, err=True))
    return f"{by}, recorded by {person.user_name}"


def _date(text: str) -> str:
    from datetime import date

    if not text:
        return ""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise EngagementError([f"{text!r} is not a date."], next_step="Write yyyy-mm-dd.") from error


def _case(journal: Journal, customer: str, source: str) -> CaseName:
    population = recorded_population(journal)
    if not population:
        raise EngagementError(["The customers are not listed yet."], next_step="Run 00_connect first.")
    return find_case(population, customer, source)
