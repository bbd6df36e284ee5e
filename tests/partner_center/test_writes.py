"""The few things that can be written, and their bodies."""

import ast
import inspect
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import partner_center
from partner_center import Call, CartLine, PartnerCenterReader, SourceClient, TargetClient, errors
from partner_center.models import Subscription
from partner_center.source_client import _with
from partner_center.target_client import cart_body

ROW = {
    "ID": "5D0C1A2B",
    "Status": "active",
    "quantity": 42,
    "autoRenewEnabled": True,
    "scheduledNextTermInstructions": {"quantity": 9},
    "fieldOfTomorrow": [1, {"x": None}],
    "Attributes": {"ETag": "v3"},
}
PATHS = {
    ("PATCH", "customers/{segment(customer_id)}/subscriptions/{segment(subscription.id)}"),
    ("PATCH", "customers/{segment(customer_id)}/transfers/{segment(transfer.id)}"),
    ("POST", "customers/{segment(customer_id)}/agreements"),
    ("POST", "customers/{segment(customer_id)}/carts"),
    ("POST", "customers/{segment(customer_id)}/carts/{segment(cart_id)}/checkout"),
    ("POST", "customers/{segment(customer_id)}/transfers"),
}


LIBRARY = Path(partner_center.__file__).parent.parent


def sources() -> dict[str, str]:
    """Return the source text of everything that could write: the client and the runbook, by path."""
    files = [file for room in ("partner_center", "consolidation") for file in (LIBRARY / room).rglob("*.py")]
    return {file.relative_to(LIBRARY).as_posix(): file.read_text(encoding="utf-8") for file in files}


def sends(text: str) -> set[str]:
    """Find everything that is called `send` or fetched by that name, whatever it is sent with."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in {"send", "request", "post", "put", "patch", "delete"}:
            found.add(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"getattr", "operator.attrgetter", "vars"}:
            found |= {ast.unparse(node) for argument in node.args if "send" in ast.unparse(argument)}
    return found


def verbs_of_http(text: str) -> set[str]:
    """Find the methods that change something, written as text."""
    texts = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    return texts & {"POST", "PUT", "PATCH", "DELETE"}


def written(text: str) -> set[tuple[str, str]]:
    """Find every call of the transport's send: method and path."""
    found = set()
    for function in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)):
        named = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) == "self._transport.send":
                method, path = call.args[0], call.args[1]
                path = named[path.id] if isinstance(path, ast.Name) else path
                found.add((ast.literal_eval(method), ast.unparse(path).removeprefix("f").strip("'\"")))
    return found


SENDERS = {
    "consolidation/evidence/time_stamps.py": {"urllib.request"},  # a digest goes to the time-stamp service
    "consolidation/invitations/delivery.py": {"connection.send"},  # a mail goes to the mail server
    "partner_center/administration.py": {"self._connection.send"},  # a GET of Microsoft Graph
    "partner_center/clouds.py": {"urllib.request"},  # asked for the proxies of this computer
    "partner_center/sign_in_http.py": {"self._connection.send"},
    "partner_center/source_client.py": {"self._transport.send"},
    "partner_center/target_client.py": {"self._transport.send"},
    "partner_center/transport.py": {"self._connection.send"},
    "partner_center/wire.py": {"self._client.send"},
}
SPEAKERS = {
    "partner_center/sign_in_http.py": {"POST"},
    "partner_center/source_client.py": {"PATCH"},
    "partner_center/target_client.py": {"PATCH", "POST"},
}


def test_no_other_write_exists_in_the_code():
    """S4: the only writes are the changes of a subscription, attest, cart and checkout, and those of a transfer."""
    assert set().union(*(written(text) for text in sources().values())) == PATHS


def test_nothing_else_sends():
    """S4: nothing writes to a tenant but the two clients; beside them the sign-in, mails and time stamps are sent."""
    assert {name: found for name, text in sources().items() if (found := sends(text))} == SENDERS


def test_nothing_else_names_a_method_that_changes():
    """S4: POST, PUT, PATCH and DELETE are words of the two clients and of the sign-in alone."""
    assert {name: found for name, text in sources().items() if (found := verbs_of_http(text))} == SPEAKERS


SNEAKED_IN = {
    "one more verb of a client": (
        'class C:\n def cancel(self, order):\n  return self._transport.send("PATCH", f"orders/{order}", None)',
        {"sends", "verbs", "written"},
    ),
    "a method by a name of its own": ("def f(client):\n post = client._transport.send\n post('x')", {"sends"}),
    "a method fetched by its name": ("def f(client):\n getattr(client._transport, 'send')('x')", {"sends"}),
    "an HTTP library": ("import httpx\ndef f():\n httpx.post('https://api.example')", {"sends"}),
    "a method as a variable": ("METHOD = 'DELETE'\ndef f(door, path):\n door(METHOD, path)", {"verbs"}),
}


@pytest.mark.parametrize("kind", SNEAKED_IN)
def test_a_new_write_would_be_noticed(kind):
    """S4: whatever way a write is added by, one of the three looks at the code finds it."""
    text, by = SNEAKED_IN[kind]
    looks = {"sends": sends(text), "verbs": verbs_of_http(text), "written": written(text)}
    assert {name for name, found in looks.items() if found} == by


def test_source_and_target_are_different_types_with_their_own_verbs():
    """S4: the source client cannot buy, and the target client cannot suspend."""

    def verbs(kind):
        return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}

    reading = verbs(PartnerCenterReader)
    ending = {"suspend", "cancel_in_window", "auto_renew_off"}
    assert verbs(SourceClient) - reading == ending | {"accept_transfer"}
    transfers = {"request_transfer", "withdraw_transfer"}
    assert verbs(TargetClient) - reading == {"attest_agreement", "create_cart", "checkout"} | transfers
    assert not issubclass(SourceClient, TargetClient)
    assert not issubclass(TargetClient, SourceClient)


def test_suspend_sends_the_whole_resource_back(kit):
    """S1: only the status differs from what was read, names keep their letter case, the etag goes along."""
    kit.microsoft.on("PATCH", "customers/.*/subscriptions/5D0C1A2B", kit.answer(ROW | {"Status": "suspended"}))
    call = Call.new()
    after = kit.source().suspend(kit.customer, Subscription.model_validate(ROW), call)
    assert kit.microsoft.bodies("PATCH") == [ROW | {"Status": "suspended"}]
    request = kit.microsoft.sent("PATCH")[0]
    assert request.headers["If-Match"] == '"v3"'
    assert (request.headers["MS-RequestId"], request.headers["MS-CorrelationId"]) == (
        call.request_id,
        call.correlation_id,
    )
    assert after is not None
    assert after.status == "suspended"


@settings(max_examples=30)
@given(st.dictionaries(st.text(min_size=1), st.integers() | st.text() | st.none() | st.lists(st.booleans())))
def test_what_suspend_sends_differs_in_the_status_alone(extra):
    """S1: fields that were not modelled survive the way back."""
    extra = {name: value for name, value in extra.items() if name.casefold() not in {"id", "status"}}
    received = Subscription.model_validate({"id": "x", "status": "active"} | extra).received
    assert _with(received, status="suspended") == {"id": "x", "status": "suspended"} | extra


def test_suspend_without_an_etag_sends_no_condition(kit):
    """M23: new-commerce subscriptions carry no etag, and none is made up."""
    kit.microsoft.on("PATCH", ".*", kit.answer({"id": "x", "status": "suspended"}))
    for etag in ({}, {"attributes": {"etag": ""}}, {"attributes": None}):
        kit.source().suspend(
            kit.customer, Subscription.model_validate({"id": "x", "status": "active"} | etag), Call.new()
        )
    assert all("If-Match" not in request.headers for request in kit.microsoft.sent("PATCH"))


@pytest.mark.parametrize(("status", "body"), [(202, None), (202, {"id": "x"}), (204, None)])
def test_a_suspension_that_is_still_worked_on_is_read_back(kit, status, body):
    """M31: 202 or an empty answer is not taken for a suspended subscription."""
    kit.microsoft.on("PATCH", ".*", kit.answer(body, status))
    subscription = Subscription.model_validate({"id": "x", "status": "active"})
    assert kit.source().suspend(kit.customer, subscription, Call.new()) is None


def test_a_subscription_that_was_not_read_cannot_be_suspended(kit):
    """S1: a body without a status is not sent."""
    with pytest.raises(ValueError, match="read it first"):
        kit.source().suspend(kit.customer, Subscription.model_validate({"id": "x"}), Call.new())
    assert kit.microsoft.sent() == []


ENDINGS = {
    "cancel_in_window": {"Status": "deleted", "autoRenewEnabled": False},
    "auto_renew_off": {"autoRenewEnabled": False},
}
SEATS = {**ROW, "ProductType": {"Id": "OnlineServicesNCE"}, "Attributes": {"objectType": "Subscription"}}


@pytest.mark.parametrize(("verb", "changes"), ENDINGS.items())
def test_new_commerce_is_ended_by_the_whole_resource(kit, verb, changes):
    """S1: cancelling changes status and auto-renew, switching off auto-renew alone; all else goes back as it came."""
    kit.microsoft.on("PATCH", "customers/.*/subscriptions/5D0C1A2B", kit.answer(SEATS | changes))
    after = getattr(kit.source(), verb)(kit.customer, Subscription.model_validate(SEATS), Call.new())
    assert kit.microsoft.bodies("PATCH") == [SEATS | changes]
    assert "If-Match" not in kit.microsoft.sent("PATCH")[0].headers
    assert after.auto_renew_enabled is False
    with_etag = {**SEATS, "Attributes": {"ETag": "v3"}}
    getattr(kit.source(), verb)(kit.customer, Subscription.model_validate(with_etag), Call.new())
    assert kit.microsoft.sent("PATCH")[1].headers["If-Match"] == '"v3"'


@pytest.mark.parametrize("verb", ENDINGS)
@pytest.mark.parametrize(
    "kind", [{}, {"productType": None}, {"productType": {"id": "Azure"}}, {"productType": {"id": "Software"}}]
)
def test_nothing_but_seats_of_new_commerce_is_ended_that_way(kit, verb, kind):
    """S2: legacy seats, Azure and software are neither cancelled nor kept from renewing; nothing is sent."""
    subscription = Subscription.model_validate(ROW | kind)
    with pytest.raises(ValueError, match="not seats of new commerce"):
        getattr(kit.source(), verb)(kit.customer, subscription, Call.new())
    assert kit.microsoft.sent() == []


def test_auto_renew_that_was_not_read_is_not_switched_off(kit):
    """S7: a subscription that does not say whether it renews is held; a cancellation does without the word."""
    unsaid = Subscription.model_validate({name: value for name, value in SEATS.items() if name != "autoRenewEnabled"})
    kit.microsoft.on("PATCH", ".*", kit.answer(None, 202))
    with pytest.raises(ValueError, match="read it first"):
        kit.source().auto_renew_off(kit.customer, unsaid, Call.new())
    assert kit.source().cancel_in_window(kit.customer, unsaid, Call.new()) is None
    assert kit.microsoft.bodies("PATCH") == [unsaid.received | {"Status": "deleted"}]


@pytest.mark.parametrize("code", [800061, 900117, 900213])
def test_a_window_that_has_passed_is_told(kit, code):
    """M23: each of the codes for a window that has passed names the way out, and nothing was changed."""
    kit.microsoft.on("PATCH", ".*", kit.refusal(400, code))
    with pytest.raises(errors.Conflict, match="another route"):
        kit.source().cancel_in_window(kit.customer, Subscription.model_validate(SEATS), Call.new())


def test_a_line_of_new_commerce_names_term_end_and_promotion():
    """M25: aligned end and promotion are written as Microsoft prints them, and only where there are any."""
    line = CartLine("P:S:A", 5, "annual", "P1Y", custom_term_end_date=date(2026, 12, 31), promotion_id="P:S:X")
    [body] = cart_body([line])["lineItems"]
    assert (body["customTermEndDate"], body["promotionId"]) == ("2026-12-31T00:00:00Z", "P:S:X")
    [plain] = cart_body([CartLine("P:S:A", 5, "annual", "P1Y")])["lineItems"]
    assert not {"customTermEndDate", "promotionId"} & plain.keys()


def test_an_attestation_carries_person_and_day(kit):
    """M8: the body holds the person, the template and the day, as given by a person."""
    kit.microsoft.on(
        "POST", "customers/.*/agreements", lambda request: kit.answer(json.loads(request.content), 201)(request)
    )
    agreement = kit.target().attest_agreement(
        kit.customer, "t1", "Aino", "Saarela", "aino@talvikki.example", date(2026, 2, 3), Call.new()
    )
    assert kit.microsoft.bodies("POST") == [
        {
            "primaryContact": {"firstName": "Aino", "lastName": "Saarela", "email": "aino@talvikki.example"},
            "templateId": "t1",
            "dateAgreed": "2026-02-03T00:00:00Z",
            "type": "MicrosoftCustomerAgreement",
        }
    ]
    assert (agreement.last_name, agreement.date_agreed) == ("Saarela", datetime(2026, 2, 3, tzinfo=UTC))


def test_an_attestation_needs_a_user(kit):
    """M8: an application alone attests nothing, and nothing is sent."""
    with pytest.raises(errors.AppOnlyNotSupported):
        kit.target(kit.application).attest_agreement(
            kit.customer, "t1", "A", "B", "a@b.example", date(2026, 2, 3), Call.new()
        )
    assert kit.microsoft.requests == []


def test_an_attestation_that_exists_is_told_apart(kit):
    """M8: a repeat of the same attestation is not a failure of another kind."""
    body = {"code": 600061, "message": "x", "description": "x", "errorName": "y", "isRetryable": False}
    kit.microsoft.on("POST", "customers/.*/agreements", kit.answer(body, 400))
    with pytest.raises(errors.AgreementAlreadyConfirmed):
        kit.target().attest_agreement(kit.customer, "t1", "A", "B", "a@b.example", date(2026, 2, 3), Call.new())


def test_a_cart_is_a_base_with_its_addons():
    """M9: add-ons go under their base, numbered on, without what legacy offers do not have."""
    lines = [CartLine("BASE", 42, "monthly", friendly_name="Floor", addons=(CartLine("ADDON", 40, "monthly"),))]
    assert cart_body(lines) == {
        "lineItems": [
            {
                "id": 0,
                "catalogItemId": "BASE",
                "quantity": 42,
                "billingCycle": "monthly",
                "friendlyName": "Floor",
                "addonItems": [{"id": 1, "catalogItemId": "ADDON", "quantity": 40, "billingCycle": "monthly"}],
            }
        ]
    }


def test_an_addon_for_a_base_that_stands_names_its_parent():
    """M9: the provisioning context carries the parent of an add-on that is bought alone."""
    body = cart_body([CartLine("ADDON", 5, "monthly", parent_subscription_id="5D0C")])
    assert body["lineItems"][0]["provisioningContext"] == {"ParentSubscriptionId": "5D0C"}


def test_the_reseller_attestation_goes_with_a_partner_id_only():
    """M25: the Partner ID on record is carried per line, and attested only where there is one."""
    with_id = cart_body(
        [CartLine("X", 1, "annual", term_duration="P1Y", partner_id="5987654"), CartLine("Y", 1, "annual")]
    )
    assert with_id["partnerOnRecordAttestationAccepted"] is True
    assert with_id["lineItems"][0]["participants"] == [{"key": "transaction_reseller", "value": "5987654"}]
    assert "participants" not in with_id["lineItems"][1]
    assert "partnerOnRecordAttestationAccepted" not in cart_body([CartLine("X", 1, "annual")])


@pytest.mark.parametrize(
    "lines", [[], [CartLine("X", 0, "monthly")], [CartLine("X", 1, "m", addons=(CartLine("Y", -1, "m"),))]]
)
def test_a_cart_without_seats_is_not_sent(lines):
    """S3: a line without seats is an error here and not at Microsoft."""
    with pytest.raises(ValueError, match=r"cart|seats"):
        cart_body(lines)


def test_a_cart_is_created_and_bought(kit):
    """M9: the cart comes with its id, and the checkout is a POST without a body on that very cart."""
    kit.microsoft.on(
        "POST", "customers/.*/carts", kit.answer({"id": "c1", "lineItems": [{"error": {"errorCode": 1}}]}, 201)
    )
    kit.microsoft.on("POST", "customers/.*/carts/c1/checkout", kit.answer({"orders": [{"id": "o1"}]}, 201))
    client = kit.target()
    cart = client.create_cart(kit.customer, [CartLine("X", 1, "monthly")], Call.new())
    assert cart.lines[0].error is not None
    result = client.checkout(kit.customer, cart.id, Call.new())
    assert [order.id for order in result.orders] == ["o1"]
    request = kit.microsoft.sent("POST")[-1]
    assert request.content == b""
    assert request.headers["Content-Length"] == "0"


@pytest.mark.parametrize("body", [None, {}, [], {"id": "o1"}])
def test_a_checkout_that_cannot_be_understood_is_unknown(kit, body):
    """S3: a success without an order in it may have bought all the same."""
    kit.microsoft.on("POST", ".*checkout", kit.answer(body, 201))
    with pytest.raises(errors.AnswerUnknown):
        kit.target().checkout(kit.customer, "c1", Call.new())


def test_a_created_cart_that_cannot_be_understood_is_unknown(kit):
    """S3: a cart without an id is not a cart that can be bought."""
    kit.microsoft.on("POST", ".*carts", kit.answer({"lineItems": []}, 201))
    with pytest.raises(errors.AnswerUnknown):
        kit.target().create_cart(kit.customer, [CartLine("X", 1, "monthly")], Call.new())


@pytest.mark.parametrize(("code", "kind"), [(13605, errors.AgreementMissing), (20002, errors.NoRelationship)])
def test_why_a_cart_is_refused_is_told_apart(kit, code, kind):
    """M8: a missing agreement and a missing relationship are different errors."""
    kit.microsoft.on("POST", ".*carts", kit.refusal(403, code))
    with pytest.raises(kind):
        kit.target().create_cart(kit.customer, [CartLine("X", 1, "monthly")], Call.new())
