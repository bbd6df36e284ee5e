"""Seats of new commerce that are bought again in the target and cancelled in the source within their window (M23).

`rows` gives the plan both halves, `cancelling` carries the second one out.
"""
