"""The client and the contract: what can be asked, and that each printed answer and refusal of it is read."""

from dataclasses import replace

import pytest
from client_requests import (
    CASES,
    FIRST,
    IDENTIFIERS,
    LAST,
    TABLE,
    WRITES,
    answered,
    drive,
    path_of,
    printed_refusals,
    refused,
    resources,
)
from contract.contract import contract
from contract.wire import ContractWire

from partner_center import errors
from partner_center.operations import Operation

APPLICATION_ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def held(kit):
    """Hold the requests of the clients to the contract, the sign-in among them."""
    wire = ContractWire(kit.microsoft.transport())
    kit.microsoft.transport = lambda: wire
    kit.user = replace(kit.user, client_id=APPLICATION_ID)
    kit.passed = wire.passed
    return kit


def test_every_operation_has_a_request_here():
    """M20: what the client can ask for is what these tests ask for."""
    assert {operation for operation, _ in CASES.values()} == set(Operation)


@pytest.mark.parametrize(("case", "status", "body"), answered())
def test_each_request_is_valid_and_each_printed_answer_is_read(held, case, status, body):
    """S7: the request passes the contract on the wire, and nothing in the printed answer is strange to the models."""
    operation, _ = CASES[case]
    contract().check_answer(TABLE[operation.value].method, path_of(operation), status, {}, body)
    result = drive(held, case, status, body)
    assert held.passed[0] == "getTokenV2"
    assert set(held.passed[1:]) == {IDENTIFIERS[operation]}
    assert all(resource.unreadable == () for resource in resources(result))


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(("case", "status", "body"), refused())
def test_each_printed_refusal_is_read(held, case, status, body):
    """M20: both dialects and the form of 429 become an error with code, operation, correlation id and next step."""
    operation, _ = CASES[case]
    contract().check_answer(TABLE[operation.value].method, path_of(operation), status, {}, body)
    kind: type[errors.PartnerCenterError] = errors.Refused
    if status == 429:
        kind = errors.Throttled
    elif status >= 500:
        kind = errors.AnswerUnknown if operation in WRITES else errors.ServiceFailure
    with pytest.raises(kind) as raised:
        drive(held, case, status, body)
    assert raised.value.operation == operation.value
    assert raised.value.correlation_id == held.microsoft.sent()[-1].headers["MS-CorrelationId"]
    assert raised.value.next_step
    assert (raised.value.code or "") == str(body.get("code", ""))
    assert raised.value.status == status


def test_further_pages_are_asked_for_as_the_contract_allows(held):
    """S8: token and seek operation of the second page pass the contract too, in the lists that have pages."""
    reader = held.reader()
    lists = {
        "customers": reader.customers,
        "auditrecords": lambda: reader.audit_records(FIRST, LAST),
        "invoices/.*": lambda: list(reader.invoice_lines("G1", "onetime")),
    }
    for path, read in lists.items():
        held.microsoft.on(
            "GET",
            path,
            held.answer({"items": [], "continuationToken": "AAB2c0Y="}),
            held.answer({"items": [], "continuationToken": None}),
        )
        assert read() == []
    assert (
        sorted(held.passed)
        == ["getTokenV2"] + ["listAuditRecords"] * 2 + ["listCustomers"] * 2 + ["listInvoiceLineItems"] * 2
    )


def test_the_printed_refusal_of_a_token_is_read(held):
    """M20: the sign-in without multifactor authentication, as the contract prints it, is explained."""
    held.microsoft.token_answers = [body for _, _, body in printed_refusals("getTokenV2")]
    with pytest.raises(errors.SignInRefused, match="multifactor") as raised:
        held.reader().customers()
    assert raised.value.code == "AADSTS50076"


@pytest.mark.parametrize(
    ("path", "params", "headers"),
    [
        ("customers", {"colour": "blue"}, {}),
        ("customers/not-a-guid", {}, {}),
        ("nowhere", {}, {}),
        ("offers", {}, {}),
        ("customers", {}, {"MS-CorrelationId": "not a guid"}),
    ],
)
def test_the_wire_stops_what_the_contract_does_not_allow(held, path, params, headers):
    """M20: an unknown parameter, route or form of an id would be seen by these tests."""
    operation = Operation.LIST_CUSTOMERS
    with pytest.raises(AssertionError):
        held.reader()._transport.get(path, params, operation=operation, headers=headers)
    assert held.microsoft.sent() == []
