"""What the runbook comes to in money: charge periods, credits, prices, overlaps. Pure, Decimal, UTC days."""

from consolidation.billing.overlap import overlap_days, overlap_sentence

__all__ = ["overlap_days", "overlap_sentence"]
