"""The log is kept beyond its 90 days: read bit by bit, nothing twice, nothing lost, and a gap is said to be one."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import run_command
from world import EUROPE, FABRIKAM, FRANCE, GERMANY, World

from consolidation.activity_log.keeping import days_to_read, gaps, keep_log, kept_log, kept_since, read_log
from consolidation.activity_log.view import Period
from consolidation.evidence.archive import Archive

TODAY = date(2026, 6, 30)


@given(readings=st.lists(st.integers(0, 200), min_size=1, max_size=12))
def test_every_day_is_read_or_is_a_gap(readings: list[int]) -> None:
    """M33: whatever the days between readings, each day since the first is read after it ended, or lies in a gap."""
    today, last, complete, missed = TODAY, None, set(), set()
    first = None
    for pause in readings:
        today += timedelta(days=pause)
        days, gap = days_to_read(last, today)
        assert days.end == today
        assert (today - days.start).days <= 90  # Partner Center refuses what is older
        first = first or days.start
        complete |= {days.start + timedelta(days=place) for place in range((days.end - days.start).days)}
        if gap is not None:
            missed |= {gap.start + timedelta(days=place) for place in range((gap.end - gap.start).days + 1)}
        last = today
    every = {first + timedelta(days=place) for place in range((today - first).days)}
    assert every == complete | missed
    assert not (complete & missed) - {day for day in missed if day in complete and day < TODAY - timedelta(days=90)}


def everything(world: World) -> list[str]:
    """Return the ids of all kept records of Fabrikam, of any day."""
    days = Period(date(2020, 1, 1), date(2030, 1, 1))
    pairs = kept_log(world.engagement, Archive(world.engagement.archive_folder), days, world.case(FABRIKAM))
    return [f"{tenant} {record.id}" for tenant, record in pairs]


def keep(world: World) -> list[int]:
    """Keep the log and return how many records were new in each tenant."""
    archive = Archive(world.engagement.archive_folder)
    return [reading.new for reading in keep_log(world.engagement, world.journal, world.clients, archive)]


def test_each_record_is_kept_once_and_seams_lose_none(world: World) -> None:
    """M33: readings on one day, over midnight and weeks later keep every record once, in the order of the log."""
    world.ready_to_move(FABRIKAM)
    keep(world)
    subscription = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    seats = 11
    for seconds in (0, 60, 14 * 3600, 3600, 20 * 86400, 45 * 86400):
        world.control("POST", "clock", {"advance_seconds": seconds})
        world.portal(FRANCE, FABRIKAM, subscription=subscription["id"], quantity=seats)
        seats += 1
        assert sum(keep(world)) >= 1
        assert keep(world) == [0, 0, 0]
    counted = Counter(everything(world))
    assert set(counted.values()) == {1}
    changes = [name for name in counted if "update_subscription" in name and FRANCE in name]
    assert len(changes) == 6
    assert gaps(world.journal, FRANCE) == []


def test_days_that_were_dropped_are_a_gap(world: World) -> None:
    """M33: when nobody read the log for longer than Partner Center keeps it, the days are named as a gap for good."""
    world.ready_to_move(FABRIKAM)
    keep(world)
    began = world.clients.target.server_time().date()
    world.control("POST", "clock", {"advance_seconds": 100 * 86400})
    keep(world)
    for tenant in (FRANCE, GERMANY, EUROPE):
        (gap,) = gaps(world.journal, tenant)
        assert gap == Period(began, began + timedelta(days=9))
    assert keep(world) == [0, 0, 0]
    shown = world.run("91_activity_log", date_from="", date_to="", customer="")
    assert f"GAP in {FRANCE}" in "".join(repr(part) for part in shown.shown)


def test_old_days_come_from_the_archive_and_new_ones_live(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M21, M33: the view shows kept days beyond the 90 beside what Partner Center has now, each record once."""
    world.ready_to_move(FABRIKAM)
    keep(world)
    before = everything(world)
    world.control("POST", "clock", {"advance_seconds": 95 * 86400})
    subscription = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    world.portal(FRANCE, FABRIKAM, subscription=subscription["id"], quantity=12)
    engagement = world.engagement
    days = Period(date(2020, 1, 1), world.clients.target.server_time().date())
    archive = Archive(engagement.archive_folder)
    found = read_log(engagement, world.clients, archive, days, world.case(FABRIKAM))
    assert [f"{tenant} {record.id}" for tenant, record in found[: len(before)]] == before
    assert len(found) == len(before) + 1
    since = kept_since(world.journal, engagement)
    ended = run_command(capsys, monkeypatch, "log", str(world.path), "--from", str(since), "--customer", FABRIKAM)
    assert ended.code == 0
    assert ended.out.count("update_subscription") == 1
    assert "create_agreement" in ended.out
