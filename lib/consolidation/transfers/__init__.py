"""Transfers from partner to partner: what is asked for, what became of it, and what stands in the target for it.

`stages` reads Microsoft's words, `record` the journal, `reading` both tenants. `planning` makes the rows, `sending`
requests, accepts and withdraws, `matching` finds the new subscriptions, `standing` says how each row stands, `result`
what the whole has come to. `words` and `role_assignments` are what people are told.
"""
