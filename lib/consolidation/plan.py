"""The plan: frozen rows and their digest. What is approved is this digest; what is applied must have it (M27, S6)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.journal import Journal
from consolidation.journal.entries import canonical_json
from consolidation.population import CaseName
from consolidation.tables import Table
from partner_center.models import identity

CUT_OVER = "04_recreate"
"""The phase whose plan decides on every row of a case."""


@dataclass(frozen=True)
class PlanRow:
    """One row: one source subscription (or one agreement), what happens to it in each tenant, and why.

    The fields down to `details` are covered by the digest; those after it are only shown.

    Attributes:
        subscription: Source subscription id in lower case; `agreement` for the attestation.
        parent: Id of the base of an add-on, lower case, or empty.
        kind: Kind by `routes.classify`.
        offer: Offer id in the source.
        seats: Seats in the source.
        status: Status in the source.
        billing_cycle: As Partner Center says it.
        term: ISO 8601 duration or empty.
        auto_renew: Whether it renews by itself.
        partner: Partner ID on record, carried over line by line.
        route: The route, or None while a person has to decide.
        target_action: `order`, `adopt`, `attest`, `request transfer`, `withdraw request` or `none`.
        source_action: `suspend`, `goes with its base`, `cancel in the window`, `switch auto-renew off`,
            `accept transfer`, `accept in the portal` or `none`.
        target_offer: Offer to buy, or empty; of new commerce product and SKU, without availability.
        target_term: Term to buy, ISO 8601, where it is not that of the source; empty for the source's.
        target_billing_cycle: Billing cycle to buy, where it is not that of the source; empty for the source's.
        target_term_end: Last UTC day (yyyy-mm-dd) of the term to buy, where it is aligned; empty for a whole term.
        target_seats: Seats to buy, 0 for none.
        adopted: Target subscription taken over instead of buying, or empty.
        price_ceiling: Highest unit price and currency that may be paid, as `12.30 EUR`; empty when it is unknown.
        details: What an attestation states (name, e-mail, date, template), or who chose a route and why; of what ends
            with its term the last day, and of what runs out who buys it in the target on which day. Of a transfer:
            number of the request, product type, last day of the term, number of the attempt.
        product: Name shown.
        reason: Why this route, in words.
        reason_source: Title of the Microsoft page behind it.
        problems: What stops the plan from being approved, one sentence each.
        candidates: Among what a person picks: target subscriptions, lower case, or products to buy in the place of an
            offer that is no longer sold (`replacements`).
        candidate_words: What is known of each such product, by candidate.
        likely: Those of these products that are likely the same licence; the others are guesses.
        allowed: The other routes that a person may choose.
        not_before: First moment (UTC, ISO 8601) at which the route may begin, empty for at once.
        source_price: Unit price and currency of the order in the source, as `12.30 EUR`; empty when it is unknown.
    """

    subscription: str
    parent: str = ""
    kind: str = ""
    offer: str = ""
    seats: int = 0
    status: str = ""
    billing_cycle: str = ""
    term: str = ""
    auto_renew: bool = False
    partner: str = ""
    route: str | None = None
    target_action: str = "none"
    source_action: str = "none"
    target_offer: str = ""
    target_term: str = ""
    target_billing_cycle: str = ""
    target_term_end: str = ""
    target_seats: int = 0
    adopted: str = ""
    price_ceiling: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    product: str = ""
    reason: str = ""
    reason_source: str = ""
    problems: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    candidate_words: Mapping[str, str] = field(default_factory=dict)
    likely: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    not_before: str = ""
    source_price: str = ""

    @property
    def term_to_buy(self) -> str:
        """The term that is bought, ISO 8601."""
        return self.target_term or self.term

    @property
    def billing_cycle_to_buy(self) -> str:
        """The billing cycle that is bought."""
        return self.target_billing_cycle or self.billing_cycle

    @property
    def is_chosen(self) -> bool:
        """Whether a person chose its route."""
        return "chosen_by" in self.details

    def covered(self) -> dict[str, Any]:
        """Return what the digest covers of this row."""
        # A field that came later and says nothing leaves the digests of older plans, and their approvals, as they are.
        return {name: getattr(self, name) for name in _COVERED if name not in _COVERED_WHEN_SET or getattr(self, name)}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Read a row back from the journal."""
        lists = {name: tuple(body.get(name, ())) for name in ("problems", "candidates", "likely", "allowed")}
        return cls(**{**body, **lists})


_SHOWN_ONLY = frozenset(
    [
        "product",
        "reason",
        "reason_source",
        "problems",
        "candidates",
        "candidate_words",
        "likely",
        "allowed",
        "not_before",
        "source_price",
    ]
)
_COVERED = tuple(item.name for item in fields(PlanRow) if item.name not in _SHOWN_ONLY)
_COVERED_WHEN_SET = {"target_term", "target_billing_cycle", "target_term_end"}


@dataclass(frozen=True)
class Plan:
    """Frozen rows of one phase of one case.

    Attributes:
        phase: The notebook.
        case: Whose rows.
        header: What the digest covers beside the rows: policy, endpoints, tenants.
        rows: Every source subscription once, bases before add-ons (S8).
        case_problems: What stops the whole plan from being approved, one sentence each.
        target_seen: Ids of the unclaimed target subscriptions that stood there when it was planned.
        notes: What whoever approves should know, one sentence each; it stops nothing.
        number: Number of its `planned` entry in the case's chain; 0 while it is not frozen.
    """

    phase: str
    case: CaseName
    header: Mapping[str, Any]
    rows: tuple[PlanRow, ...]
    case_problems: tuple[str, ...] = ()
    target_seen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    number: int = 0

    @cached_property
    def digest(self) -> str:
        """SHA-256, hexadecimal, over header and covered fields of the rows, independent of their order."""
        rows = sorted((row.covered() for row in self.rows), key=lambda row: str(row["subscription"]))
        covered = {"phase": self.phase, "header": self.header, "rows": rows}
        return hashlib.sha256(canonical_json(covered).encode()).hexdigest()

    @property
    def problems(self) -> tuple[str, ...]:
        """What stops the plan from being approved; empty when it can be."""
        undecided = [
            " ".join([f"{row.product}: {row.reason}", *_how_to_choose(self.case, row)])
            for row in self.rows
            if row.route is None and not row.problems
        ]
        stated = [f"{row.product}: {problem}" for row in self.rows for problem in row.problems]
        return (*self.case_problems, *stated, *undecided)

    @property
    def undecided(self) -> tuple[PlanRow, ...]:
        """The rows for which a person may choose a route, and has to."""
        return tuple(row for row in self.rows if row.route is None and row.allowed)

    @property
    def has_actions(self) -> bool:
        """Whether the plan changes anything in either tenant."""
        return any(row.target_action != "none" or row.source_action != "none" for row in self.rows)

    @property
    def needs_approval(self) -> bool:
        """Whether somebody has to approve it: it changes a tenant, or a route in the cut-over was chosen by a person.

        What was chosen is approved with the cut-over even where a person then carries it out by hand.
        """
        return self.has_actions or (self.phase == CUT_OVER and any(row.is_chosen for row in self.rows))

    def row(self, subscription: str) -> PlanRow:
        """Return the row of a source subscription.

        Raises:
            ConsolidationError: The plan has no such row.
        """
        for row in self.rows:
            if row.subscription == identity(subscription):
                return row
        raise ConsolidationError(
            f"Plan {self.digest[:12]} has no row {subscription}.",
            next_step="Look in the journal for the plan that had it, and at the subscription in the portal.",
        )

    def addons_of(self, base: PlanRow) -> list[PlanRow]:
        """Return the add-on rows of a base."""
        return [row for row in self.rows if row.parent and row.parent == base.subscription]

    def body(self) -> dict[str, Any]:
        """Return the journal's form."""
        return {
            "digest": self.digest,
            "header": dict(self.header),
            "rows": [asdict(row) for row in self.rows],
            "case_problems": list(self.case_problems),
            "target_seen": list(self.target_seen),
            "notes": list(self.notes),
        }

    @property
    def table(self) -> Table:
        """The rows as they are shown and approved."""
        from consolidation.plan_table import plan_table  # its words are of rows, which are defined here

        return plan_table(self)


def _how_to_choose(case: CaseName, row: PlanRow) -> list[str]:
    """Return the sentence that says how a person decides on an undecided row."""
    if not row.allowed:
        return []
    return [
        f"A person may choose {' or '.join(row.allowed)}: 'consolidate choose ENGAGEMENT --customer {case.customer} "
        f"--source {case.source} --subscription {row.subscription} --route ROUTE --reason WHY'."
    ]


def plan_header(engagement: Engagement, case: CaseName) -> dict[str, Any]:
    """Return what a plan's digest covers beside its rows: approval policy, endpoints and the three tenants."""
    return {
        "policy": engagement.policy(),
        "endpoints": list(engagement.cloud.endpoints),
        "source": engagement.source(case.source).tenant,
        "target": engagement.target.tenant,
        "customer": case.customer,
    }


def freeze(journal: Journal, plan: Plan) -> Plan:
    """Write the plan into the case's chain as it is shown; it is never recomputed on resume."""
    entry = journal.append(plan.case.chain, "planned", plan.body(), phase=plan.phase)
    return replace(plan, number=entry.number)


def frozen_plan(journal: Journal, case: CaseName, phase: str) -> Plan | None:
    """Return the newest frozen plan of a phase, or None."""
    entry = journal.last(case.chain, "planned", phase=phase)
    if entry is None:
        return None
    return Plan(
        phase,
        case,
        entry.body["header"],
        tuple(PlanRow.from_body(row) for row in entry.body["rows"]),
        tuple(entry.body["case_problems"]),
        tuple(entry.body["target_seen"]),
        tuple(entry.body.get("notes", ())),
        entry.number,
    )


def money_text(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency, exact and with at least two decimals, for example `12.30 EUR`."""
    decimals = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{decimals}f} {currency}"
