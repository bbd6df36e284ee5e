"""Rules of the campaign at a glance: the funnel, the time to accept, and whom to ring (M35)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from world import ALPINE, FABRIKAM, NORTHWIND, World, engagement_text

from consolidation.invitations.campaign import (
    STAGES,
    Invited,
    by_wave,
    escalation_table,
    funnel,
    funnel_table,
    read_campaign,
)
from consolidation.invitations.campaign_plot import campaign_in_words, plot_funnel, plot_time_to_accept

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAYS = st.none() | st.floats(0, 40)


def invited(wave: str, first: float | None, accepted: float | None, *, agreement: bool, ring: str) -> Invited:
    """A customer that was written to and accepted on these days."""
    on = lambda day: None if day is None else START + timedelta(days=day)  # noqa: E731 - one expression, used twice
    return Invited("Fabrikam", wave, int(first is not None), on(first), on(accepted), agreement, ring, "")


CUSTOMERS = st.lists(
    st.builds(
        invited,
        st.sampled_from(["", "1", "2 <b>"]),
        DAYS,
        DAYS,
        agreement=st.booleans(),
        ring=st.sampled_from(["", "Every reminder has gone."]),
    ),
    max_size=12,
)


@given(CUSTOMERS)
def test_every_customer_is_in_one_wave_and_the_funnel_narrows(customers):
    """Each customer is counted once; no stage has more than the one before; no wait is negative (M35, S8)."""
    waves = by_wave(customers)
    assert sum(map(len, waves.values())) == len(customers)
    counts = [funnel(of_wave) for of_wave in waves.values()]
    assert sum(count[0] for count in counts) == len(customers)
    assert all(list(count) == sorted(count, reverse=True) for count in counts)
    assert len(funnel_table(customers).rows) == len(waves)
    assert len(escalation_table(customers).rows) == sum(bool(customer.ring) for customer in customers)
    assert all(customer.days_to_accept is None or customer.days_to_accept >= 0 for customer in customers)
    assert campaign_in_words(customers).startswith(f"Customers: {len(customers)} listed")


def test_the_time_to_accept_is_drawn_as_measured():
    """The curve of a wave rises by one customer's share on the day on which it was seen (M35)."""
    customers = [invited("1", 0, 2, agreement=True, ring=""), invited("1", 0, None, agreement=False, ring="x")]
    above, below = Figure().subplots(2, 1)
    plot_funnel(above, customers)
    plot_time_to_accept(below, customers)
    (line,) = below.get_lines()
    assert list(line.get_xdata()) == [0, 2, 2]
    assert list(line.get_ydata()) == [0, 50, 50]
    assert [label.get_text() for label in above.get_yticklabels()] == list(STAGES)


def test_the_portfolio_shows_the_campaign(world: World):
    """Who was written to, who has accepted and whom to ring is read from the journal, wave by wave (M35)."""
    listed = world.path.parent / "wave.csv"
    listed.write_text(
        f"customer,wave,contact_email\n{FABRIKAM},1,it@fabrikam.example\n{NORTHWIND},1,\n{ALPINE},2,\n",
        encoding="utf-8",
    )
    world.path.write_text(engagement_text(world.server, customers="wave.csv"), encoding="utf-8")
    world.run("00_connect")
    for customer in (FABRIKAM, NORTHWIND, ALPINE):
        world.run("02_invite", customer)
    world.control("POST", "clock", {"advance_seconds": 15 * 24 * 3600})
    world.accept(FABRIKAM)
    for customer in (FABRIKAM, ALPINE):
        world.run("02_invite", customer)
    fabrikam, northwind, alpine = read_campaign(world.engagement, world.journal)
    assert (fabrikam.wave, fabrikam.contact, fabrikam.ring) == ("1", "it@fabrikam.example", "")
    assert 14 < fabrikam.days_to_accept < 16
    assert (northwind.mails, northwind.stage, alpine.wave, alpine.stage) == (1, 2, "2", 2)
    shown = world.run("90_portfolio").shown
    text = "\n".join(map(repr, shown))
    assert "The campaign: customers by wave" in text
    assert "Customers: 3 listed, 3 written to, 1 accepted" in text
