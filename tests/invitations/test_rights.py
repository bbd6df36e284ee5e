"""Rules of what is looked at before and around an invitation: GDAP of both tenants, market, agreement, cloud."""

from __future__ import annotations

import pytest
from world import ALPINE, EUROPE, FABRIKAM, FRANCE, TENANTS, World

from consolidation.case import Case
from consolidation.errors import Held
from consolidation.invitations.preflight import look_before_inviting
from consolidation.invitations.rights import Rights, read_rights
from consolidation.phases.invite import write_invitation
from partner_center.errors import AppOnlyNotSupported

READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


def grant(world: World, **relationship: object) -> None:
    """Put a GDAP relationship of the target into the simulator."""
    with world.server.state.transaction():
        world.server.state.documents.put("gdap", TENANTS[EUROPE], str(relationship["id"]), relationship)


@pytest.fixture
def case(world: World) -> Case:
    """The case of Fabrikam, whose source has three roles."""
    world.run("00_connect")
    return Case(world.engagement, world.journal, world.clients, world.case(FABRIKAM), "02_invite")


def test_what_the_source_has_and_the_target_lacks_is_named(world, case):
    """GDAP of both tenants is read from Graph, all pages; only what gives rights now counts (M8)."""
    (granted,) = world.server.state.documents.scope("gdap", TENANTS[FRANCE]).values()
    pending = {**granted, "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER}]}}
    rights = read_rights(case)
    assert isinstance(rights, Rights)
    assert len(rights.lacking) == 3
    assert "create a GDAP request in the target's Partner Center" in rights.advice
    assert "Service Support Administrator" in rights.advice
    for number, status in enumerate(("approvalPending", "terminated", "unheard-of")):
        grant(world, **{**pending, "id": f"{number}", "status": status})
    grant(world, **{**pending, "id": "9", "status": "active", "customer": {"tenantId": TENANTS[FRANCE]}})
    rights = read_rights(case)
    assert len(rights.target) == 3  # more than a page holds, and not the other customer's
    assert len(rights.lacking) == 3
    assert "has not approved yet" in rights.advice
    grant(world, **{**pending, "id": "8", "status": "active"})
    assert READER not in read_rights(case).lacking


def test_rights_that_cannot_be_read_stop_nothing(world, case, monkeypatch):
    """An application alone is refused; the notebook says so, and the invitation goes on (M8)."""
    shown = repr(world.run("02_invite", FABRIKAM).shown[2])
    assert "Global Reader" in shown
    sign_in = type(case.source.sign_in)
    monkeypatch.setattr(sign_in, "app_only", True)
    with pytest.raises(AppOnlyNotSupported):
        case.source.administration.relationships(case.customer)
    assert "could not be read" in read_rights(case)


def test_a_customer_of_a_market_where_the_target_sells_nothing_is_not_invited(world, case):
    """Nobody is invited in vain: the wrong market holds the invitation with its reason (M25, M35)."""
    state = world.server.state
    assert look_before_inviting(case).problems == []
    document = state.customer(case.customer)
    with state.transaction():
        changed = {**document, "address": {**document["address"], "country": "US"}}
        state.documents.put("customer", "", case.customer, changed)
    with pytest.raises(Held, match="US"):
        write_invitation(case)
    assert not list(case.folder.rglob("*.eml"))


def test_what_was_looked_at_is_shown(world, case):
    """Currency, agreement and the kind of tenant are said before the mail, and an agreement on file is named (M8)."""
    found = {finding.what: finding.found for finding in look_before_inviting(case).findings}
    assert "billed in EUR" in found["Currency"]
    assert "The target needs its own" in found["Customer agreement"]
    assert "B2C" in found["Kind of tenant"]
    alpine = Case(world.engagement, world.journal, world.clients, world.case(ALPINE), "02_invite")
    state = world.server.state
    with state.transaction():
        document = state.customer(alpine.customer)
        state.documents.put("customer", "", alpine.customer, {**document, "directSigned": True})
    assert look_before_inviting(alpine).agreement_needed is False
