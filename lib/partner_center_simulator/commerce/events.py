"""What people in a partner tenant do on their own at a scripted moment: each event of a portfolio, once."""

from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import portal, subscriptions
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

PRICES_READ = "prices_read"


def happen(state: State, trigger: str, tenant: str, customer: str) -> None:
    """Let everything happen that waits for a trigger in a partner tenant's view of a customer.

    An event is kept as fired together with what it did, so that no restart repeats it. Seats of a subscription that is
    not active cannot be changed: the person finds that and leaves it, and the event goes on waiting.
    """
    scope = f"{tenant}/{customer}"
    for key, event in list(state.documents.scope("event", scope).items()):
        if event["trigger"] != trigger or event["fired"]:
            continue
        request = event["request"]
        found = subscriptions.find(state, tenant, customer, request["subscription"])
        if found["resource"]["status"] != "active":
            continue
        with state.transaction():
            portal.act(state, request)
            state.documents.put("event", scope, key, {**event, "fired": timestamp(state.clock.now())})


def await_trigger(state: State, trigger: str, tenant: str, customer: str, request: Document) -> None:
    """Keep an event that waits for its trigger; ``request`` is what ``portal.act`` takes."""
    scope = f"{tenant}/{customer}"
    number = state.next_number("event", scope)
    state.documents.put("event", scope, f"{number:06d}", {"trigger": trigger, "request": request, "fired": None})
