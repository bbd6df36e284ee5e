"""What a person does by hand in the portal of a partner tenant."""

from partner_center_simulator import activity_log, write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.commerce import carts, changes, orders, relationships, subscriptions, term_ends
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

WRITABLE = ("quantity", "status", "autoRenewEnabled", "friendlyName")


def act(state: State, request: Document) -> Document:
    """Change a subscription, or add one, as a person in the portal would; return the subscription afterwards.

    Args:
        state: The simulated cloud.
        request: ``tenant`` (name, id or domain), ``customer``; then either ``subscription`` with any of quantity,
            status, autoRenewEnabled, friendlyName, or with ``cancelAtTermEnd`` (true or false, new commerce); or
            ``offer`` with ``quantity`` and optionally ``parent``, ``billingCycle`` and ``termDuration``. ``user``
            names the person.

    Raises:
        Refusal: The same rules as in the API say no, or the request names something unknown.
    """
    partner = state.partner(str(request.get("tenant", "")))
    if partner is None:
        raise Refusal(404, 800002, "tenant is not a partner tenant of this portfolio.")
    tenant = str(partner["tenant"])
    customer = str(relationships.require(state, tenant, str(request.get("customer", "")))["id"])
    user = str(request.get("user") or f"portal@{partner['domain']}")
    actor = Actor("portal", user_principal_name=user, application_id="Partner Center Web App")
    with state.transaction():
        if request.get("subscription"):
            changed = _change(state, tenant, customer, request, actor)
        else:
            changed = _add(state, tenant, customer, request, actor)
        write_log.write(
            state,
            actor,
            tenant=tenant,
            customer=customer,
            method="portal",
            path=f"/customers/{customer}/subscriptions/{changed.subscription['resource']['id']}",
            body=request,
            status=200,
            effect=changed.effect,
            before=changed.before,
        )
    return subscriptions.present(changed.subscription, customer, partner["address"]["country"])


def _change(state: State, tenant: str, customer: str, request: Document, actor: Actor) -> changes.Change:
    identifier = str(request["subscription"])
    if "cancelAtTermEnd" in request:
        return _choose_term_end(state, tenant, customer, identifier, actor, cancel=request["cancelAtTermEnd"] is True)
    found = subscriptions.find(state, tenant, customer, identifier)
    wanted = {name: request[name] for name in WRITABLE if name in request}
    return changes.update(state, tenant, customer, identifier, {**found["resource"], **wanted}, actor)


def _choose_term_end(
    state: State, tenant: str, customer: str, identifier: str, actor: Actor, *, cancel: bool
) -> changes.Change:
    before = write_log.holdings(state, customer)
    changed, effect = term_ends.choose(state, tenant, customer, identifier, cancel=cancel)
    resource = changed["resource"]
    facts = [
        ("SubscriptionId", resource["id"]),
        ("SubscriptionName", resource["friendlyName"]),
        ("EndOfTermAction", "Cancel" if cancel else "None"),
    ]
    activity_log.record(
        state,
        tenant,
        actor,
        customer,
        resource_type="subscription",
        operation_type="update_subscription",
        facts=facts,
    )
    return changes.Change(changed, effect, before)


def _add(state: State, tenant: str, customer: str, request: Document, actor: Actor) -> changes.Change:
    offer = state.offer(str(request.get("offer", "")))
    if offer is None:
        raise Refusal(404, 800002, "offer is not in the catalogue.")
    parent = request.get("parent")
    if parent:
        base = subscriptions.find(state, tenant, customer, str(parent))["resource"]
        if not carts.is_sold_under(offer["resource"], base["offerId"]):
            raise Refusal(400, carts.INVALID_INPUT, "The catalogue does not sell this add-on under its base.")
    scope = f"{tenant}/{customer}"
    # Those that left count too: an id is given once.
    number = len(state.subscriptions(tenant, customer)) + len(state.former_subscriptions(tenant, customer))
    name = state.identifier("portal", scope, number)
    now = state.clock.now()
    subscription = subscriptions.build(
        state,
        offer=offer,
        identifier=name,
        order=orders.identifier_for(offer["resource"]["id"], state.identifier("portal-order", name)),
        seats=int(request.get("quantity", 1)),
        bought=now,
        billing_cycle=str(request.get("billingCycle", "monthly")),
        term_duration=request.get("termDuration"),
        nickname=request.get("friendlyName"),
        parent=str(parent).upper() if parent else None,
        entitlement=state.identifier("azure", name) if offer["resource"]["billing"] == "usage" else None,
    )
    state.put_subscription(tenant, customer, subscription)
    resource = subscription["resource"]
    partner = state.partner(tenant)
    currency = partner["currency"] if partner else "EUR"
    orders.file(state, tenant, customer, [orders.Purchase.at_list_price(offer, subscription, currency)], created=now)
    facts = [
        ("OrderId", resource["orderId"]),
        ("OfferId-0", resource["offerId"]),
        ("SubscriptionId-0", resource["id"]),
        ("SubscriptionName-0", resource["friendlyName"]),
        ("Quantity-0", resource["quantity"]),
    ]
    activity_log.record(
        state, tenant, actor, customer, resource_type="order", operation_type="create_order", facts=facts
    )
    return changes.Change(subscription, {"ordered": [resource["id"]]})
