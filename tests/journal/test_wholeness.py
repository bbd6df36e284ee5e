"""A whole journal: what was cut off at an end, taken away beside the chains, or put back to an older state is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from runners import Runner
from sqlalchemy import Engine, text

from consolidation.errors import JournalRefused
from consolidation.evidence.archive import Archive
from consolidation.evidence.manifest import archived_heads, write_manifest
from consolidation.journal import Journal, case_chain

CUSTOMER = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
CHAIN = case_chain("contoso-france", CUSTOMER)
OTHER = case_chain("contoso-germany", CUSTOMER)


def write(journal: Journal) -> None:
    """Write what a cut-over leaves: 1 observed, 2 intended, 3 done, 4 claimed, 5 intended and open; and two chains."""
    journal.append(CHAIN, "observed", {"place": 1})
    journal.leases.take(CUSTOMER)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    first = journal.intend(CHAIN, ["a", "b"], body, phase="04_recreate", customer=CUSTOMER)
    journal.close_intention(first, "done", {"lines": [], "errors": []})
    journal.claim(CHAIN, {"a": "target-a"}, {}, phase="04_recreate")
    journal.intend(CHAIN, ["c"], {**body, "action": "suspend"}, phase="05_suspend", customer=CUSTOMER)
    journal.append(OTHER, "observed", {"place": 1})
    journal.append("engagement", "observed", {})


DAMAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "the newest entry cut off": (
        ("DELETE FROM entries WHERE chain = :chain AND number = 5",),
        f"Entry 5 of {CHAIN} is missing",
    ),
    "the newest entries cut off": (
        ("DELETE FROM entries WHERE chain = :chain AND number > 1",),
        f"Entry 2 of {CHAIN} is missing",
    ),
    "a whole chain gone": (("DELETE FROM entries WHERE chain = :other",), f"Entry 1 of {OTHER} is missing"),
    "the engagement's chain gone": (
        ("DELETE FROM entries WHERE chain = 'engagement'",),
        "Entry 1 of engagement is missing",
    ),
    "a chain gone with its head": (
        ("DELETE FROM entries WHERE chain = :other", "DELETE FROM heads WHERE chain = :other"),
        "",
    ),
    "a head taken away": (("DELETE FROM heads WHERE chain = :chain",), f"Entry 5 of {CHAIN} is not in the table"),
    "an entry altered in the middle": (
        ("UPDATE entries SET at = 'x' WHERE chain = :chain AND number = 2",),
        f"Entry 2 of {CHAIN} was altered",
    ),
    "the newest entry altered": (
        ("UPDATE entries SET kind = 'x' WHERE chain = :chain AND number = 5",),
        f"Entry 5 of {CHAIN} was altered",
    ),
    "a newer program's entry": (
        ("UPDATE entries SET v = 2 WHERE chain = :other",),
        f"Entry 1 of {OTHER} has version 2; this program knows 1",
    ),
    "an open effect forgotten": (
        ("DELETE FROM open_intentions",),
        f"Entry 5 of {CHAIN} stands behind what the table of open effects says",
    ),
    "a closed effect opened again": (
        ("INSERT INTO open_intentions (chain, row_key, number) VALUES (:chain, 'a', 2)",),
        f"Entry 2 of {CHAIN} stands behind what the table of open effects says",
    ),
    "a claim taken away": (
        ("DELETE FROM claims",),
        f"Entry 4 of {CHAIN} stands behind what the table of claims says",
    ),
    "a claim moved": (
        ("UPDATE claims SET source_subscription = 'b'",),
        f"Entry 4 of {CHAIN} stands behind what the table of claims says",
    ),
    "a claim made up": (
        ("INSERT INTO claims (chain, source_subscription, target_subscription) VALUES (:chain, 'b', 'made-up')",),
        f"No entry of {CHAIN} stands behind what the table of claims says",
    ),
}


def damage(database: Engine, statements: tuple[str, ...]) -> None:
    """Change the database as somebody with a database tool would."""
    with database.begin() as connection:
        for statement in statements:
            given = {"chain": CHAIN, "other": OTHER}
            connection.execute(text(statement), {key: given[key] for key in given if f":{key}" in statement})


def test_a_journal_as_it_was_written_is_whole(journal: Journal) -> None:
    """M29: open effects, closed ones, claims and several chains are nothing to complain of."""
    journal.check_whole({})
    write(journal)
    journal.check_whole({CHAIN: journal.head(CHAIN), OTHER: journal.head(OTHER)})


@pytest.mark.parametrize("kind", [kind for kind, (_, words) in DAMAGE.items() if words])
def test_whatever_was_done_to_it_the_first_bad_entry_is_named(journal: Journal, database: Engine, kind: str) -> None:
    """Bad input: a journal that was altered or cut short, tables beside the chains too, is refused by the bad entry."""
    write(journal)
    statements, words = DAMAGE[kind]
    damage(database, statements)
    with pytest.raises(JournalRefused, match=f"^{words}"):
        journal.check_whole({})


@pytest.mark.parametrize("kind", ["the newest entry cut off", "a head taken away"])
def test_nothing_is_appended_to_a_chain_that_was_cut(journal: Journal, database: Engine, kind: str) -> None:
    """Bad input: no door has to be asked: a chain that does not end where it was left takes no entry and shows none."""
    write(journal)
    statements, words = DAMAGE[kind]
    damage(database, statements)
    for use in (
        lambda: journal.append(CHAIN, "observed", {}),
        lambda: journal.head(CHAIN),
        lambda: journal.check(CHAIN),
    ):
        with pytest.raises(JournalRefused, match=words):
            use()
    journal.append(OTHER, "observed", {})


def sealed(journal: Journal, folder: Path) -> Archive:
    """Archive the journal with its manifest."""
    archive = Archive(folder / "archive")
    write_manifest(archive, journal, population=[], run={}, plan_digests={}, signing_key=None)
    return archive


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda database: damage(database, DAMAGE["a chain gone with its head"][0]), f"Entry 1 of {OTHER} is missing"),
        (
            lambda database: damage(
                database,
                (
                    "DELETE FROM entries WHERE chain = :other AND number = 2",
                    "UPDATE heads SET number = 1, hash = (SELECT hash FROM entries WHERE chain = :other) "
                    "WHERE chain = :other",
                ),
            ),
            f"Entry 2 of {OTHER} is missing",
        ),
    ],
)
def test_what_the_archive_has_seen_must_still_be_there(
    journal: Journal, database: Engine, tmp_path: Path, change: Callable[[Engine], None], words: str
) -> None:
    """M32: a journal that was put back to an older state, heads and all, is refused by what the manifest names."""
    write(journal)
    journal.append(OTHER, "observed", {"place": 2})
    archive = sealed(journal, tmp_path)
    journal.append(CHAIN, "observed", {"place": "after the manifest"})
    journal.check_whole(archived_heads(archive))
    change(database)
    with pytest.raises(JournalRefused, match=words):
        journal.check_whole(archived_heads(archive))


def test_another_entry_in_the_place_of_an_archived_one_is_named(journal: Journal, database: Engine) -> None:
    """M32: a chain that was written anew from its beginning is not the one that was archived."""
    write(journal)
    archived = {OTHER: journal.head(OTHER)}
    damage(database, DAMAGE["a chain gone with its head"][0])
    journal.append(OTHER, "observed", {"place": "another"})
    with pytest.raises(JournalRefused, match=f"Entry 1 of {OTHER} was altered"):
        journal.check_whole(archived)


APPEND = f"""
for place in range(100):
    journal.append({CHAIN!r}, "observed", {{"place": place}})
print("appended", flush=True)
"""


def test_a_journal_that_others_write_to_is_seen_in_one_state(url: str, journal: Journal) -> None:
    """M37: the check of a journal to which another run appends meanwhile finds nothing wrong."""
    journal.append(CHAIN, "observed", {})
    with Runner(url, "run-other", APPEND) as other:
        other.wait_until_ready()
        other.go()
        while journal.head(CHAIN)[0] < 101:
            journal.check_whole({})
            journal.check(CHAIN)
        assert other.said() == "appended"
