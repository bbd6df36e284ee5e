"""Carts and their checkout (Microsoft page "Cart resources")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.commerce import carts, relationships
from partner_center_simulator.commerce.checkout import checkout as buy


def create(call: Call) -> Answer:
    """Make a cart; 201 even when lines carry errors."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    cart = carts.create(call.state, call.tenant, customer["id"], call.object_body(), call.actor)
    return Answer(cart, 201, effect={"cart": [cart["id"]]})


def get(call: Call) -> Answer:
    """Answer a cart."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    return Answer(carts.find(call.state, call.tenant, customer["id"], call.path["cart"])["cart"])


def replace_lines(call: Call) -> Answer:
    """Replace the lines of a cart."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    cart = carts.replace_lines(
        call.state, call.tenant, customer["id"], call.path["cart"], call.object_body(), call.actor
    )
    return Answer(cart, effect={"cart": [cart["id"]]})


def checkout(call: Call) -> Answer:
    """Buy a cart, or what of it is not bought yet."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    result, bought = buy(call.state, call.tenant, customer["id"], call.path["cart"], call.actor)
    return Answer(result, 201, effect={"ordered": bought} if bought else None)


CARTS = "/customers/{customer:uuid}/carts"
OPERATIONS = (
    Operation("POST", CARTS, create),
    Operation("GET", CARTS + "/{cart:uuid}", get),
    Operation("PUT", CARTS + "/{cart:uuid}", replace_lines),
    Operation("POST", CARTS + "/{cart:uuid}/checkout", checkout),
)
