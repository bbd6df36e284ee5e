"""Whatever a customer holds and whatever people choose: what is done in the source fits its kind (S1, S2, M23)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from offline import OFFER, make_subscription, snapshot
from routes.looked_at import AZURE_PLAN, LEGACY_AZURE, SEATS

from consolidation.endings.rows import RENEWAL_OFF, with_endings
from consolidation.replacing.rows import CANCEL, with_replacements
from consolidation.routes import ChosenRoute
from consolidation.routes.terms import window_end
from consolidation.rows import subscription_rows
from partner_center.models import Subscription

KINDS = (
    {"offerId": OFFER},
    SEATS,
    {**SEATS, "effectiveStartDate": "2026-01-27T13:00:00Z"},  # an hour of its window is left
    {**SEATS, "effectiveStartDate": "2026-01-27T11:00:00Z"},  # its window ended an hour ago
    {**SEATS, "isTrial": True},
    {**SEATS, "autoRenewEnabled": None},
    AZURE_PLAN,
    LEGACY_AZURE,
)
HELD = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(("active", "active", "active", "suspended", "expired", "hibernating")),
        st.none() | st.integers(0, 3),
    ),
    min_size=1,
    max_size=5,
)
ROUTES = ("replace_in_window", "run_out", "retire", "leave", "manual", "recreate")
CHOICES = st.dictionaries(
    st.integers(0, 4),
    st.builds(
        ChosenRoute,
        st.sampled_from(ROUTES),
        st.just("the customer asked"),
        st.just("ana"),
        purchase_on=st.sampled_from(("", "2026-05-30", "2026-07-01")),
        owner=st.sampled_from(("", "ben")),
    ),
)


def subscription(place: int, held: tuple[dict[str, object], str, int | None]) -> Subscription:
    """Return the subscription at a place; it may stand under another one."""
    fields, status, parent = held
    under = f"S{parent}" if parent is not None and parent < place else None
    return make_subscription(f"S{place}", **{**fields, "status": status, "parentSubscriptionId": under})


@given(held=HELD, choices=CHOICES)
def test_what_is_done_in_the_source_fits_the_kind_and_was_chosen(
    held: list[tuple[dict[str, object], str, int | None]], choices: dict[int, ChosenRoute]
) -> None:
    """S1, S2, S8, M23: each row once; only what a person chose ends, suspended only legacy, cancelled only in time."""
    source = snapshot("source", *(subscription(place, each) for place, each in enumerate(held)))
    chosen = {f"s{place}": choice for place, choice in choices.items() if place < len(held)}
    rows = with_replacements(with_endings(subscription_rows(source, chosen), source), source, {}, ())
    live = source.by_id()
    assert sorted(row.subscription for row in rows) == sorted(live)
    for row in rows:
        if row.source_action == "none":
            assert row.target_action == "none"
            continue
        assert row.is_chosen
        assert row.details["because"] == "the customer asked"
        assert row.route == chosen[row.subscription].route
        assert live[row.subscription].status == "active"
        end = window_end(live[row.subscription])
        if row.source_action in {"suspend", "goes with its base"}:
            assert (row.kind, row.route) == ("legacy seats", "retire")
        elif row.source_action == CANCEL:
            assert (row.kind, row.target_action) == ("new-commerce seats", "order")
            assert row.target_seats == row.seats > 0
            assert end is not None
            assert end > source.read_at
        else:
            assert row.source_action == RENEWAL_OFF
            assert row.kind in {"new-commerce seats", "trial"}
            named = row.details.get("purchase_on", "") and row.details.get("owner", "")
            assert row.route == "retire" or named or row.problems
