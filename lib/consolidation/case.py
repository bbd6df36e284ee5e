"""One execution of one per-customer notebook: the case, the phase, and what stopped it, if anything did."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from consolidation.clients import Clients
from consolidation.engagement import Engagement, PartnerTenant
from consolidation.evidence.archive import Archive
from consolidation.journal import Journal
from consolidation.population import CaseName
from consolidation.wave_lists import ListedCustomer
from partner_center import SourceClient, TargetClient

if TYPE_CHECKING:
    from consolidation.catalogue import CustomerCatalogue
    from consolidation.inventory import Snapshot
    from consolidation.invitations.drafts import Draft
    from consolidation.relationship import Relationship
    from partner_center.models import Transfer


@dataclass
class Case:
    """A case while one phase works on it.

    Attributes:
        engagement: The engagement.
        journal: Its journal.
        clients: Clients of its tenants.
        name: Which case.
        phase: The notebook, for example `04_recreate`.
        source_snapshot: What the source said in this execution, once observed.
        target_snapshot: What the target said in this execution, once observed.
        relationship: What the target said of its relationship in this execution, once read.
        transfers: Transfer id -> what both tenants said of it in this execution, once read.
        catalogue: What the target can buy of new commerce for the customer, once asked for in this execution.
        draft: The mail to the customer that this execution has shown.
        drifted: What ended the approval of the plan that this execution took the place of, empty when nothing did.
    """

    engagement: Engagement
    journal: Journal
    clients: Clients
    name: CaseName
    phase: str
    source_snapshot: Snapshot | None = field(default=None, repr=False)
    target_snapshot: Snapshot | None = field(default=None, repr=False)
    relationship: Relationship | None = field(default=None, repr=False)
    transfers: dict[str, Transfer] | None = field(default=None, repr=False)
    catalogue: CustomerCatalogue | None = field(default=None, repr=False)
    draft: Draft | None = field(default=None, repr=False)
    drifted: tuple[str, ...] = field(default=(), repr=False)

    @property
    def chain(self) -> str:
        """The case's chain in the journal."""
        return self.name.chain

    @property
    def customer(self) -> str:
        """Customer tenant id."""
        return self.name.customer

    @property
    def source_tenant(self) -> PartnerTenant:
        """The source tenant of the case."""
        return self.engagement.source(self.name.source)

    @property
    def source(self) -> SourceClient:
        """Client of the source tenant."""
        return self.clients.source(self.name.source)

    @property
    def target(self) -> TargetClient:
        """Client of the target tenant."""
        return self.clients.target

    @property
    def listed(self) -> ListedCustomer | None:
        """The case's line in the engagement's customer list, if there is one."""
        return self.engagement.listing(self.customer, self.name.domain, self.name.source)

    @cached_property
    def archive(self) -> Archive:
        """The engagement's archive."""
        return Archive(self.engagement.archive_folder)

    @cached_property
    def folder(self) -> Path:
        """The case's folder in the archive."""
        return self.archive.case_folder(self.name.source, self.name.customer, self.name.company)
