"""Reseller relationships: who may do anything for whom (Microsoft page "Retrieve a relationship request URL")."""

from partner_center_simulator import activity_log, write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State


def require(state: State, tenant: str, customer: str) -> Document:
    """Return a customer that the partner tenant is related to.

    Raises:
        Refusal: 403 / 20002, for an unknown customer too: a partner must not learn which tenants exist.
    """
    known = state.customer(customer)
    if known is None or state.relationship(tenant, customer) is None:
        raise Refusal(403, 20002, "No commerce relationship with this customer.")
    return known


def accept(state: State, tenant: str, customer: str, user: str) -> bool:
    """Let a customer accept a partner's invitation; False when they are related already.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id that the invitation link carries.
        customer: Customer tenant id.
        user: User name of the customer's Global admin.
    """
    if state.relationship(tenant, customer) is not None:
        return False
    actor = Actor("customer", user_principal_name=user, application_id="Microsoft 365 admin center")
    with state.transaction():
        state.documents.put("relationship", tenant, customer, {"since": timestamp(state.clock.now())})
        activity_log.record(
            state,
            tenant,
            actor,
            customer,
            resource_type="customer",
            operation_type="add_customer",
            facts=[("CustomerId", customer), ("RelationshipToPartner", "reseller")],
        )
        write_log.write(
            state,
            actor,
            tenant=tenant,
            customer=customer,
            method="accept",
            path="/Adminportal/accept",
            body=None,
            status=200,
            effect={"related": [customer]},
        )
    return True
