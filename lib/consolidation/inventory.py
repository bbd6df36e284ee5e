"""What the two tenants say of a customer's subscriptions, kept as received (M2, M31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consolidation.journal import Journal
from partner_center import PartnerCenterReader
from partner_center.errors import NoRelationship
from partner_center.models import Subscription, identity

ACTIVE = "active"
SUSPENDED = "suspended"
DELETED = "deleted"


@dataclass(frozen=True)
class Snapshot:
    """All subscriptions of one customer in one partner tenant, in every status, add-ons included.

    Attributes:
        side: `source` or `target`.
        read_at: When, by Partner Center's clock, UTC.
        subscriptions: As Partner Center listed them.
        related: False when the partner tenant has no relationship with the customer: then nothing can be seen.
    """

    side: str
    read_at: datetime
    subscriptions: tuple[Subscription, ...]
    related: bool = True

    def by_id(self) -> dict[str, Subscription]:
        """Return the subscriptions by their id in lower case: legacy ids come back in upper case."""
        return {identity(subscription.id): subscription for subscription in self.subscriptions}

    def body(self) -> dict[str, Any]:
        """Return the journal's form: bodies as received."""
        return {
            "side": self.side,
            "read_at": self.read_at.isoformat(),
            "related": self.related,
            "subscriptions": [subscription.received for subscription in self.subscriptions],
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Snapshot:
        """Read the journal's form back."""
        return cls(
            side=body["side"],
            read_at=datetime.fromisoformat(body["read_at"]),
            subscriptions=tuple(Subscription.model_validate(item) for item in body["subscriptions"]),
            related=body["related"],
        )


def read_snapshot(client: PartnerCenterReader, customer: str, side: str) -> Snapshot:
    """Read all subscriptions of a customer from one tenant.

    Raises:
        partner_center.PartnerCenterError: The list could not be read as a whole.
    """
    try:
        subscriptions = tuple(client.subscriptions(customer))
    except NoRelationship:
        return Snapshot(side, client.server_time(), (), related=False)
    return Snapshot(side, client.server_time(), subscriptions)


def record_snapshots(journal: Journal, chain: str, snapshots: Iterable[Snapshot], *, phase: str) -> None:
    """Keep what was read in the case's chain."""
    journal.append(chain, "observed", {snapshot.side: snapshot.body() for snapshot in snapshots}, phase=phase)


def baseline(journal: Journal, chain: str) -> tuple[Snapshot, Snapshot] | None:
    """Return what source and target said when the case was prepared, or None before that (M2).

    It is the newest record of `01_prepare` from before the first effect: what we changed ourselves must not become
    the record that we compare with.
    """
    first_effect = next(
        (entry.number for entry in journal.entries(chain, kinds={"intended"}) if entry.phase != "02_invite"), None
    )
    for entry in reversed(journal.entries(chain, kinds={"observed"}, phase="01_prepare")):
        if first_effect is None or entry.number < first_effect:
            return Snapshot.from_body(entry.body["source"]), Snapshot.from_body(entry.body["target"])
    return None


def last_observed(journal: Journal, chain: str) -> Snapshot | None:
    """Return what the source said when it was read last, by any phase; None when it never was."""
    for entry in reversed(journal.entries(chain, kinds={"observed"})):
        if "source" in entry.body:
            return Snapshot.from_body(entry.body["source"])
    return None


def last_read(journal: Journal, chain: str, side: str) -> Snapshot | None:
    """Return what one side, `source` or `target`, said last, reading back after a change too; None when never read."""
    for entry in reversed(journal.entries(chain, kinds={"observed", "verified"})):
        body = entry.body.get(side)
        if isinstance(body, Mapping) and "subscriptions" in body:
            return Snapshot.from_body(body)
    return None


def product_name(subscription: Subscription) -> str:
    """Return the product's name: the offer's, else the partner's nickname, else the id of the offer."""
    return subscription.offer_name or subscription.friendly_name or subscription.offer_id or "(no name)"


def bases_before_addons(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    """Order subscriptions by product so that each add-on follows its base; an add-on without base stands last."""
    every = sorted(subscriptions, key=lambda item: (product_name(item).casefold(), identity(item.id)))
    known = {identity(item.id) for item in every}
    children: dict[str, list[Subscription]] = {}
    roots: list[Subscription] = []
    orphans: list[Subscription] = []
    for item in every:
        parent = identity(item.parent_subscription_id or "")
        if not parent:
            roots.append(item)
        elif parent in known and parent != identity(item.id):
            children.setdefault(parent, []).append(item)
        else:
            orphans.append(item)
    ordered = [item for root in roots for item in (root, *children.pop(identity(root.id), []))]
    # What a loop of parents or a chain of add-ons left over is a row like any other (S8).
    leftover = [item for group in children.values() for item in group]
    return [*ordered, *leftover, *orphans]
