"""When a subscription can be cancelled, ends and renews: whole days and hours, UTC (M23)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import make_subscription
from routes.looked_at import AZURE_PLAN, SEATS

from consolidation.routes.terms import last_day, term_end, window_end

ENDS = {
    "legacy, the end date excluded": ({"commitmentEndDate": "2026-05-31T00:00:00Z"}, "2026-05-31T00:00"),
    "new commerce, the whole day": ({**SEATS, "commitmentEndDate": "2026-05-31T00:00:00Z"}, "2026-06-01T00:00"),
    "the exact moment inside the day": (
        {**SEATS, "commitmentEndDate": None, "commitmentEndDateTime": "2026-05-31T23:59:59Z"},
        "2026-06-01T00:00",
    ),
    "the exact moment goes before the day": (
        {**SEATS, "commitmentEndDate": "2026-05-30T00:00:00Z", "commitmentEndDateTime": "2026-05-31T23:59:59Z"},
        "2026-06-01T00:00",
    ),
    "the day printed twice": (
        {**SEATS, "commitmentEndDate": "2026-05-31T00:00:00Z", "commitmentEndDateTime": "2026-05-31T00:00:00Z"},
        "2026-06-01T00:00",
    ),
    "another zone is the same moment": (
        {**SEATS, "commitmentEndDate": "2026-06-01T01:00:00+02:00"},
        "2026-06-01T00:00",
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_first_moment_after_the_term(name: str) -> None:
    """M23: the end date of new commerce belongs to the term as a whole UTC day, that of legacy seats does not."""
    fields, expected = ENDS[name]
    assert term_end(make_subscription(**fields)) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("end", [None, "0001-01-01T00:00:00", "9999-12-31T00:00:00Z"])
def test_what_has_no_end_never_ends(end: str | None) -> None:
    """S7: no date, the year 1 and the year 9999 are no end."""
    subscription = make_subscription(**{**AZURE_PLAN, "commitmentEndDate": end, "commitmentEndDateTime": end})
    assert term_end(subscription) is None
    assert last_day(subscription) is None


@given(st.datetimes(min_value=datetime(2019, 1, 1), max_value=datetime(2090, 1, 1)))  # noqa: DTZ001 - made UTC below
def test_the_window_is_seven_times_24_hours(start: datetime) -> None:
    """M23: the window is counted in hours from purchase or renewal, not in calendar days; legacy seats have none."""
    begun = start.replace(tzinfo=UTC)
    fields = {**SEATS, "effectiveStartDate": begun.isoformat()}
    assert window_end(make_subscription(**fields)) == begun + timedelta(hours=168)
    assert window_end(make_subscription(effectiveStartDate=begun.isoformat())) is None
