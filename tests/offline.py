"""An engagement, its journal and subscriptions without any Partner Center: for rules that need no call."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from consolidation.case import Case
from consolidation.cli import main
from consolidation.engagement import Engagement, load_engagement
from consolidation.inventory import Snapshot
from consolidation.plan import Plan, PlanRow, plan_header
from consolidation.population import CaseName
from partner_center import Person
from partner_center.models import Offer, Subscription

FRANCE, GERMANY, EUROPE = "contoso-france", "contoso-germany", "contoso-europe"
TENANTS = {
    FRANCE: "5a1f0c3e-1111-4a6b-9c2d-000000000f0a",
    GERMANY: "5a1f0c3e-2222-4a6b-9c2d-00000000de0a",
    EUROPE: "5a1f0c3e-3333-4a6b-9c2d-00000000e00a",
}
CUSTOMER = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
OFFER = "796b6b5f-613c-4e24-a17c-eba730d49c02"
NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
NOBODY_LISTENS = 9
"""The discard port: what calls it is refused at once."""

ANA = Person("0a0a0a0a-0000-4000-8000-00000000000a", "ana@contoso.example", "Ana")
BEN = Person("0b0b0b0b-0000-4000-8000-00000000000b", "ben@contoso.example", "Ben")
CLEO = Person("0c0c0c0c-0000-4000-8000-00000000000c", "cleo@contoso.example", "Cleo")


def engagement_values(port: int = NOBODY_LISTENS, **changes: object) -> dict[str, object]:
    """Return the keys of a good engagement on loopback; keyword arguments replace them, None takes one away."""
    sources = [{"name": name, "tenant": TENANTS[name], "credentials": name.upper()} for name in (FRANCE, GERMANY)]
    values: dict[str, object] = {
        "name": "offline",
        "cloud": dict.fromkeys(("login", "partner_center", "graph"), f"https://localhost:{port}"),
        "sources": sources,
        "target": {"name": EUROPE, "tenant": TENANTS[EUROPE], "credentials": EUROPE.upper()},
        "customers": "all",
        "approvals": "automatic",
        "journal": "sqlite:///journal.db",
        "archive": "archive",
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


def write_engagement(folder: Path, port: int = NOBODY_LISTENS, **changes: object) -> Path:
    """Write an engagement file and return its path."""
    path = folder / "engagement.yaml"
    path.write_text(yaml.safe_dump(engagement_values(port, **changes), sort_keys=False), encoding="utf-8")
    return path


def make_engagement(folder: Path, **changes: object) -> Engagement:
    """Write an engagement and load it."""
    return load_engagement(write_engagement(folder, **changes))


def make_subscription(identifier: str = "AAAA0001", **fields: object) -> Subscription:
    """Return a legacy seat subscription as Partner Center prints it; keyword arguments are Microsoft's names."""
    printed = {
        "id": identifier,
        "offerId": OFFER,
        "offerName": "Office 365 E3",
        "quantity": 10,
        "status": "active",
        "unitType": "licenses",
        "billingType": "license",
        "billingCycle": "monthly",
        "autoRenewEnabled": True,
        **fields,
    }
    return Subscription.model_validate(printed)


def snapshot(side: str, *subscriptions: Subscription) -> Snapshot:
    """Return what one side says at noon."""
    return Snapshot(side, NOON, subscriptions)


def make_case_name(source: str = FRANCE, customer: str = CUSTOMER, company: str = "Fabrikam Boulangerie") -> CaseName:
    """Return the name of a case; its domain is made of the company's first word."""
    return CaseName(source, customer, company, f"{company.split()[0].casefold()}.onmicrosoft.com")


def make_row(subscription: str = "aaaa0001", **fields: object) -> PlanRow:
    """Return the row of a subscription that is bought again and suspended."""
    values: dict[str, object] = {
        "kind": "legacy seats",
        "offer": OFFER,
        "seats": 10,
        "status": "active",
        "billing_cycle": "monthly",
        "auto_renew": True,
        "route": "recreate",
        "target_action": "order",
        "source_action": "suspend",
        "target_offer": OFFER,
        "target_seats": 10,
        "product": "Office 365 E3",
        **fields,
    }
    return PlanRow(subscription, **values)  # type: ignore[arg-type]


def make_plan(engagement: Engagement, *rows: PlanRow, case: CaseName | None = None, **fields: Any) -> Plan:
    """Return a plan of the cut-over that is not frozen yet."""
    name = case or make_case_name()
    return Plan("04_recreate", name, plan_header(engagement, name), rows or (make_row(),), **fields)


class FakeTarget:
    """The little of a target tenant that a plan asks for."""

    def __init__(self, offers: tuple[Offer, ...] | None = None) -> None:
        self._offers = offers if offers is not None else (make_offer(),)

    def customer_billing_profile(self, _customer: str) -> SimpleNamespace:
        """Return a customer in France."""
        return SimpleNamespace(country="FR")

    def offers(self, _country: str) -> tuple[Offer, ...]:
        """Return the catalogue."""
        return self._offers

    def partner_billing_profile(self) -> SimpleNamespace:
        """Return a partner that is billed in euro."""
        return SimpleNamespace(billing_currency="EUR")

    def partner_profile(self, partner_id: str) -> SimpleNamespace:
        """Return who has a Partner ID: everybody."""
        return SimpleNamespace(mpn_id=partner_id)

    def customer(self, _customer: str) -> SimpleNamespace:
        """Return a customer who has accepted."""
        return SimpleNamespace(relationship="reseller", allow_delegated_access=None)

    def agreements(self, _customer: str) -> tuple[SimpleNamespace, ...]:
        """Return the confirmation of the customer agreement."""
        return (SimpleNamespace(type="MicrosoftCustomerAgreement"),)

    def server_time(self) -> datetime:
        """Return noon."""
        return NOON


class FakeClients:
    """Clients that reach nothing: a case that has its snapshots needs the catalogue only."""

    def __init__(self, target: FakeTarget) -> None:
        self.target = target
        self.source_currency = "EUR"

    def source(self, name: str) -> SimpleNamespace:
        """Return a source without orders that is billed in euro."""
        return SimpleNamespace(
            name=name, partner_billing_profile=lambda: SimpleNamespace(billing_currency=self.source_currency)
        )


def make_offer(identifier: str = OFFER, **fields: object) -> Offer:
    """Return an offer of the catalogue that can be bought."""
    return Offer.model_validate({"id": identifier, "name": "Office 365 E3", "isAvailableForPurchase": True, **fields})


def make_case(
    engagement: Engagement,
    journal: Any,
    name: CaseName | None = None,
    phase: str = "04_recreate",
    offers: tuple[Offer, ...] | None = None,
) -> Case:
    """Return a case whose tenants are fakes."""
    clients: Any = FakeClients(FakeTarget(offers))
    return Case(engagement, journal, clients, name or make_case_name(), phase)


def run_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """Run `consolidate` in this process; return its exit code and what it printed."""
    # A run marks its process as one; this process goes on to other tests.
    monkeypatch.setenv("CONSOLIDATION_RUNNER", "run-of-a-test")
    monkeypatch.setattr("sys.argv", ["consolidate", *arguments])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    return SimpleNamespace(code=ended.value.code, out=printed.out, err=printed.err)
