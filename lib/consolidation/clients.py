"""Clients for the engagement's tenants, one each per process; source and target have different types (S4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from consolidation.engagement import Engagement, PartnerTenant
from consolidation.errors import Held
from consolidation.journal import Journal
from partner_center import PartnerCenterReader, SourceClient, TargetClient

_Client = TypeVar("_Client", bound=PartnerCenterReader)


class Clients:
    """Opens a tenant's client when it is first needed.

    Args:
        engagement: Names the tenants and their credentials.
        journal: Its database holds the rate budget that all kernels share (M37).
        show: Prints the message of a device sign-in; it holds the code, so it is shown and never kept (S10).
    """

    def __init__(self, engagement: Engagement, journal: Journal, show: Callable[[str], None]) -> None:
        self._engagement = engagement
        self.budget = journal.rate_budget(engagement.throttle.requests_per_minute)
        self._show = show
        self._sources: dict[str, SourceClient] = {}
        self._target: TargetClient | None = None
        self._confirmed: set[str] = set()

    def source(self, name: str) -> SourceClient:
        """Return the client of a source tenant."""
        if name not in self._sources:
            self._sources[name] = self._open(SourceClient, self._engagement.source(name))
        return self._sources[name]

    @property
    def target(self) -> TargetClient:
        """The client of the target tenant."""
        if self._target is None:
            self._target = self._open(TargetClient, self._engagement.target)
        return self._target

    def _open(self, kind: type[_Client], tenant: PartnerTenant) -> _Client:
        return kind(
            self._engagement.cloud,
            tenant.tenant,
            self._engagement.find_credentials(tenant),
            budget=self.budget,
            show=self._show,
        )

    def require_tenant(self, client: PartnerCenterReader) -> None:
        """Before the first write of this process: the signed-in organisation is the tenant the engagement names (S5).

        Raises:
            Held: Somebody is signed in to another tenant; nothing was written.
        """
        if client.tenant in self._confirmed:
            return
        signed_in = client.signed_in_tenant().casefold()
        if signed_in != client.tenant.casefold():
            raise Held(
                [
                    f"The credentials sign in to tenant {signed_in}, the engagement names {client.tenant} (S5): "
                    "correct the credentials; nothing was written."
                ]
            )
        self._confirmed.add(client.tenant)
