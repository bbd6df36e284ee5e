"""All chains in one reading say what each chain says when it is asked for (M37, S8)."""

from __future__ import annotations

from consolidation.journal import Journal
from consolidation.journal.at_once import read_chains

CHAINS = ("case/a/1", "case/a/10", "case/a/2", "case/b/1", "engagement")


def test_every_chain_is_read_whole_and_once(journal: Journal) -> None:
    """S8, M37: names that look alike, kinds, phases, places and claims: what was read is what would be asked for."""
    for turn in range(3):
        for chain in CHAINS:
            journal.append(chain, "outcome", {"turn": turn, "of": chain}, phase="01_prepare")
            journal.append(chain, "observed", {"turn": turn}, phase=None)
    journal.claim("case/a/2", {"S1": "T1"}, {}, phase="04_recreate")
    read = dict(read_chains(journal))
    assert sorted(read) == sorted(CHAINS)
    for chain, kept in read.items():
        assert kept.entries(chain) == journal.entries(chain)
        assert kept.entries(chain, after=2, kinds={"outcome"}) == journal.entries(chain, after=2, kinds={"outcome"})
        assert kept.last(chain, "outcome", phase="01_prepare") == journal.last(chain, "outcome", phase="01_prepare")
        assert kept.claims(chain) == journal.claims(chain)


def test_it_is_one_state_and_asks_anew_for_other_chains(journal: Journal) -> None:
    """M37: what is written after the reading is not in it; another chain is asked for in the database."""
    journal.append("case/a/1", "outcome", {"turn": 0})
    ((_, kept),) = read_chains(journal)
    journal.append("case/a/1", "outcome", {"turn": 1})
    journal.append("case/b/1", "outcome", {"turn": 2})
    journal.claim("case/b/1", {"s": "t"}, {}, phase="04_recreate")
    assert [entry.body["turn"] for entry in kept.entries("case/a/1")] == [0]
    assert [entry.body["turn"] for entry in kept.entries("case/b/1", kinds={"outcome"})] == [2]
    assert kept.claims("case/b/1") == {"s": "t"}
