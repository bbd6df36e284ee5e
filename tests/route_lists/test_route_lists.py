"""The editable plan: exported, edited, read back as choices that are approved like any other (M27)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import (
    CUSTOMER,
    FRANCE,
    NOON,
    make_case_name,
    make_plan,
    make_row,
    make_subscription,
    run_command,
    snapshot,
    write_engagement,
)  # fmt: skip
from python_calamine import CalamineWorkbook
from routes.looked_at import SEATS

from consolidation.choices import choices, chosen_routes, rows_of, rows_to_choose_for
from consolidation.edited_routes import read_edited_routes, record_edited_routes
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.exports import csv_bytes, write_workbook
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.limits import NEEDS_A_PICK
from consolidation.plan import Plan, freeze, plan_header
from consolidation.population import record_population
from consolidation.replacements import picks
from consolidation.route_lists import COLUMNS, listed_rows, route_list_table
from consolidation.session import open_journal

CASE = make_case_name()
ADDON = {"parentSubscriptionId": "BASE"}
SUBSCRIPTIONS = (
    make_subscription("BASE", offerName="Office 365 E3"),
    make_subscription("ADDON", offerName="Audio Conferencing", **ADDON),
    make_subscription("NCE", **{**SEATS, "offerName": "=Business Premium"}),
)
BOUGHT = {"purchase_on": "2026-12-01", "owner": "Ben"}
TITLES = {column.key: column.title for column in COLUMNS}
Edit = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement whose case was read: a base with its add-on, and seats of new commerce."""
    loaded = load_engagement(write_engagement(tmp_path, approvals={"required": 1, "self_approval": True}))
    journal = open_journal(loaded)
    record_population(journal, [CASE], phase="00_connect")
    record(journal, *SUBSCRIPTIONS)
    return loaded


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return open_journal(engagement)


def record(journal: Journal, *subscriptions: Any) -> None:
    """Let the source be read."""
    record_snapshots(journal, CASE.chain, (snapshot("source", *subscriptions), snapshot("target")), phase="01_prepare")


def edited(journal: Journal, path: Path, edit: Edit = lambda _rows: None) -> Path:
    """Write the list as the command does, and again as somebody has edited it."""
    table = route_list_table(listed_rows(journal, [CASE]))
    if path.suffix == ".csv":
        path.write_bytes(csv_bytes(table))
        header, *cells = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    else:
        write_workbook(path, [("Routes", table)], title="T", subject="S", created=NOON)
        header, *cells = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    rows = [dict(zip(header, row, strict=True)) for row in cells]
    edit(rows)
    lines = [header, *([row[name] for name in header] for row in rows)]
    if path.suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows(lines)  # as Excel saves it in half of Europe
        path.write_text(text.getvalue(), encoding="utf-8-sig")
    else:
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as workbook:
            sheet = workbook.add_worksheet("Routes")
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    return path


def setting(identifier: str, **values: object) -> Edit:
    """Return an edit of one row."""

    def edit(rows: list[dict[str, Any]]) -> None:
        (row,) = (row for row in rows if row[TITLES["id"]] == identifier)
        row.update({TITLES[key]: value for key, value in values.items()})

    return edit


def read(journal: Journal, path: Path) -> Any:
    """Read a list back."""
    return read_edited_routes(path, journal, listed_rows(journal, [CASE]))


FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.text(max_size=8) | st.sampled_from(["=1+1", "'@x", "Total", "a\r\nb", "New route"])


@FEW
@given(
    names=st.lists(WORDS, min_size=1, max_size=4),
    seats=st.integers(0, 10**6),
    ending=st.sampled_from([".csv", ".xlsx"]),
)
def test_a_list_that_nobody_edited_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], seats: int, ending: str
) -> None:
    """S8: export and import give the same rows, whatever products are called: each once, none changed."""
    folder = tmp_path_factory.mktemp("list")
    journal = Journal(f"sqlite:///{folder}/journal.db")
    record(
        journal, *(make_subscription(f"S{number}", offerName=name, quantity=seats) for number, name in enumerate(names))
    )
    found = read(journal, edited(journal, folder / f"routes{ending}"))
    assert (found.changes, found.left_out, len(found.differences.rows)) == ((), 0, 0)


@FEW
@given(data=st.data(), ending=st.sampled_from([".csv", ".xlsx"]))
def test_what_was_edited_is_what_is_chosen(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, ending: str
) -> None:
    """M27: any allowed route of any row is read back as that choice, with its reason."""
    folder = tmp_path_factory.mktemp("list")
    journal = Journal(f"sqlite:///{folder}/journal.db")
    record(journal, *SUBSCRIPTIONS)
    row = data.draw(st.sampled_from([row for row in rows_to_choose_for(journal, CASE) if row.allowed]))
    route = data.draw(st.sampled_from(row.allowed))
    before = [each.route for each in rows_to_choose_for(journal, CASE)]
    engagement = load_engagement(write_engagement(folder))
    bought = BOUGHT if route == "run_out" else {}
    path = edited(journal, folder / f"routes{ending}", setting(row.subscription, new=route, reason="because", **bought))
    found = read(journal, path)
    assert (route, row.subscription) in [(each["after"], each["id"]) for each in found.differences.rows]
    record_edited_routes(engagement, journal, found, by="Ana")
    chosen = chosen_routes(journal, CASE.chain)[row.subscription]
    assert (chosen.route, chosen.reason, chosen.by) == (route, "because", "Ana")
    assert (chosen.purchase_on, chosen.owner) == (bought.get("purchase_on", ""), bought.get("owner", ""))
    after = rows_to_choose_for(journal, CASE)
    shown = {each["id"]: each["after"] for each in found.differences.rows}
    changed = {
        each.subscription: each.route or "undecided"
        for each, old in zip(after, before, strict=True)
        if each.route != old
    }
    assert shown == changed
    assert read(journal, path).changes == ()  # once recorded, the same list has nothing left to say


def test_a_new_plan_has_a_new_digest(engagement: Engagement, journal: Journal, tmp_path: Path) -> None:
    """S6: what a list chose is in the digest: no approval of the plan before it counts for the plan after it."""

    def digest() -> str:
        rows = rows_of(journal, CASE.chain, snapshot("source", *SUBSCRIPTIONS))
        return Plan("04_recreate", CASE, plan_header(engagement, CASE), tuple(rows)).digest

    before = digest()
    found = read(
        journal,
        edited(journal, tmp_path / "routes.xlsx", setting("nce", new="run_out", reason="ends", **BOUGHT)),
    )
    assert digest() == before  # reading alone changes nothing
    record_edited_routes(engagement, journal, found, by="Ana")
    assert digest() != before


def test_what_follows_its_base_is_shown(journal: Journal, tmp_path: Path) -> None:
    """M27: an add-on whose route changes with its base's is in the difference, though nobody edited its row."""
    found = read(journal, edited(journal, tmp_path / "routes.csv", setting("base", new="retire", reason="unused")))
    shown = {each["id"]: each for each in found.differences.rows}
    assert shown["base"]["after"] == "retire"
    assert shown["addon"]["reason"] == "follows from the other changes"


BAD: dict[str, tuple[Edit, str]] = {
    "a route that is not allowed": (setting("nce", new="replace_in_window", reason="x"), "cannot be routed"),
    "suspending new commerce": (setting("nce", new="suspend", reason="x"), "cannot be routed"),
    "no reason": (setting("nce", new="run_out", **BOUGHT), "Nobody said why"),
    "no buyer": (setting("nce", new="run_out", reason="x"), "Nobody said who buys"),
    "no day": (setting("nce", new="run_out", reason="x", owner="Ben", purchase_on="soon"), "'soon' is not a date"),
    "a buyer for another route": (
        setting("base", new="retire", reason="x", owner="Ben"),
        "belong to the route run_out",
    ),
    "a reason alone": (setting("nce", reason="x"), "a reason without a new route"),
    "other seats": (setting("base", seats=12), "row 3, column C: 12 instead of 10"),
    "another status": (setting("base", status="suspended"), "column D: suspended instead of active"),
    "an unknown subscription": (setting("nce", id="nobody"), "nobody is no subscription of"),
    "another customer": (setting("nce", customer=CUSTOMER.replace("3f", "4f")), "is no subscription of"),
    "a row twice": (lambda rows: rows.append(dict(rows[0])), "row 5, column Q"),
    "a pick where nothing is to pick": (setting("nce", pick="x"), "x is not offered"),
}


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_list_changes_routes_alone(journal: Journal, tmp_path: Path, fault: str, ending: str) -> None:
    """M23, S4: what no file may change is refused with its place, and then nothing of the list is recorded."""
    edit, words = BAD[fault]
    with pytest.raises(EngagementError, match="Nothing was recorded") as refused:
        read(journal, edited(journal, tmp_path / f"routes{ending}", edit))
    assert words in str(refused.value)
    assert "routes" in str(refused.value)


def test_a_list_that_is_older_than_the_last_reading_is_refused(journal: Journal, tmp_path: Path) -> None:
    """S6: when the source was read anew and a row differs, a choice made over the old row does not count."""
    path = edited(journal, tmp_path / "routes.xlsx", setting("base", new="retire", reason="unused"))
    record(journal, make_subscription("BASE", offerName="Office 365 E3", quantity=11), *SUBSCRIPTIONS[1:])
    with pytest.raises(EngagementError, match="was read anew since"):
        read(journal, path)


def test_a_pick_is_recorded_for_the_plan_that_showed_it(
    engagement: Engagement, journal: Journal, tmp_path: Path
) -> None:
    """M27: a pick among the plan's candidates is the record of the form; for another plan it is refused."""
    waiting = make_row("base", candidates=("t1", "t2"))
    freeze(journal, make_plan(engagement, waiting, case=CASE))
    path = edited(journal, tmp_path / "routes.xlsx", setting("base", pick="t2"))
    found = read(journal, path)
    record_edited_routes(engagement, journal, found, by="Ana")
    assert choices(journal, CASE.chain) == {"base": "t2"}
    freeze(journal, make_plan(engagement, waiting, make_row("nce"), case=CASE))
    with pytest.raises(EngagementError, match="not the newest one"):
        read(journal, path)


def test_another_product_is_picked_with_a_reason(engagement: Engagement, journal: Journal, tmp_path: Path) -> None:
    """M26: what is bought in the place of an offer that is no longer sold is recorded with its reason."""
    item = "CFQ7TTC0LH18:0001:CFQ7TTC0K18P P1Y monthly"
    gone = make_row("base", candidates=(item,), candidate_words={item: "Business"}, problems=NEEDS_A_PICK[:1])
    freeze(journal, make_plan(engagement, gone, case=CASE))
    with pytest.raises(EngagementError, match="Nobody said why"):
        read(journal, edited(journal, tmp_path / "routes.xlsx", setting("base", pick=item)))
    found = read(journal, edited(journal, tmp_path / "routes.xlsx", setting("base", pick=item, reason="successor")))
    record_edited_routes(engagement, journal, found, by="Ana")
    pick = picks(journal, CASE.chain)["base"]
    assert (pick.by, pick.reason, pick.replacement.term) == ("Ana", "successor", "P1Y")


def test_one_candidate_stands_for_one_row(engagement: Engagement, journal: Journal, tmp_path: Path) -> None:
    """S3: a target subscription that is picked for two rows is refused for both."""
    freeze(
        journal,
        make_plan(engagement, *(make_row(name, candidates=("t1", "t2")) for name in ("base", "nce")), case=CASE),
    )

    def edit(rows: list[dict[str, Any]]) -> None:
        for name in ("base", "nce"):
            setting(name, pick="t1")(rows)

    with pytest.raises(EngagementError, match="t1 is picked for several rows"):
        read(journal, edited(journal, tmp_path / "routes.csv", edit))


def test_rows_that_somebody_took_out_stay_as_they_are(journal: Journal, tmp_path: Path) -> None:
    """S8: a list may hold the rows of interest alone; how many it leaves out is counted."""
    found = read(journal, edited(journal, tmp_path / "routes.csv", lambda rows: rows.pop()))
    assert (found.changes, found.left_out) == ((), 1)


def test_the_command_shows_first_and_records_when_told(
    engagement: Engagement, journal: Journal, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M27: the command writes a list, shows what an edited one changes, and records only with --record."""

    def run(*arguments: str) -> Any:
        return run_command(capsys, monkeypatch, "routes", str(engagement.path), *arguments)

    path = tmp_path / "routes.xlsx"
    assert run("--write", str(path), "--customer", CASE.domain, "--source", FRANCE).code == 0
    assert path.exists()
    edited(journal, path, setting("nce", new="run_out", reason="ends", **BOUGHT))
    shown = run("--read", str(path))
    assert shown.code == 0
    assert "Nothing is recorded yet" in shown.out
    assert chosen_routes(journal, CASE.chain) == {}
    done = run("--read", str(path), "--record")
    assert "1 choices recorded by" in done.out
    assert chosen_routes(journal, CASE.chain)["nce"].route == "run_out"
    (entry,) = journal.entries(CASE.chain, kinds={"chosen"})
    assert entry.body["how"] == "file"
    for wrong in ((), ("--record",), ("--write", str(tmp_path / "x.txt")), ("--read", str(tmp_path / "none.xlsx"))):
        assert run(*wrong).code == 2


def test_another_workbook_is_no_list(journal: Journal, tmp_path: Path) -> None:
    """A file without the columns of the list is refused with what it needs."""
    path = tmp_path / "routes.csv"
    path.write_text("Subscription ID,Route\nA1,leave\n", encoding="utf-8")
    with pytest.raises(EngagementError, match="no list of routes"):
        read(journal, path)
