"""The activity log's filter: whole UTC days, and one customer however a person names it (M21)."""

from __future__ import annotations

from datetime import date

import pytest
from offline import CUSTOMER, FRANCE, GERMANY, make_case_name

from consolidation.activity_log.view import find_customer, read_period
from consolidation.errors import CustomerUnknown, EngagementError

TODAY = date(2026, 6, 30)

PERIODS = {
    "nothing": ("", "", date(2026, 5, 31), TODAY),
    "both": ("2026-06-01", "2026-06-02", date(2026, 6, 1), date(2026, 6, 2)),
    "one day": ("2026-06-01", "2026-06-01", date(2026, 6, 1), date(2026, 6, 1)),
    "the first alone": ("2026-06-29", "", date(2026, 6, 29), TODAY),
    "the last alone": ("", "2026-05-20", date(2026, 4, 20), date(2026, 5, 20)),
    "an early last alone": ("", "2026-04-10", date(2026, 4, 1), date(2026, 4, 10)),
    "the oldest day": ("2026-04-01", "", date(2026, 4, 1), TODAY),
    "blanks": (" 2026-06-01 ", " ", date(2026, 6, 1), TODAY),
}


@pytest.mark.parametrize("given", PERIODS)
def test_the_days_of_the_filter(given: str) -> None:
    """M21: dates are whole days, both included; without a first day it is 30 days back, as far as the log is kept."""
    date_from, date_to, start, end = PERIODS[given]
    period = read_period(date_from, date_to, today=TODAY)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("date_from", "date_to", "words"),
    [
        ("2026-03-31", "", "keeps 90 days of log: 2026-03-31 lies before"),
        ("", "2026-03-31", "keeps 90 days of log"),
        ("2026-06-02", "2026-06-01", "cannot run from 2026-06-02 to 2026-06-01"),
        ("1.6.2026", "", "A date is not yyyy-mm-dd"),
        ("2026-02-30", "", "A date is not yyyy-mm-dd"),
    ],
)
def test_days_that_cannot_be_shown_are_one_sentence(date_from: str, date_to: str, words: str) -> None:
    """M21: a date that is none, days in the wrong order, or days that Microsoft has dropped are said before a call."""
    with pytest.raises(EngagementError, match=words):
        read_period(date_from, date_to, today=TODAY)


def test_older_days_are_shown_when_the_archive_has_them() -> None:
    """M33: what the archive kept can be asked for, however old it is; what it never had is said."""
    kept = date(2025, 11, 1)
    assert read_period("2025-11-01", "", today=TODAY, kept_since=kept).start == kept
    with pytest.raises(EngagementError, match="archive begins on 2025-11-01: 2025-10-31 lies before"):
        read_period("2025-10-31", "", today=TODAY, kept_since=kept)


FABRIKAM = [make_case_name(FRANCE, company="Fabrikam"), make_case_name(GERMANY, company="Fabrikam")]
BAKERY = make_case_name(FRANCE, CUSTOMER.replace("3f", "4f"), "Fabrikam Boulangerie")
SHOP = make_case_name(FRANCE, CUSTOMER.replace("3f", "5f"), "Shop fabrikam.onmicrosoft.com")
CASES = [*FABRIKAM, BAKERY, SHOP]


@pytest.mark.parametrize(
    ("given", "customer"),
    [
        (CUSTOMER.upper(), FABRIKAM[0]),
        ("boulang", BAKERY),
        (" SHOP ", SHOP),
        ("shop fabrikam.onmicrosoft.com", SHOP),
    ],
)
def test_a_customer_is_found_however_it_is_named(given: str, customer: object) -> None:
    """M21: tenant id, domain, exact name or a part of the name; what names one exactly goes before a part of others."""
    assert find_customer(CASES, given) == customer or find_customer(CASES, given) in FABRIKAM


def test_no_customer_is_no_filter() -> None:
    """M21: an empty filter shows every customer."""
    assert find_customer(CASES, "  ") is None


def test_an_unclear_customer_is_one_sentence() -> None:
    """M21: a part of several names, and a name of nobody, are said instead of guessed."""
    with pytest.raises(EngagementError, match="Several companies fit 'fab'"):
        find_customer(CASES, "fab")
    with pytest.raises(CustomerUnknown, match="'nobody' is not a customer"):
        find_customer(CASES, "nobody")
