"""Transfers between partner tenants (Microsoft page "TransferEntity resources")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.commerce import relationships
from partner_center_simulator.commerce.transfers import answers, eligibility, entities, requests
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.write_log import holdings

WITHDRAWAL = frozenset({"cancel"})
ACCEPTANCE = frozenset({"inprogress", "active", "accept"})
"""InProgress is what the contract infers; the others are taken too, for the real word is not published."""
REJECTION = frozenset({"reject"})


def list_transfers(call: Call) -> Answer:
    """Answer the transfers of a customer that the caller takes part in: a plain array."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    found = entities.of_customer(call.state, call.tenant, customer["id"])
    return Answer([entities.show(one, call.tenant) for one in found])


def create_transfer(call: Call) -> Answer:
    """Take the target's request for new commerce or Azure."""
    kept = requests.request(call.state, call.tenant, call.path["customer"], call.object_body(), call.actor)
    return Answer(entities.show(kept, call.tenant), 201, effect=entities.effect(kept["resource"]))


def get_transfer(call: Call) -> Answer:
    """Answer one transfer, to either side."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    kept = entities.find(call.state, call.tenant, customer["id"], call.path["transfer"])
    return Answer(entities.show(kept, call.tenant))


def update_transfer(call: Call) -> Answer:
    """Withdraw (target), accept with line items or reject (source)."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])["id"]
    body, transfer = call.object_body(), call.path["transfer"]
    if str(body.get("id") or transfer).lower() != transfer.lower():
        raise Refusal(400, 800002, "id is not that of the transfer.")
    status = str(body.get("status") or "").lower()
    before = None
    if status in WITHDRAWAL:
        kept = requests.withdraw(call.state, call.tenant, customer, transfer, call.actor)
    elif status in ACCEPTANCE:
        before = holdings(call.state, customer)
        kept = answers.accept(call.state, call.tenant, customer, transfer, body.get("lineItems"), call.actor)
    elif status in REJECTION:
        kept = answers.reject(call.state, call.tenant, customer, transfer, call.actor)
    else:
        entities.find(call.state, call.tenant, customer, transfer)
        raise Refusal(400, 800002, "status is Cancel, InProgress or Reject.")
    return Answer(entities.show(kept, call.tenant), effect=entities.effect(kept["resource"]), before=before)


def list_eligibility(call: Call) -> Answer:
    """Answer for every subscription whether it could be transferred, and why not: a plain array."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    return Answer(eligibility.rows(call.state, call.tenant, customer["id"], call.query.get("transfertype", "")))


TRANSFERS = "/customers/{customer:uuid}/transfers"
OPERATIONS = (
    Operation("GET", TRANSFERS, list_transfers),
    Operation("POST", TRANSFERS, create_transfer),
    Operation("GET", TRANSFERS + "/{transfer:uuid}", get_transfer),
    Operation("PATCH", TRANSFERS + "/{transfer:uuid}", update_transfer),
    Operation("GET", "/customers/{customer:uuid}/transferseligibility", list_eligibility),
)
