"""What the runbook comes to in days and in money: overlaps, charge periods, credits, prices. Decimal, UTC days."""
