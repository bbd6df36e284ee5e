"""Lists are complete or they are an error."""

import json
from datetime import UTC, date, datetime

import httpx
import pytest

from partner_center import errors


def rows(*ids):
    """Make rows with these ids."""
    return [{"id": name, "companyProfile": {"companyName": name}} for name in ids]


def header_link(token):
    """Make links whose next one carries the token among its headers."""
    return {"next": {"uri": "/customers", "headers": [{"key": "MS-ContinuationToken", "value": token}]}}


def test_all_pages_are_read_by_the_token_in_the_body(kit):
    """M5: the token is sent back with seekOperation=Next until there is none."""
    kit.microsoft.on(
        "GET",
        "customers",
        kit.answer({"items": rows("a", "b"), "continuationToken": "t1"}),
        kit.answer({"items": rows("c"), "continuationToken": "t2"}),
        kit.answer({"items": rows("d"), "continuationToken": ""}),
    )
    assert [customer.id for customer in kit.reader(page_size=2).customers()] == ["a", "b", "c", "d"]
    first, second, third = kit.microsoft.sent()
    assert dict(first.url.params) == {"size": "2"}
    assert dict(second.url.params) == {"size": "2", "seekOperation": "Next"}
    assert (second.headers["MS-ContinuationToken"], third.headers["MS-ContinuationToken"]) == ("t1", "t2")


def test_the_token_among_the_headers_of_the_next_link_is_found(kit):
    """M5: the other place where the token is printed counts as well."""
    kit.microsoft.on(
        "GET",
        "customers",
        kit.answer({"items": rows("a"), "links": header_link("t1")}),
        kit.answer({"items": rows("b")}),
    )
    assert [customer.id for customer in kit.reader().customers()] == ["a", "b"]
    assert kit.microsoft.sent()[1].headers["MS-ContinuationToken"] == "t1"


def test_a_used_up_token_is_the_end(kit):
    """M5: 400 with code 2000 on a further page ends the list."""
    kit.microsoft.on(
        "GET", "customers", kit.answer({"items": rows("a"), "continuationToken": "t"}), kit.refusal(400, 2000)
    )
    assert [customer.id for customer in kit.reader().customers()] == ["a"]


def test_the_same_code_on_the_first_page_is_an_error(kit):
    """S8: a list that cannot be begun is not an empty list."""
    kit.microsoft.on("GET", "customers", kit.refusal(400, 2000))
    with pytest.raises(errors.Refused):
        kit.reader().customers()


@pytest.mark.parametrize("status", [403, 500])
def test_a_page_that_fails_fails_the_list(kit, status):
    """S8: there is no partial list."""
    kit.microsoft.on(
        "GET", "customers", kit.answer({"items": rows("a"), "continuationToken": "t"}), kit.refusal(status, 800003)
    )
    with pytest.raises(errors.PartnerCenterError):
        kit.reader().customers()


def test_a_row_on_two_pages_is_kept_once(kit):
    """S8: records that repeat at the seams are one row, whatever the letter case of the id."""
    kit.microsoft.on(
        "GET",
        "customers",
        kit.answer({"items": rows("A", "b"), "continuationToken": "t"}),
        kit.answer({"items": rows("B", "c")}),
    )
    assert [customer.id for customer in kit.reader().customers()] == ["A", "b", "c"]


def test_pages_that_go_round_in_a_circle_are_an_error(kit):
    """S8: a token that comes back would never end."""
    kit.microsoft.on("GET", "customers", kit.answer({"items": rows("a"), "continuationToken": "same"}))
    with pytest.raises(errors.UnreadableAnswer, match="leads back"):
        kit.reader().customers()
    assert len(kit.microsoft.sent()) == 2


def test_a_next_link_without_a_token_is_followed_by_offset(kit):
    """S8: a printed next page is never dropped; the offset is the number of rows read so far."""
    kit.microsoft.on(
        "GET",
        "offers",
        kit.answer({"items": rows("a", "b"), "links": {"next": {"uri": "/offers?offset=&size=2"}}}),
        kit.answer({"items": rows("c")}),
    )
    assert [offer.id for offer in kit.reader().offers("FR")] == ["a", "b", "c"]
    assert dict(kit.microsoft.sent()[1].url.params) == {"country": "FR", "offset": "2"}


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": ["a"]}, "text", 7])
def test_an_answer_that_is_no_list_is_an_error(kit, body):
    """S8: what is not a list is not an empty list."""
    kit.microsoft.on("GET", "customers/.*/subscriptions", kit.answer(body))
    with pytest.raises(errors.UnreadableAnswer):
        kit.reader().subscriptions(kit.customer)


def test_a_row_without_an_id_fails_the_list(kit):
    """S8: a row that cannot be named would be a row less."""
    kit.microsoft.on("GET", "customers/.*/subscriptions", kit.answer({"items": [{"id": "a"}, {"status": "active"}]}))
    with pytest.raises(errors.UnreadableAnswer, match="no id"):
        kit.reader().subscriptions(kit.customer)


def test_an_unknown_status_does_not_break_a_list(kit):
    """S7: the row with the status nobody has seen is there, beside the others."""
    kit.microsoft.on(
        "GET",
        "customers/.*/subscriptions",
        kit.answer({"Items": [{"Id": "a", "Status": "Dreaming", "New": {"x": 1}}, {"Id": "b", "Quantity": "two"}]}),
    )
    first, second = kit.reader().subscriptions(kit.customer)
    assert (first.status, first.received["New"]) == ("dreaming", {"x": 1})
    assert (second.quantity, second.unreadable) == (None, ("quantity",))


def test_audit_records_are_asked_by_day_and_customer(kit):
    """M21: from and to are whole days, both included, and the filter names the customer."""
    kit.microsoft.on("GET", "auditrecords", kit.answer({"items": []}))
    kit.reader().audit_records(date(2026, 2, 1), date(2026, 2, 3), kit.customer)
    params = kit.microsoft.sent()[0].url.params
    assert (params["startDate"], params["endDate"]) == ("2026-02-01", "2026-02-03")
    assert json.loads(params["filter"]) == {"Field": "CustomerId", "Value": kit.customer, "Operator": "equals"}


def test_a_date_filter_that_the_service_ignored_is_applied_here(kit):
    """M21: records outside the days or of another customer are not shown; one without a date stays."""
    record = {"customerId": kit.customer.upper(), "operationType": "update_subscription"}
    kit.microsoft.on(
        "GET",
        "auditrecords",
        kit.answer(
            {
                "items": [
                    record | {"id": "before", "operationDate": "2026-01-31T23:59:59.9999999Z"},
                    record | {"id": "first", "operationDate": "2026-02-01T00:00:00.0000000Z"},
                    record | {"id": "last", "operationDate": "2026-02-03T23:59:59.9999999Z"},
                    record | {"id": "after", "operationDate": "2026-02-04T00:00:00Z"},
                    record | {"id": "undated", "operationDate": None},
                    record | {"id": "other", "operationDate": "2026-02-02T00:00:00Z", "customerId": "another"},
                ]
            }
        ),
    )
    records = kit.reader().audit_records(date(2026, 2, 1), date(2026, 2, 3), kit.customer)
    assert [record.id for record in records] == ["first", "last", "undated"]
    assert records[1].operation_date == datetime(2026, 2, 3, 23, 59, 59, 999999, tzinfo=UTC)


def test_records_without_an_id_are_all_kept(kit):
    """S8: without an id nothing says that two records are one."""
    record = {"operationType": "create_order", "operationDate": "2026-02-02T00:00:00Z"}
    kit.microsoft.on("GET", "auditrecords", kit.answer({"items": [record, record]}))
    assert len(kit.reader().audit_records(date(2026, 2, 2), date(2026, 2, 2))) == 2


@pytest.mark.parametrize("total", [1, "1"])
def test_a_total_smaller_than_its_rows_is_an_error(kit, total):
    """S8: more rows than promised is neither the size of a page nor that of a list."""
    kit.microsoft.on("GET", "customers/.*/subscriptions", kit.answer({"totalCount": total, "items": rows("a", "b")}))
    with pytest.raises(errors.UnreadableAnswer, match="promises 1 rows and holds 2") as raised:
        kit.reader().subscriptions(kit.customer)
    assert raised.value.operation == "list the customer's subscriptions"
    assert raised.value.correlation_id == kit.microsoft.sent()[-1].headers["MS-CorrelationId"]


@pytest.mark.parametrize("page", [["a"], []])
def test_a_total_greater_than_the_rows_of_the_only_page_is_an_error(kit, page):
    """S8: a list that holds less than it promises, with no page to follow, is not complete."""
    kit.microsoft.on("GET", "customers/.*/subscriptions", kit.answer({"totalCount": 3, "items": rows(*page)}))
    with pytest.raises(errors.UnreadableAnswer, match="promises 3 rows"):
        kit.reader().subscriptions(kit.customer)


@pytest.mark.parametrize("totals", [(2, 1), (3, 3), (3, 4), (4, 3)])
def test_a_total_may_count_the_page_or_the_whole_list(kit, totals):
    """S8: both meanings are read, also of a list that grew or shrank between its pages."""
    first, last = totals
    kit.microsoft.on(
        "GET",
        "customers",
        kit.answer({"totalCount": first, "items": rows("a", "b"), "continuationToken": "t"}),
        kit.answer({"totalCount": last, "items": rows("c")}),
    )
    assert [customer.id for customer in kit.reader().customers()] == ["a", "b", "c"]


@pytest.mark.parametrize("end", ["empty token", "used-up token"])
def test_a_total_that_no_page_fulfils_is_an_error(kit, end):
    """S8: when every page promises more than came in all, the end came too early."""
    pages = [{"totalCount": 9, "items": rows("a", "b"), "continuationToken": "t"}]
    if end == "empty token":
        last = kit.answer({"totalCount": 9, "items": rows("c"), "continuationToken": ""})
    else:
        last = kit.refusal(400, 2000)
    kit.microsoft.on("GET", "customers", *map(kit.answer, pages), last)
    with pytest.raises(errors.UnreadableAnswer, match="promises 9 rows"):
        kit.reader().customers()


@pytest.mark.parametrize("total", [None, "many", True, 2.5, []])
def test_a_total_that_is_no_number_promises_nothing(kit, total):
    """S7: a strange total does not hide the rows."""
    kit.microsoft.on("GET", "customers", kit.answer({"totalCount": total, "items": rows("a", "b")}))
    assert len(kit.reader().customers()) == 2


def test_a_strange_page_in_the_middle_fails_the_list(kit):
    """S8: three pages, the second of which is a gateway's: there is no list of two."""
    kit.microsoft.on(
        "GET",
        "customers",
        kit.answer({"items": rows("a"), "continuationToken": "t1"}),
        lambda _request: httpx.Response(200, text="<html>One moment, please</html>"),
        kit.answer({"items": rows("c")}),
    )
    with pytest.raises(errors.UnreadableAnswer, match="list the customers"):
        kit.reader().customers()
