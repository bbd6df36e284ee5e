"""Orders (Microsoft page "Order resources")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.paging import collection
from partner_center_simulator.commerce import events, orders, relationships
from partner_center_simulator.documents import Document


def list_orders(call: Call) -> Answer:
    """Answer the orders of a customer; a new one may take some minutes to appear."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    found = orders.listed(call.state, call.tenant, customer["id"])
    cycle = call.query.get("billingtype", "").replace("_", "").lower()
    if cycle:
        found = [one for one in found if one["order"]["billingCycle"].replace("_", "").lower() == cycle]
    return _answered(call, collection([orders.show(call.state, one, with_price=_with_price(call)) for one in found]))


def get_order(call: Call) -> Answer:
    """Answer one order."""
    return _answered(call, orders.show(call.state, _find(call), with_price=_with_price(call)))


def provisioning_status(call: Call) -> Answer:
    """Answer per line of an order whether it is fulfilled."""
    kept = _find(call)
    status = "fulfilled" if orders.is_provisioned(call.state, kept) else "prefulfillmentPending"
    rows = [
        {
            "orderLineItemId": line["lineItemNumber"],
            "lineItemNumber": line["lineItemNumber"],
            "status": status,
            "quantityProvisioningInformation": [{"quantity": line["quantity"], "status": status}],
        }
        for line in kept["order"]["lineItems"]
    ]
    return Answer(collection(rows))


def _find(call: Call) -> Document:
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    return orders.find(call.state, call.tenant, customer["id"], call.path["order"])


def _answered(call: Call, body: Document) -> Answer:
    """Return the answer; what then happens behind the caller's back is not in it."""
    if _with_price(call):
        events.happen(call.state, events.PRICES_READ, call.tenant, call.path["customer"].lower())
    return Answer(body)


def _with_price(call: Call) -> bool:
    return call.query.get("include_price", "").lower() == "true"


ORDERS = "/customers/{customer:uuid}/orders"
OPERATIONS = (
    Operation("GET", ORDERS, list_orders),
    Operation("GET", ORDERS + "/{order}", get_order),
    Operation("GET", ORDERS + "/{order}/provisioningstatus", provisioning_status, app_only=False),
)
