"""The memory of an engagement: append-only hash chains, open intentions, claims, leases and the rate budget."""

from consolidation.journal.entries import FIRST_PREVIOUS, VERSION, Entry, check_chain, entry_hash
from consolidation.journal.journal import ENGAGEMENT_CHAIN, Intention, Journal, case_chain

__all__ = [
    "ENGAGEMENT_CHAIN",
    "FIRST_PREVIOUS",
    "VERSION",
    "Entry",
    "Intention",
    "Journal",
    "case_chain",
    "check_chain",
    "entry_hash",
]
