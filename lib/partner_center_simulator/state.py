"""The state of all tenants of one simulated cloud, with the look-ups that every room needs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from partner_center_simulator.clock import Clock, timestamp
from partner_center_simulator.documents import Document, Documents

KEPT_OVER_RESET = frozenset({"secret"})
DEFAULT_SETTINGS = {"transfer_seconds": 900.0}
"""Settings that are not 0 while nobody has set them; a transfer takes a quarter of an hour as a rule."""


class State:
    """Partner tenants, customers and what lies between them; the same in memory and on disk.

    Attributes:
        documents: The documents themselves, for direct reading by tests.
        clock: Partner Center's clock.
    """

    def __init__(self, path: Path, *, start: datetime | None = None) -> None:
        self.documents = Documents(path)
        self.clock = Clock(self.documents, start)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes of the block or none; see Documents.transaction."""
        with self.documents.transaction():
            yield

    @property
    def origin(self) -> Document | None:
        """Name of the portfolio, seed and start; None while nothing was planted."""
        return self.documents.get("origin", "", "")

    def identifier(self, *parts: object) -> str:
        """Return a GUID, lower case, that depends on the seed and the parts alone."""
        origin = self.origin
        seed = origin["seed"] if origin else 0
        return str(uuid5(NAMESPACE_URL, "/".join(["simulator", str(seed), *map(str, parts)])))

    def next_number(self, kind: str, scope: str) -> int:
        """Return the number after the last one in a scope whose keys are running numbers from 1."""
        return len(self.documents.scope(kind, scope)) + 1

    def partners(self) -> Iterable[Document]:
        """Return all partner tenants."""
        return self.documents.scope("partner", "").values()

    def partner(self, name_or_tenant: str) -> Document | None:
        """Return a partner tenant by short name, tenant id or domain."""
        wanted = name_or_tenant.lower()
        found = self.documents.get("partner", "", wanted)
        if found:
            return found
        return next((p for p in self.partners() if wanted in (p["name"], p["domain"])), None)

    def customer(self, customer: str) -> Document | None:
        """Return a customer tenant by its id, whoever its partners are."""
        return self.documents.get("customer", "", customer.lower())

    def customer_by_domain(self, domain: str) -> Document | None:
        """Return a customer tenant by its initial domain."""
        found = self.documents.get("domain", "", domain.lower())
        return self.customer(found["customer"]) if found else None

    def relationship(self, tenant: str, customer: str) -> Document | None:
        """Return what a partner tenant keeps about a customer it is related to, or None."""
        return self.documents.get("relationship", tenant, customer.lower())

    def subscriptions(self, tenant: str, customer: str) -> Mapping[str, Document]:
        """Return a customer's subscriptions under one partner tenant by lower-case id."""
        return self.documents.scope("subscription", f"{tenant}/{customer.lower()}")

    def put_subscription(
        self, tenant: str, customer: str, subscription: Document, *, since: datetime | None = None
    ) -> None:
        """Insert or replace a subscription under one partner tenant, and note in its history what it became.

        Args:
            tenant: Partner tenant id.
            customer: Customer tenant id.
            subscription: The subscription as it is from now on.
            since: When that began (UTC); None is its creation for a new one, else now.
        """
        scope, resource = f"{tenant}/{customer.lower()}", subscription["resource"]
        key = str(resource["id"]).lower()
        old = self.documents.get("subscription", scope, key)
        history = old["history"] if old else []
        step = {name: resource.get(name) for name in ("status", "quantity", "autoRenewEnabled")}
        if not history or {**history[-1], **step} != history[-1]:
            created = None if old or since else resource.get("creationDate")
            at = created or timestamp(since or self.clock.now())
            history = [*history, {"at": at, **step}]
        self.documents.put("subscription", scope, key, {**subscription, "history": history})

    def former_subscriptions(self, tenant: str, customer: str) -> Mapping[str, Document]:
        """Return subscriptions that a partner tenant had and that were transferred to another, by lower-case id."""
        return self.documents.scope("former_subscription", f"{tenant}/{customer.lower()}")

    def let_go(self, tenant: str, customer: str, subscription: Document, left: datetime) -> None:
        """Take a transferred subscription from a partner tenant that it left at an instant (UTC)."""
        scope, key = f"{tenant}/{customer.lower()}", str(subscription["resource"]["id"]).lower()
        self.documents.remove("subscription", scope, key)
        self.documents.put("former_subscription", scope, key, {**subscription, "left": timestamp(left)})

    def offer(self, offer: str) -> Document | None:
        """Return an offer of the catalogue by its id, letter case aside."""
        return self.documents.get("offer", "", offer.lower())

    def setting(self, name: str) -> float:
        """Return a setting, in seconds or calls a minute; its default when it was never set."""
        document = self.documents.get("settings", "", "") or {}
        return float(document.get(name, DEFAULT_SETTINGS.get(name, 0.0)))

    def set_settings(self, settings: Mapping[str, float]) -> None:
        """Change settings (control.settings says which there are)."""
        with self.transaction():
            present = self.documents.get("settings", "", "") or {}
            self.documents.put("settings", "", "", {**present, **settings})

    def forget(self) -> None:
        """Forget everything but the keys that issued tokens and credentials depend on."""
        self.documents.clear(KEPT_OVER_RESET)

    def close(self) -> None:
        """Close the database."""
        self.documents.close()
