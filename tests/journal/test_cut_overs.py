"""Cut-overs under way: three at once over all runners, however many begin in the same moment (S13)."""

from __future__ import annotations

from contextlib import ExitStack

from runners import Runner
from sqlalchemy import Engine, text

from consolidation.journal import Journal, case_chain

BEGIN = """
journal.leases.take({customer!r})
others = journal.cut_overs.begin({chain!r}, {customer!r}, besides={besides!r}, most=3)
print("begun" if not others else f"{{len(others)}} in the way", flush=True)
"""


def chain(number: int) -> str:
    """Return the chain of a case."""
    return case_chain("contoso-france", f"customer-{number}")


def begin(number: int, *standing: int) -> str:
    """Return what a runner does that begins a cut-over."""
    besides = {chain(other) for other in standing}
    return BEGIN.format(customer=f"customer-{number}", chain=chain(number), besides=besides)


def test_of_eight_that_begin_at_once_three_do(url: str, journal: Journal) -> None:
    """S13: eight processes begin in one moment, before any order is announced: three may, five are told."""
    with ExitStack() as stack:
        runners = [stack.enter_context(Runner(url, f"run-{number}", begin(number))) for number in range(8)]
        for runner in runners:
            runner.wait_until_ready()
        for runner in runners:
            runner.go()
        said = sorted(runner.said() for runner in runners)
    assert said == ["3 in the way"] * 5 + ["begun"] * 3
    assert len(journal.cut_overs.under_way()) == 3


def test_what_is_set_up_and_not_suspended_counts_as_well(url: str, journal: Journal) -> None:
    """S13: two that stand half-finished and one in hand are three; the same case in both is one."""
    with Runner(url, "run-one", begin(1, 7, 8)) as one, Runner(url, "run-two", begin(2, 1, 7)) as two:
        assert one.do() == "begun"
        assert two.do() == "begun"
    with Runner(url, "run-three", begin(3, 7)) as three:
        assert three.do() == "3 in the way"
    assert journal.cut_overs.under_way() == {chain(1), chain(2)}


def test_it_ends_with_the_lease_of_its_runner(url: str, journal: Journal, database: Engine) -> None:
    """S13, M29: a dead runner's cut-over is in nobody's way once its lease has run out, and never another runner's."""
    with Runner(url, "run-dead", begin(1)) as dead:
        assert dead.do() == "begun"
        dead.kill()
    assert journal.cut_overs.under_way() == {chain(1)}
    journal.cut_overs.end(chain(1))
    assert journal.cut_overs.under_way() == {chain(1)}, "only the runner that began it ends it"
    with database.begin() as connection:
        connection.execute(text("UPDATE leases SET expires = 0"))
    assert journal.cut_overs.under_way() == set()
    with Runner(url, "run-next", begin(1)) as following:
        assert following.do() == "begun"
    assert journal.cut_overs.under_way() == {chain(1)}


def test_a_runner_ends_its_own_and_makes_room(journal: Journal) -> None:
    """S13: when the suspension has ended another case may begin, and whoever asks twice has begun once."""
    for number in (1, 2, 3, 3):
        journal.leases.take(f"customer-{number}")
        assert not journal.cut_overs.begin(chain(number), f"customer-{number}", besides=(), most=3)
    journal.leases.take("customer-4")
    assert journal.cut_overs.begin(chain(4), "customer-4", besides=(), most=3) == {chain(1), chain(2), chain(3)}
    journal.cut_overs.end(chain(2))
    assert not journal.cut_overs.begin(chain(4), "customer-4", besides=(), most=3)
    journal.leases.free("customer-1")
    assert journal.cut_overs.under_way() == {chain(3), chain(4)}
