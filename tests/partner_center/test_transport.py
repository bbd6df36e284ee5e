"""What is sent, what is sent again, and what is never sent twice."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from partner_center import Call, Patience, errors
from partner_center.models import Subscription

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ROW = {"id": "S1", "status": "active", "quantity": 1}
SUBSCRIPTION = Subscription.model_validate(ROW)
PATCH = "customers/.*/subscriptions/S1"


def call_with_notes():
    """Make a call that keeps what it is told before a repeat."""
    notes: list[tuple[str, str]] = []
    return Call.new(repeated=lambda correlation_id, why: notes.append((correlation_id, why))), notes


def test_every_request_carries_its_headers(kit):
    """M33: each request names itself with fresh ids, the application, the language and the token."""
    kit.microsoft.on("GET", "customers", kit.answer({"items": []}))
    reader = kit.reader()
    reader.customers()
    reader.customers()
    first, second = (request.headers for request in kit.microsoft.sent())
    assert GUID.fullmatch(first["MS-RequestId"])
    assert GUID.fullmatch(first["MS-CorrelationId"])
    assert first["MS-CorrelationId"] != second["MS-CorrelationId"]
    assert first["MS-RequestId"] != second["MS-RequestId"]
    assert first["MS-PartnerCenter-Application"] == "tenant-consolidation"
    assert first["X-Locale"] == "en-US"
    assert first["Authorization"] == f"Bearer {kit.access_token(number=1)}"
    assert kit.budget.taken == [kit.tenant, kit.tenant]


@pytest.mark.parametrize("trouble", ["502 with a page", "no connection", "an answer that breaks off", "503"])
def test_a_read_is_repeated_until_it_is_answered(kit, trouble):
    """M37: reads are repeated on server errors and lost connections, each with its own correlation id."""
    responses = {
        "502 with a page": lambda _request: httpx.Response(502, text="<html>Bad gateway</html>"),
        "no connection": kit.broken(httpx.ConnectError),
        "an answer that breaks off": kit.broken(httpx.RemoteProtocolError),
        "503": kit.refusal(503, 800003),
    }
    kit.microsoft.on("GET", "customers", responses[trouble], responses[trouble], kit.answer({"items": [{"id": "c"}]}))
    assert [customer.id for customer in kit.reader().customers()] == ["c"]
    sent = kit.microsoft.sent()
    assert len({request.headers["MS-CorrelationId"] for request in sent}) == 3


def test_a_read_gives_up_after_five_attempts(kit):
    """M37: patience ends, with the status, the correlation id and the next step."""
    kit.microsoft.on("GET", "customers", kit.refusal(500, 800003))
    with pytest.raises(errors.ServiceFailure) as raised:
        kit.reader().customers()
    assert len(kit.microsoft.sent()) == 5
    assert (raised.value.status, raised.value.code) == (500, "800003")
    assert raised.value.correlation_id == kit.microsoft.sent()[-1].headers["MS-CorrelationId"]
    assert str(raised.value).endswith(raised.value.next_step)


def test_retry_after_is_waited_for_and_told_to_the_budget(kit, waits):
    """M37: Retry-After decides the wait, and everybody who shares the budget pauses too."""
    kit.microsoft.on(
        "GET", "customers", kit.answer({"statusCode": 429}, 429, Retry_After="7"), kit.answer({"items": []})
    )
    kit.reader().customers()
    assert waits == [7.0]
    assert kit.budget.paused == [(kit.tenant, 7.0)]


def test_the_wait_in_the_text_of_a_429_is_understood(kit, waits):
    """M37: without a header the number of seconds in the message counts."""
    told = kit.answer({"statusCode": 429, "message": "Limit exceeded, wait 57 seconds."}, 429)
    kit.microsoft.on("GET", "customers", told, kit.answer({"items": []}))
    kit.reader().customers()
    assert waits == [57.0]


def test_a_wait_beyond_patience_is_an_error_at_once(kit, waits):
    """M37: a Retry-After of an hour is not slept through in a notebook; it is said."""
    kit.microsoft.on("GET", "customers", kit.answer({"statusCode": 429}, 429, Retry_After="3600"))
    with pytest.raises(errors.Throttled) as raised:
        kit.reader().customers()
    assert raised.value.retry_after == 3600
    assert waits == []


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.WriteError, httpx.ReadError])
def test_a_write_without_an_answer_is_sent_once_and_unknown(kit, error):
    """S3: after a timeout or a dropped connection nobody knows, so nothing is sent again here."""
    kit.microsoft.on("PATCH", PATCH, kit.broken(error))
    call, notes = call_with_notes()
    with pytest.raises(errors.AnswerUnknown) as raised:
        kit.source().suspend(kit.customer, SUBSCRIPTION, call)
    assert len(kit.microsoft.sent("PATCH")) == 1
    assert notes == []
    assert call.answer is None
    assert raised.value.correlation_id == call.correlation_id


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
def test_a_write_that_is_answered_by_something_on_the_way_is_unknown(kit, status):
    """S3: a server error or a gateway's answer does not tell whether the write took effect."""
    kit.microsoft.on("PATCH", PATCH, lambda _request: httpx.Response(status, text="<html>"))
    call, _ = call_with_notes()
    with pytest.raises(errors.AnswerUnknown):
        kit.source().suspend(kit.customer, SUBSCRIPTION, call)
    assert len(kit.microsoft.sent("PATCH")) == 1
    assert call.answer.status == status


def test_a_successful_write_with_an_unreadable_body_is_unknown(kit):
    """S3: 200 with a page in place of JSON is no proof of anything."""
    kit.microsoft.on("PATCH", PATCH, lambda _request: httpx.Response(200, text="<html>"))
    with pytest.raises(errors.AnswerUnknown):
        kit.source().suspend(kit.customer, SUBSCRIPTION, Call.new())


@pytest.mark.parametrize("trouble", ["no connection", "429"])
def test_a_write_that_surely_had_no_effect_is_repeated_and_written_down_first(kit, trouble):
    """S3: the same MS-RequestId, a new MS-CorrelationId, and the journal is told before each repeat."""
    first = kit.broken(httpx.ConnectError) if trouble == "no connection" else kit.answer({}, 429, Retry_After="0")
    call, notes = call_with_notes()
    request_id, correlation_id = call.request_id, call.correlation_id
    told_before_sending: list[int] = []
    call.repeated = lambda new, why: (
        notes.append((new, why)),
        told_before_sending.append(len(kit.microsoft.sent("PATCH"))),
    )
    kit.microsoft.on("PATCH", PATCH, first, first, kit.answer(ROW | {"status": "suspended"}))
    kit.source().suspend(kit.customer, SUBSCRIPTION, call)
    sent = kit.microsoft.sent("PATCH")
    assert {request.headers["MS-RequestId"] for request in sent} == {request_id}
    assert [request.headers["MS-CorrelationId"] for request in sent] == [correlation_id, *(new for new, _ in notes)]
    assert told_before_sending == [1, 2]
    assert all(why for _, why in notes)
    assert call.answer.correlation_id == call.correlation_id == notes[-1][0]


def test_a_lost_lease_stops_the_repeat(kit):
    """S3: what the journal raises before a repeat ends the call, and nothing more is sent."""

    def lost(_correlation_id: str, _why: str) -> None:
        message = "the lease is lost"
        raise RuntimeError(message)

    kit.microsoft.on("PATCH", PATCH, kit.answer({}, 429, Retry_After="0"))
    with pytest.raises(RuntimeError, match="lease"):
        kit.source().suspend(kit.customer, SUBSCRIPTION, Call.new(lost))
    assert len(kit.microsoft.sent("PATCH")) == 1


def test_a_refused_token_is_renewed_once(kit):
    """M37: after 401 a fresh token is fetched and the request sent once more, written down like any repeat."""
    kit.microsoft.on("PATCH", PATCH, kit.refusal(401, 800001), kit.answer(ROW | {"status": "suspended"}))
    call, notes = call_with_notes()
    kit.source().suspend(kit.customer, SUBSCRIPTION, call)
    first, second = kit.microsoft.sent("PATCH")
    assert first.headers["Authorization"] != second.headers["Authorization"]
    assert first.headers["MS-RequestId"] == second.headers["MS-RequestId"]
    assert len(notes) == 1


def test_a_token_that_stays_refused_is_an_error(kit):
    """M20: a second 401 is said with the next step."""
    kit.microsoft.on("GET", "customers", kit.refusal(401, 900420))
    with pytest.raises(errors.Unauthorized, match="another audience"):
        kit.reader().customers()
    assert len(kit.microsoft.sent()) == 2


def test_the_answer_is_kept_with_the_call_also_when_refused(kit):
    """M31: status, date and ids of the answer are there for the journal, whatever it says."""
    kit.microsoft.on("PATCH", PATCH, kit.refusal(400, 2055))
    call = Call.new()
    with pytest.raises(errors.StaleEtag):
        kit.source().suspend(kit.customer, SUBSCRIPTION, call)
    assert call.answer.status == 400
    assert call.answer.date == datetime(2026, 2, 3, 12, tzinfo=UTC)
    assert call.answer.request_id == call.request_id


def test_an_unreachable_service_says_where_and_what_to_check(kit):
    """M20: without a connection the sentence names the address and the next step."""
    kit.microsoft.on("GET", "customers", kit.broken(httpx.ConnectError))
    with pytest.raises(errors.Unreachable, match=r"https://partner\.example") as raised:
        kit.reader().customers()
    assert "Check that the service is up" in str(raised.value)


def test_an_untrusted_certificate_is_not_tried_again(kit):
    """M20: a certificate that is not trusted does not become so by waiting."""

    def untrusted(request):
        message = "[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate"
        raise httpx.ConnectError(message, request=request)

    kit.microsoft.on("GET", "customers", untrusted)
    with pytest.raises(errors.Unreachable, match="ca_bundle"):
        kit.reader().customers()
    assert len(kit.microsoft.sent()) == 1


def test_a_missing_file_of_authorities_is_said(kit, tmp_path):
    """M20: a ca_bundle that is not there is one sentence, before anything is sent."""
    with pytest.raises(errors.Unreachable, match=r"nowhere\.pem") as raised:
        kit.reader(cloud=replace(kit.cloud, ca_bundle=tmp_path / "nowhere.pem"))
    assert str(tmp_path) not in str(raised.value)


def test_an_unreadable_read_names_operation_and_correlation_id(kit):
    """M31: a page in place of JSON is an error with the operation and the id that support asks for."""
    kit.microsoft.on(
        "GET", "customers", lambda _request: httpx.Response(200, text="<html>", headers={"MS-CorrelationId": "abc"})
    )
    with pytest.raises(errors.UnreadableAnswer, match="list the customers") as raised:
        kit.reader().customers()
    assert raised.value.correlation_id == "abc"


def test_an_error_inside_a_200_is_an_error(kit):
    """S7: the one code that comes with HTTP 200 is not taken for an offer."""
    kit.microsoft.on("GET", "offers/X", kit.answer({"code": 400072, "description": "Not available."}))
    with pytest.raises(errors.NotPurchasable):
        kit.reader().offer("X", "FR")


def test_server_time_is_the_date_header_moved_on(kit, monkeypatch):
    """S9: "now" is Partner Center's Date header plus the time that passed here since."""
    kit.microsoft.on("GET", "customers", kit.answer({"items": []}))
    reader = kit.reader()
    now = {"monotonic": 100.0, "time": 5000.0}
    monkeypatch.setattr("partner_center.server_clock.time.monotonic", lambda: now["monotonic"])
    monkeypatch.setattr("partner_center.server_clock.time.time", lambda: now["time"])
    assert reader.server_time() == datetime(2026, 2, 3, 12, tzinfo=UTC)
    now.update(monotonic=130.0, time=5030.0)
    assert reader.server_time() == datetime(2026, 2, 3, 12, 0, 30, tzinfo=UTC)
    assert len(kit.microsoft.sent()) == 1
    now.update(time=9000.0)
    assert reader.server_time() == datetime(2026, 2, 3, 12, tzinfo=UTC)
    assert len(kit.microsoft.sent()) == 2, "a computer that slept asks again"


def test_clock_difference_is_this_computer_ahead(kit):
    """S9: the difference is positive when this computer's clock is ahead of Partner Center's."""
    behind = datetime.now(UTC) - timedelta(minutes=10)
    kit.microsoft.on("GET", "customers", kit.answer({"items": []}, Date=behind.strftime("%a, %d %b %Y %H:%M:%S GMT")))
    assert 598 < kit.reader().clock_difference() < 660


def test_patience_can_be_set(kit):
    """M37: how often is a matter of the caller."""
    kit.microsoft.on("GET", "customers", kit.refusal(503, 800003))
    with pytest.raises(errors.ServiceFailure):
        kit.reader(patience=Patience(attempts=2, first_wait=0)).customers()
    assert len(kit.microsoft.sent()) == 2
