"""The final invoice checked against what was done: read, matched with the expected credits, and waited for (M17)."""
