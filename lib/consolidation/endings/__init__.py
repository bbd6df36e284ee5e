"""Ends without a counterpart bought in the cut-over: what runs out with its term, and what is retired (M23).

`rows` gives the plan its second half, `switching` carries it out, `purchases` finds what was bought in the target for
what runs out, `standing` says how each of them stands, by the clock.
"""
