"""Intentions before effects, and claims: what keeps one source subscription from leading to two orders (S3)."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, create_engine, text

from consolidation.errors import Held, LeaseLost
from consolidation.journal import Journal, case_chain
from consolidation.journal.database import chain_transaction, database_url

CUSTOMER = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
CHAIN = case_chain("contoso-france", CUSTOMER)
OTHER = case_chain("contoso-germany", CUSTOMER)
BODY = {"action": "checkout", "request_id": "r", "correlation_id": "c"}


@pytest.fixture
def leased(journal: Journal) -> Journal:
    """A journal in which this runner holds the customer's lease."""
    journal.leases.take(CUSTOMER)
    return journal


def intend(journal: Journal, *rows: str, chain: str = CHAIN):
    """Announce a checkout for some rows."""
    return journal.intend(chain, rows, BODY, phase="04_recreate", customer=CUSTOMER)


def test_an_intention_is_open_until_it_is_closed(leased: Journal) -> None:
    """An effect is two entries: `intended` with the ids that will be sent, then `done` with the answer."""
    intention = intend(leased, "B", "a")
    assert intention.entry.body == {**BODY, "rows": ["a", "b"]}
    assert leased.open_intentions(CHAIN) == [intention]
    assert leased.open_intentions(OTHER) == []
    done = leased.close_intention(intention, "done", {"order": "o1"})
    assert done.body == {"action": "checkout", "intended": 1, "rows": ["a", "b"], "order": "o1"}
    assert done.phase == "04_recreate"
    assert leased.open_intentions(CHAIN) == []


@pytest.mark.parametrize("second", [("a",), ("A",), ("b", "a")])
def test_a_row_has_one_open_intention(leased: Journal, second: tuple[str, ...]) -> None:
    """S3: a row whose effect is open takes no second one, however its id is written; nothing of it is recorded."""
    first = intend(leased, "a", "c")
    with pytest.raises(Held, match="open intention"):
        intend(leased, *second)
    assert leased.open_intentions(CHAIN) == [first]
    assert leased.head(CHAIN)[0] == 1
    leased.close_intention(first, "refused", {})
    assert intend(leased, *second).rows == tuple(sorted(key.casefold() for key in second))


def test_a_row_that_is_named_twice_is_one_row(leased: Journal) -> None:
    """S8: the same id in upper and in lower case is the same row."""
    assert intend(leased, "AA", "aa").rows == ("aa",)


def test_other_rows_and_other_cases_are_free(leased: Journal) -> None:
    """One open intention per row, not per case: another row, and the same row key of another case, may go on."""
    intentions = [intend(leased, "a"), intend(leased, "b")]
    assert leased.open_intentions(CHAIN) == intentions
    assert intend(leased, "a", chain=OTHER).entry.number == 1


@pytest.mark.parametrize("state", ["never taken", "expired", "another runner's", "given back"])
def test_without_the_lease_nothing_is_intended(journal: Journal, database: Engine, state: str) -> None:
    """S3: the lease is checked in the transaction that writes the intention; without it nothing is written."""
    if state != "never taken":
        journal.leases.take(CUSTOMER)
    if state == "given back":
        journal.leases.free(CUSTOMER)
    changes = {"expired": "expires = 0", "another runner's": "owner = 'run-other'"}
    if state in changes:
        with database.begin() as connection:
            connection.execute(text(f"UPDATE leases SET {changes[state]}"))  # noqa: S608 - our own words
    with pytest.raises(LeaseLost, match=CUSTOMER):
        intend(journal, "a")
    assert journal.open_intentions(CHAIN) == []
    assert journal.head(CHAIN)[0] == 0


def test_an_intention_renews_the_lease(leased: Journal, database: Engine) -> None:
    """A runner that goes on working keeps its customer: each intention renews the lease."""
    with database.begin() as connection:
        connection.execute(text("UPDATE leases SET expires = expires - 200"))
        before = connection.execute(text("SELECT expires FROM leases")).scalar_one()
    intend(leased, "a")
    with database.begin() as connection:
        assert connection.execute(text("SELECT expires FROM leases")).scalar_one() > before + 100


def test_a_target_subscription_stands_for_one_row_of_all_cases(journal: Journal) -> None:
    """S1: a claim is unique over all cases, in upper and in lower case; a second one is held and leaves no trace."""
    journal.claim(CHAIN, {"SRC-A": "TGT-1"}, {"how": "ordered"}, phase="04_recreate")
    for chain in (CHAIN, OTHER):
        with pytest.raises(Held, match="stands for another source row already"):
            journal.claim(chain, {"src-b": "tgt-1", "src-c": "tgt-2"}, {}, phase="04_recreate")
    assert journal.claims(CHAIN) == {"src-a": "tgt-1"}
    assert journal.claims(OTHER) == {}
    assert journal.claimed(["TGT-1", "tgt-2"]) == {"tgt-1": CHAIN}
    assert [entry.body["claims"] for entry in journal.entries(CHAIN)] == [{"src-a": "tgt-1"}]


def test_a_row_claims_one_target_subscription(journal: Journal) -> None:
    """S3: a source row that has its subscription in the target does not get a second one."""
    journal.claim(CHAIN, {"src-a": "tgt-1"}, {}, phase="04_recreate")
    with pytest.raises(Held, match="this row has another one"):
        journal.claim(CHAIN, {"src-a": "tgt-2"}, {}, phase="04_recreate")
    journal.claim(OTHER, {"src-a": "tgt-3"}, {}, phase="04_recreate")
    assert journal.claims(CHAIN) == {"src-a": "tgt-1"}


def test_reading_needs_no_turn(journal: Journal, url: str) -> None:
    """Who only looks does not wait for who writes: an open transaction keeps nobody from reading."""
    journal.append(CHAIN, "observed", {})
    engine = create_engine(database_url(url))
    with chain_transaction(engine, CHAIN) as connection:
        connection.execute(text("UPDATE entries SET kind = 'planned'"))
        assert [entry.kind for entry in journal.entries(CHAIN)] == ["observed"]
    engine.dispose()


def test_a_lease_that_is_being_renewed_is_not_taken(journal: Journal, database: Engine) -> None:
    """S3: whoever finds a lease expired while its owner is just renewing it waits for that, and is turned away."""
    journal.leases.take(CUSTOMER)
    with database.begin() as connection:
        connection.execute(text("UPDATE leases SET owner = 'run-other', expires = 0"))
    refused: list[LeaseLost] = []

    def take() -> None:
        try:
            journal.leases.take(CUSTOMER)
        except LeaseLost as error:
            refused.append(error)

    taker = threading.Thread(target=take)
    with database.begin() as owner:
        owner.execute(text("UPDATE leases SET expires = 1e12"))
        taker.start()
        while database.dialect.name == "postgresql" and taker.is_alive() and not someone_waits(database):
            pass
    taker.join()
    (error,) = refused
    assert "run-other" in str(error)


def someone_waits(database: Engine) -> bool:
    """Tell whether a session of PostgreSQL waits for the lock of another one."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with database.connect() as connection:  # a new one each time: within a transaction the answer stays the same
        return bool(connection.execute(waiting).scalar_one())
