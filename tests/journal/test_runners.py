"""Several runners on one journal, as processes of their own: leases, appends, crashes."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from runners import Runner
from sqlalchemy import Engine, text

from consolidation.journal import Journal, case_chain

CUSTOMER = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
CHAIN = case_chain("contoso-france", CUSTOMER)

TAKE = f"""
journal.leases.take({CUSTOMER!r})
print("taken", flush=True)
"""
INTEND = f"""
body = {{"action": "checkout", "request_id": "r", "correlation_id": "c"}}
journal.intend({CHAIN!r}, ["a"], body, phase="04_recreate", customer={CUSTOMER!r})
print("intended", flush=True)
"""
APPEND = f"""
for place in range(50):
    journal.append({CHAIN!r}, "observed", {{"place": place}})
print("appended", flush=True)
"""
HALF = f"""
from consolidation.journal import chain_rows
from consolidation.journal.database import chain_transaction
with chain_transaction(journal._engine, {CHAIN!r}) as connection:
    chain_rows.append(connection, {CHAIN!r}, "observed", {{"place": "lost"}}, None)
    print("half", flush=True)
    sys.stdin.readline()
"""
BIND = """
journal.bind({"name": "contoso", "endpoints": [], "sources": {}, "target": "3333"})
print("bound", flush=True)
"""


def expire(database: Engine) -> None:
    """Let every lease have expired, as time would."""
    with database.begin() as connection:
        connection.execute(text("UPDATE leases SET expires = 0"))


def test_a_customer_belongs_to_one_runner(journal: Journal, url: str) -> None:
    """S3: while one runner has a customer another one is turned away by name, and can have the next customer."""
    with Runner(url, "run-one", TAKE) as one, Runner(url, "run-two", TAKE) as two:
        assert one.do() == "taken"
        assert two.do().startswith(f"LeaseLost Customer {CUSTOMER} is being worked on by run-one.")
    with Runner(url, "run-two", TAKE.replace(CUSTOMER, "another")) as two:
        assert two.do() == "taken"
    assert journal.chains() == []


def test_the_kernels_of_one_run_share_its_lease(url: str, journal: Journal) -> None:
    """A kernel inherits the id of its run, so that it renews the run's lease and writes under it."""
    with Runner(url, "run-one", TAKE) as run, Runner(url, "run-one", INTEND) as kernel:
        assert run.do() == "taken"
        assert kernel.do() == "intended"
    assert [entry.runner for entry in journal.entries(CHAIN)] == ["run-one"]


def test_the_lease_of_a_dead_runner_is_taken_when_it_has_expired(url: str, journal: Journal, database: Engine) -> None:
    """M29: a dead runner keeps its customer until the lease expires; then another goes on, and it cannot return."""
    with Runner(url, "run-dead", TAKE) as dead:
        assert dead.do() == "taken"
        dead.kill()
    with Runner(url, "run-next", TAKE) as early:
        assert early.do().startswith("LeaseLost")
    expire(database)
    with Runner(url, "run-next", TAKE) as late, Runner(url, "run-dead", INTEND) as back:
        assert late.do() == "taken"
        assert back.do().startswith("LeaseLost")
    assert journal.open_intentions(CHAIN) == []


RENEW = f"""
journal.leases.take({CUSTOMER!r})
print("taken", flush=True)
sys.stdin.readline()
journal.leases.renew({CUSTOMER!r})
print("renewed", flush=True)
"""


@pytest.mark.parametrize(("meanwhile", "renewed"), [("nobody", True), ("took it", False), ("gave it back", False)])
def test_a_lease_that_ran_out_is_renewed_only_if_nobody_had_it_since(
    url: str, database: Engine, meanwhile: str, *, renewed: bool
) -> None:
    """S3: a runner that slept goes on with what it had read only if no other one was at the customer in between."""
    with Runner(url, "run-asleep", RENEW) as asleep:
        assert asleep.do() == "taken"
        expire(database)
        if meanwhile != "nobody":
            with Runner(url, "run-other", TAKE) as other:
                assert other.do() == "taken"
        if meanwhile == "gave it back":
            with database.begin() as connection:
                connection.execute(text("DELETE FROM leases WHERE owner = 'run-other'"))
        asleep.go()
        assert (asleep.said() == "renewed") is renewed


def test_nobody_frees_the_lease_of_another(url: str, journal: Journal) -> None:
    """A runner gives back its own lease only."""
    with Runner(url, "run-one", TAKE) as one:
        assert one.do() == "taken"
        journal.leases.free(CUSTOMER)
        with Runner(url, "run-two", TAKE) as two:
            assert two.do().startswith("LeaseLost")


def test_four_kernels_that_want_one_row_make_one_intention(url: str, journal: Journal) -> None:
    """S3: of four processes of one run that announce the same order at once, one does and three are held."""
    with ExitStack() as stack:
        with Runner(url, "run-one", TAKE) as run:
            assert run.do() == "taken"
        kernels = [stack.enter_context(Runner(url, "run-one", INTEND)) for _ in range(4)]
        for kernel in kernels:
            kernel.wait_until_ready()
        for kernel in kernels:
            kernel.go()
        said = sorted(kernel.said().split()[0] for kernel in kernels)
    assert said == ["Held", "Held", "Held", "intended"]
    assert len(journal.entries(CHAIN)) == len(journal.open_intentions(CHAIN)) == 1


def test_four_processes_lose_no_entry(url: str, journal: Journal) -> None:
    """Four processes that append 50 entries each to one chain lose none, and the chain is whole."""
    with ExitStack() as stack:
        writers = [stack.enter_context(Runner(url, f"run-{number}", APPEND)) for number in range(4)]
        for writer in writers:
            writer.wait_until_ready()
        for writer in writers:
            writer.go()
        assert [writer.said() for writer in writers] == ["appended"] * 4
    assert journal.check(CHAIN)[0] == 200
    for number in range(4):
        own = [entry.body["place"] for entry in journal.entries(CHAIN) if entry.runner == f"run-{number}"]
        assert own == list(range(50))


def test_four_first_starts_open_a_journal_once(url: str) -> None:
    """Tables and the first entry of a new journal are made once, however many processes start at the same moment."""
    with ExitStack() as stack:
        starts = [stack.enter_context(Runner(url, f"run-{number}", BIND)) for number in range(4)]
        for start in starts:
            start.wait_until_ready()
        for start in starts:
            start.go()
        assert [start.said() for start in starts] == ["bound"] * 4
    journal = Journal(url)
    assert [entry.kind for entry in journal.entries("engagement")] == ["opened"]
    journal.close()


def test_a_process_killed_between_two_statements_leaves_the_chain_whole(url: str, journal: Journal) -> None:
    """M29: what a killed process had not committed is not there, and nobody is kept from writing."""
    journal.append(CHAIN, "observed", {"place": 1})
    with Runner(url, "run-one", HALF) as half:
        assert half.do() == "half"
        half.kill()
    journal.append(CHAIN, "observed", {"place": 2})
    assert journal.check(CHAIN)[0] == 2
    assert [entry.body["place"] for entry in journal.entries(CHAIN)] == [1, 2]
