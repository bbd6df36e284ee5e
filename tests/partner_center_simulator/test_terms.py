"""Terms: which days a subscription is paid for."""

from datetime import UTC, datetime

import pytest

from partner_center_simulator.commerce import terms


def day(text):
    """Return nine in the morning of a day (UTC)."""
    return datetime.fromisoformat(f"{text}T09:00:00+00:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("bought", "now", "start", "end"),
    [
        ("2026-02-01", "2026-02-01", "2026-02-01", "2027-01-31"),
        ("2025-02-01", "2026-01-31", "2025-02-01", "2026-01-31"),
        ("2025-02-01", "2026-02-01", "2026-02-01", "2027-01-31"),
        ("2024-02-29", "2026-11-22", "2026-02-28", "2027-02-27"),
    ],
)
def test_new_commerce_term_ends_on_its_last_day(bought, now, start, end):
    """A yearly term includes its last day and begins anew on the next."""
    term = terms.new_commerce(day(bought), day(now), 5, "P1Y")
    assert (term["effectiveStartDate"][:10], term["commitmentEndDate"]) == (start, f"{end}T00:00:00Z")


def test_monthly_term_comes_back_to_its_day():
    """A monthly term bought on the 31st begins on the 28th of February and on the 31st of March."""
    starts = [
        terms.new_commerce(day("2026-01-31"), day(now), 5, "P1M")["effectiveStartDate"][:10]
        for now in ("2026-03-30", "2026-03-31")
    ]
    assert starts == ["2026-02-28", "2026-03-31"]


def test_legacy_term_ends_before_its_end_date():
    """The end date of legacy seats is the first day of the next term."""
    assert terms.legacy(day("2024-05-20"), day("2026-05-20")) == {
        "effectiveStartDate": "2026-05-20T00:00:00Z",
        "commitmentEndDate": "2027-05-20T00:00:00Z",
    }


def test_seats_can_be_handed_back_inside_the_window_only():
    """Refundable seats are those bought or renewed in the last seven days (M23)."""
    inside = terms.new_commerce(day("2026-11-20"), day("2026-11-22"), 5, "P1Y")["refundableQuantity"]
    after = terms.new_commerce(day("2026-11-15"), day("2026-11-22"), 5, "P1Y")["refundableQuantity"]
    assert (inside["totalQuantity"], after) == (5, {"totalQuantity": 0, "details": []})
