"""Microsoft's activity log of every tenant: viewed, kept beyond its 90 days, matched with what we did (M21, M33)."""
