"""The hash chains: whatever is altered, cut or newer is refused by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from consolidation.errors import JournalError
from consolidation.journal import FIRST_PREVIOUS, Entry, Journal, case_chain, entry_hash
from consolidation.journal.entries import canonical_json
from consolidation.runner import VARIABLE

CHAIN = case_chain("contoso-france", "3F6B7C1E-8A54-4D0E-9C1B-2A7F5E0D1C11")


def write(journal: Journal, count: int) -> list[Entry]:
    """Append some entries to the case's chain."""
    return [journal.append(CHAIN, "observed", {"place": place}, phase="01_prepare") for place in range(1, count + 1)]


def alter(database: Engine, statement: str, **values: object) -> None:
    """Change the table of entries as somebody with a database tool would."""
    with database.begin() as connection:
        connection.execute(text(statement), values)


def test_each_entry_names_the_hash_of_the_one_before(journal: Journal) -> None:
    """Each chain starts at zeros, counts from 1 without gaps, and carries the hash of its predecessor."""
    entries = write(journal, 3)
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [FIRST_PREVIOUS, entries[0].hash, entries[1].hash]
    assert journal.check(CHAIN) == journal.head(CHAIN) == (3, entries[2].hash)
    assert journal.entries(CHAIN) == entries


def test_chains_do_not_touch_one_another(journal: Journal) -> None:
    """There is one chain per case and one for the engagement, which is named first."""
    write(journal, 1)
    other = journal.append("engagement", "observed", {})
    assert other.number == 1
    assert journal.chains() == ["engagement", CHAIN]
    assert journal.every.of_customer("3F6B7C1E-8a54-4d0e-9c1b-2a7f5e0d1c11") == [CHAIN]


@pytest.mark.parametrize("column", ["at", "kind", "phase", "runner", "body", "previous", "hash"])
def test_an_altered_entry_is_named(journal: Journal, database: Engine, column: str) -> None:
    """Whatever is changed of an entry, the check names that entry and says that nothing runs."""
    write(journal, 4)
    value = '{"place":7}' if column == "body" else "0" * 40
    alter(database, f"UPDATE entries SET {column} = :value WHERE number = 2", value=value)  # noqa: S608 - our own words
    with pytest.raises(JournalError, match=rf"^Entry 2 of {CHAIN} was altered.*Nothing runs on this journal"):
        journal.check(CHAIN)


def test_an_entry_with_a_new_hash_is_found_by_the_next_one(journal: Journal, database: Engine) -> None:
    """Who alters an entry and its hash is found out by the entry after it."""
    entries = write(journal, 3)
    forged = Entry.from_line(entries[1].line().replace('"place":2', '"place":9'))
    body = canonical_json(forged.body)
    covered = {key: value for key, value in json.loads(forged.line()).items() if key != "hash"}
    alter(
        database,
        "UPDATE entries SET body = :body, hash = :hash WHERE number = 2",
        body=body,
        hash=entry_hash(**covered),
    )
    with pytest.raises(JournalError, match=f"Entry 3 of {CHAIN} was altered"):
        journal.check(CHAIN)


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 2), (2, 3)])
def test_a_gap_is_named(journal: Journal, database: Engine, first: int, last: int) -> None:
    """Entries cut out of a chain are noticed at the first one after the gap."""
    write(journal, 4)
    alter(database, "DELETE FROM entries WHERE number BETWEEN :first AND :last", first=first, last=last)
    with pytest.raises(JournalError, match=f"Entry {last + 1} of {CHAIN} follows entry {first - 1}"):
        journal.check(CHAIN)


def test_a_cut_end_is_noticed_where_an_effect_was_open(journal: Journal, database: Engine) -> None:
    """S3: an open intention whose entry was cut off stops everything; its order must not be sent again."""
    write(journal, 1)
    journal.leases.take("customer")
    journal.intend(CHAIN, ["a"], {"action": "checkout"}, phase="04_recreate", customer="customer")
    alter(database, "DELETE FROM entries WHERE number = 2")
    with pytest.raises(JournalError, match=f"Entry 2 of {CHAIN}"):
        journal.open_intentions(CHAIN)


def test_an_entry_of_a_newer_program_is_refused(journal: Journal, database: Engine) -> None:
    """An entry with a newer version is neither read nor followed by one of ours; both versions are named."""
    write(journal, 2)
    alter(database, "UPDATE entries SET v = 2 WHERE number = 2")
    newer = f"Entry 2 of {CHAIN} has version 2; this program knows 1"
    with pytest.raises(JournalError, match=newer):
        journal.check(CHAIN)
    with pytest.raises(JournalError, match=newer):
        journal.entries(CHAIN)
    with pytest.raises(JournalError, match=newer):
        write(journal, 1)


def test_an_entry_that_is_no_json_is_named(journal: Journal, database: Engine) -> None:
    """A body that cannot even be read is a sentence with the entry's name, not a traceback."""
    write(journal, 2)
    alter(database, "UPDATE entries SET body = :body WHERE number = 1", body='{"place":')
    with pytest.raises(JournalError, match=f"Entry 1 of {CHAIN} was altered"):
        journal.entries(CHAIN)


def test_entries_are_found_by_kind_phase_and_number(journal: Journal) -> None:
    """What is asked for by kind, phase or number comes in the order in which it was written."""
    write(journal, 2)
    planned = journal.append(CHAIN, "planned", {"rows": []}, phase="04_recreate")
    assert journal.entries(CHAIN, after=2) == [planned]
    assert journal.entries(CHAIN, kinds={"planned"}) == [planned]
    assert journal.entries(CHAIN, phase="04_recreate") == [planned]
    assert journal.last(CHAIN, "observed", phase="04_recreate") is None
    assert journal.last(CHAIN, "observed") == journal.entries(CHAIN)[1]


ODD = ["\ud83d", "a\x00b", "=1+1", "\u202egnp.exe", "Ünïcödé 漢字 🥐", "\r\n\t", "\\ud83d"]


@pytest.mark.parametrize("odd", ODD)
def test_text_of_others_survives_as_it_came(journal: Journal, odd: str) -> None:
    """S11: text from customers, half characters and NUL included, comes back as it was and keeps the chain whole."""
    journal.append(CHAIN, "observed", {"company": odd, odd: 1})
    assert journal.entries(CHAIN)[0].body == {"company": odd, odd: 1}
    assert journal.check(CHAIN)[0] == 1


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text(), _VALUES))
def test_a_line_of_a_segment_reads_back_as_the_entry(body: dict[str, object]) -> None:
    """M32: the one line that stands for an entry in the archive is UTF-8, has no line break, and reads back equal."""
    entry = Entry(CHAIN, 1, 1, "2026-02-03T12:00:00.000+00:00", "observed", None, "run-1", body, FIRST_PREVIOUS, "0")
    line = entry.line()
    assert "\n" not in line
    assert line.encode("utf-8")
    assert Entry.from_line(line) == entry


@pytest.mark.parametrize("text_", ["", "{", "[]", '{"chain":"x"}', '{"chain":"x","surplus":1}', "null"])
def test_a_line_that_is_no_entry_is_refused(text_: str) -> None:
    """A damaged line of a segment is a sentence, not a traceback."""
    with pytest.raises(JournalError, match="not a journal entry"):
        Entry.from_line(text_)


IDENTITY = {
    "name": "contoso",
    "endpoints": ["https://localhost:1"],
    "sources": {"contoso-france": "1111"},
    "target": "3333",
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": "fabrikam"}, "name"),
        ({"endpoints": ["https://localhost:2"]}, "endpoints"),
        ({"target": "4444"}, "target"),
        ({"sources": {"contoso-france": "2222"}}, "source contoso-france"),
        ({"sources": {}}, "source contoso-france"),
    ],
)
def test_a_journal_of_another_engagement_is_refused(journal: Journal, change: dict[str, object], named: str) -> None:
    """A journal stays with the engagement that opened it; what differs is named."""
    journal.bind(IDENTITY)
    journal.bind(IDENTITY)
    with pytest.raises(JournalError, match=f"belongs to another engagement: what differs is {named}"):
        journal.bind({**IDENTITY, **change})
    assert len(journal.entries("engagement")) == 1


def test_a_source_may_be_added_to_a_running_engagement(journal: Journal) -> None:
    """M4: several source tenants, of which one may join later."""
    journal.bind(IDENTITY)
    journal.bind({**IDENTITY, "sources": {"contoso-france": "1111", "contoso-germany": "2222"}})
    assert len(journal.entries("engagement")) == 1


@pytest.mark.parametrize(
    "folder", ["OneDrive - Contoso", "Dropbox", "Google Drive", "iCloudDrive", "Nextcloud", "Library/CloudStorage/Box"]
)
def test_a_synchronised_folder_is_refused(tmp_path: Path, folder: str) -> None:
    """A SQLite journal in a folder that a service synchronises is refused before anything is made there."""
    path = tmp_path / folder / "engagements" / "journal.db"
    with pytest.raises(JournalError, match=r"synchronised folder.*local disk, or use PostgreSQL"):
        Journal(f"sqlite:///{path}")
    assert not path.parent.exists()


@pytest.mark.parametrize("path", ["//server/share/journal.db", "\\\\server\\share\\journal.db"])
def test_a_network_folder_is_refused(path: str) -> None:
    """A SQLite journal on a network share is refused where its path shows it."""
    with pytest.raises(JournalError, match="network or synchronised folder"):
        Journal(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite+pysqlite:///journal.db", "mysql://host/database", "journal.db", ""]
)
def test_only_sqlite_files_and_postgresql_are_journals(url: str) -> None:
    """A journal in memory, or in a database whose locks we do not know, is refused with what to write instead."""
    with pytest.raises(JournalError, match=r"neither a SQLite file nor a PostgreSQL.*sqlite:///FILE\.db"):
        Journal(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of another kind in the journal's place is a sentence that names it, and is left as it is."""
    path = tmp_path / "journal.db"
    path.write_text("customer,source\n" * 500, encoding="utf-8")
    with pytest.raises(JournalError, match=r"journal\.db cannot be opened"):
        Journal(f"sqlite:///{path}")
    assert path.read_text(encoding="utf-8").startswith("customer")


@pytest.mark.parametrize(("runner", "is_kept"), [("", False), ("run-1", True)])
def test_a_run_keeps_its_connection_and_a_notebook_by_hand_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: str, is_kept: bool
) -> None:
    """M37: a run does not pay for each question; what may stay open for days leaves one whole file to others."""
    monkeypatch.setenv(VARIABLE, runner)
    path = tmp_path / "journal.db"
    journal = Journal(f"sqlite:///{path}")
    journal.append("engagement", "observed", {})
    beside = path.with_name("journal.db-wal")
    assert beside.exists() is is_kept
    journal.close()
    assert not beside.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A journal whose folder cannot be made is a sentence, not a traceback."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal(f"sqlite:///{tmp_path / 'taken' / 'journal.db'}")


def test_a_password_is_never_shown() -> None:
    """S10: neither the error nor the journal's address shows the database's password."""
    with pytest.raises(JournalError) as refused:
        Journal("postgresql://ana:se-cret@localhost:9/journal")
    assert "se-cret" not in str(refused.value)
    assert "***" in str(refused.value)
