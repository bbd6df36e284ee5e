"""Transfers as they are read, requested, withdrawn and accepted."""

import pytest

from partner_center import Call, TransferItem, TransferRequest, errors
from partner_center.models import Transfer

SOURCE, TARGET = "0b1f6f0e-51a1-4c55-9a7e-6d0c3d7a1001", "7c2d9a44-0f3b-4a0f-8d52-9b1e4f6a2002"
PENDING = {
    "id": "f3a2b1c0-5d4e-4f6a-8b7c-9d0e1f2a3b4c",
    "status": "Pending",
    "transferType": 3,
    "sourcePartnerTenantId": SOURCE,
    "targetPartnerTenantId": TARGET,
    "lineItems": [],
}
ITEM = TransferItem("c81f3b52", "OnlineServicesNCE", 15)


def pending(**fields):
    """Read a transfer as Partner Center prints it, pending unless said otherwise."""
    return Transfer.model_validate(PENDING | fields)


def test_transfers_come_as_a_plain_array(kit):
    """M24: the list of transfers has no envelope, its words come in any form, and its line items are read."""
    line = {"id": 1, "subscriptionId": "c81f3b52", "quantity": 15, "orderId": "o1", "transferError": None}
    done = PENDING | {"status": "PartiallyComplete", "lineItems": [line], "transferType": "NewCommerce"}
    kit.microsoft.on("GET", "customers/.*/transfers", kit.answer([PENDING, done | {"id": "2", "lineItems": None}]))
    kit.microsoft.on("GET", f"customers/.*/transfers/{PENDING['id']}", kit.answer(done))
    reader = kit.reader()
    assert [each.status for each in reader.transfers(kit.customer)] == ["pending", "partially_complete"]
    transfer = reader.transfer(kit.customer, PENDING["id"])
    assert (transfer.transfer_type, transfer.line_items[0].order_id) == ("NewCommerce", "o1")


@pytest.mark.parametrize("field", ["customerTenantId", "id"])
def test_a_transfer_of_somebody_else_is_refused(kit, field):
    """S3: an answer about another transfer or another customer is never read as the one asked for."""
    other = "aaaaaaaa-1111-4222-8333-444444444444"
    kit.microsoft.on("GET", "customers/.*/transfers/.*", kit.answer(PENDING | {field: other}))
    kit.microsoft.on("PATCH", "customers/.*/transfers/.*", kit.answer(PENDING | {field: other}))
    with pytest.raises(errors.UnreadableAnswer):
        kit.reader().transfer(kit.customer, PENDING["id"])
    with pytest.raises(errors.AnswerUnknown):
        kit.source(tenant=SOURCE).accept_transfer(kit.customer, pending(), [ITEM], Call.new())


def test_a_request_names_no_subscription(kit):
    """M24: the target says whom it asks for which product types; what is not known is left out."""
    kit.microsoft.on("POST", "customers/.*/transfers", kit.answer(PENDING, 201))
    request = TransferRequest(SOURCE, ("OnlineServicesNCE",), "Talvikki Optik Oy")
    assert kit.target().request_transfer(kit.customer, request, Call.new()).id == PENDING["id"]
    assert kit.microsoft.bodies("POST") == [
        {
            "sourcePartnerTenantId": SOURCE,
            "customerName": "Talvikki Optik Oy",
            "transferType": 5,
            "targetProductTypes": ["OnlineServicesNCE"],
        }
    ]


def test_a_request_for_everything_is_not_sent(kit):
    """S6: a request without product types would let the source give what nobody approved."""
    with pytest.raises(ValueError, match="product types"):
        kit.target().request_transfer(kit.customer, TransferRequest(SOURCE, (), "T"), Call.new())
    assert kit.microsoft.sent() == []


def test_an_acceptance_selects_exactly_these_subscriptions(kit):
    """M24: the source sends each selected subscription whole, with its Partner ID on record where there is one."""
    kit.microsoft.on("PATCH", "customers/.*/transfers/.*", kit.answer(PENDING | {"status": "InProgress"}))
    items = [ITEM, TransferItem("d92a", "Software", 1, "5987654")]
    changed = kit.source(tenant=SOURCE).accept_transfer(kit.customer, pending(), items, Call.new())
    assert changed.status == "in_progress"
    assert kit.microsoft.bodies("PATCH") == [
        {
            "id": PENDING["id"],
            "status": "InProgress",
            "transferType": 3,
            "lineItems": [
                {"subscriptionId": "c81f3b52", "productType": "OnlineServicesNCE", "quantity": 15},
                {"subscriptionId": "d92a", "productType": "Software", "quantity": 1, "partnerIdOnRecord": "5987654"},
            ],
        }
    ]


@pytest.mark.parametrize(("items", "tenant"), [([], SOURCE), ([ITEM], TARGET)])
def test_what_cannot_be_accepted_is_not_sent(kit, items, tenant):
    """S4: nothing selected, or a request to another partner, is never accepted."""
    with pytest.raises(ValueError, match="cannot be accepted"):
        kit.source(tenant=tenant).accept_transfer(kit.customer, pending(), items, Call.new())
    assert kit.microsoft.sent() == []


@pytest.mark.parametrize("change", [{"status": "InProgress"}, {"targetPartnerTenantId": SOURCE}, {"status": None}])
def test_only_an_own_pending_request_is_withdrawn(kit, change):
    """S4: what has begun, and what another partner asked for, is never withdrawn."""
    with pytest.raises(ValueError, match="own pending"):
        kit.target(tenant=TARGET).withdraw_transfer(kit.customer, pending(**change), Call.new())
    assert kit.microsoft.sent() == []


@pytest.mark.parametrize(("status", "body"), [(202, None), (200, None), (200, {"status": "Cancel"})])
def test_an_answer_that_says_nothing_is_read_back(kit, status, body):
    """M31: an empty answer to a withdrawal is not taken for a withdrawn request."""
    kit.microsoft.on("PATCH", "customers/.*/transfers/.*", kit.answer(body, status))
    assert kit.target(tenant=TARGET).withdraw_transfer(kit.customer, pending(), Call.new()) is None
    assert kit.microsoft.bodies("PATCH")[0]["status"] == "Cancel"


def test_eligibility_is_read_with_its_reason(kit):
    """M24: why Partner Center would not transfer a subscription is read row by row."""
    rows = [{"id": "A", "isEligible": False, "reason": "Subscription is in state Suspended"}, {"id": "B"}]
    kit.microsoft.on("GET", "customers/.*/transferseligibility", kit.answer(rows))
    first, second = kit.reader().transfer_eligibility(kit.customer)
    assert (first.is_eligible, first.reason) == (False, "Subscription is in state Suspended")
    assert second.is_eligible is None
