"""Bad input: a journal that is not whole is refused at every door, the first bad entry is named, nothing runs on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from offline import (
    CUSTOMER,
    FRANCE,
    GERMANY,
    TENANTS,
    make_case_name,
    make_engagement,
    make_plan,
    run_command,
)
from sqlalchemy import create_engine, text
from world import run_cells

from consolidation.engagement import Engagement
from consolidation.evidence.archive import Archive
from consolidation.evidence.manifest import write_manifest
from consolidation.plan import freeze
from consolidation.population import record_population
from consolidation.session import open_journal

FABRIKAM = make_case_name(FRANCE)
NORTHWIND = make_case_name(GERMANY, CUSTOMER.replace("3f", "4f"), "Northwind Traders")
DIGEST = "0" * 64


@pytest.fixture
def engagement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engagement:
    """An engagement with two cases, of which one has a plan; nobody listens at its endpoints."""
    for name in TENANTS:
        monkeypatch.setenv(f"{name.upper()}_CLIENT_ID", "app")
    loaded = make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})
    journal = open_journal(loaded)
    record_population(journal, [FABRIKAM, NORTHWIND], phase="00_connect")
    freeze(journal, make_plan(loaded, case=FABRIKAM))
    journal.append(NORTHWIND.chain, "observed", {})
    return loaded


def sql(statement: str) -> Callable[[Engagement], None]:
    """Return what changes the journal as somebody with a database tool would."""

    def change(engagement: Engagement) -> None:
        with create_engine(engagement.journal_url).begin() as connection:
            connection.execute(text(statement))

    return change


def rename(engagement: Engagement) -> None:
    """Let another engagement have this journal."""
    values = yaml.safe_load(engagement.path.read_text(encoding="utf-8"))
    engagement.path.write_text(yaml.safe_dump({**values, "name": "another"}), encoding="utf-8")


def put_back(engagement: Engagement) -> None:
    """Put the journal back to a state from before the newest manifest, as an old backup would."""
    database = Path(engagement.journal_url.removeprefix("sqlite:///"))
    journal = open_journal(engagement)
    shutil.copy(database, database.with_name("backup.db"))  # nobody has it open: there is no log beside it
    journal.append(NORTHWIND.chain, "observed", {})
    write_manifest(
        Archive(engagement.archive_folder), journal, population=[], run={}, plan_digests={}, signing_key=None
    )
    database.with_name("backup.db").replace(database)


# The damage lies in a case that no door is asked for, but for the last two.
DAMAGE: dict[str, tuple[Callable[[Engagement], None], str]] = {
    "altered": (
        sql(f"UPDATE entries SET at = 'x' WHERE chain = '{NORTHWIND.chain}'"),  # noqa: S608 - our own words
        f"Entry 1 of {NORTHWIND.chain} was altered",
    ),
    "cut short": (
        sql(f"DELETE FROM entries WHERE chain = '{NORTHWIND.chain}'"),  # noqa: S608 - our own words
        f"Entry 1 of {NORTHWIND.chain} is missing",
    ),
    "newer": (
        sql(f"UPDATE entries SET v = 2 WHERE chain = '{NORTHWIND.chain}'"),  # noqa: S608 - our own words
        f"Entry 1 of {NORTHWIND.chain} has version 2; this program knows 1",
    ),
    "put back": (put_back, f"Entry 2 of {NORTHWIND.chain} is missing"),
    "another's": (rename, "Entry 1 of engagement: this journal belongs to another engagement: what differs is name"),
    "headless": (sql("DELETE FROM entries WHERE chain = 'engagement'"), "Entry 1 of engagement is missing"),
}

APPROVE = ("approve", "--customer", FABRIKAM.domain, "--phase", "04_recreate", "--digest", DIGEST)
DOORS = {
    "run": ("run",),
    "run --plan": ("run", "--plan"),
    "status": ("status", "--json"),
    "approve": APPROVE,
    "confirm": ("confirm", "--customer", FABRIKAM.domain, "--step", "mail_sent", "--by", "ana"),
    "export": ("export",),
    "routes": ("routes", "--read", "routes.xlsx"),
    "log": ("log",),
    "watch": ("watch",),
}


def crossed(doors: Iterable[str], one: str) -> list[tuple[str, str]]:
    """Return every damage at one door, and every door with one damage: all doors have the same lock."""
    return [*((damage, one) for damage in DAMAGE), *(("cut short", door) for door in doors if door != one)]


def rows(engagement: Engagement) -> list[Any]:
    """Return everything that the journal's tables hold."""
    with create_engine(engagement.journal_url).connect() as connection:
        tables = ("entries", "heads", "open_intentions", "claims", "leases")
        return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]  # noqa: S608


@pytest.mark.parametrize(("damage", "door"), crossed(DOORS, "run"))
def test_every_command_refuses_it(
    engagement: Engagement,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
    door: str,
) -> None:
    """Bad input: exit code 2, the first bad entry on stderr, nothing on stdout, and not a row more than before."""
    change, words = DAMAGE[damage]
    change(engagement)
    before = rows(engagement)
    monkeypatch.chdir(engagement.folder)
    command, *options = DOORS[door]
    ended = run_command(capsys, monkeypatch, command, str(engagement.path), *options)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert rows(engagement) == before


NOTEBOOKS = {
    "00_connect": {},
    "04_recreate": {"customer": FABRIKAM.domain, "source": ""},
    "90_portfolio": {},
    "91_activity_log": {},
}


@pytest.mark.parametrize(("damage", "notebook"), crossed(NOTEBOOKS, "04_recreate"))
def test_every_notebook_refuses_it(engagement: Engagement, damage: str, notebook: str) -> None:
    """Bad input: a notebook run by hand shows the first bad entry, does nothing, and writes nothing in that journal."""
    change, words = DAMAGE[damage]
    change(engagement)
    before = rows(engagement)
    ran = run_cells(notebook, {"engagement": str(engagement.path), **NOTEBOOKS[notebook]})
    shown = [repr(part) for part in ran.shown if part is not None]
    assert words in shown[0]
    assert "failed" in shown[-1].casefold()
    assert rows(engagement) == before
