"""Kinds and routes: what each subscription is, which way it goes, and what a person may choose instead (M22, M23).

The tables are `rules` (the route), `remarks` (what else is said) and `alternatives` (what may be chosen).
"""

from consolidation.routes.classification import ChosenRoute, Classification, classify
from consolidation.routes.facts import BY_HAND, Facts, Route
from consolidation.routes.kinds import KNOWN_STATUSES, Kind, kind_of

__all__ = [
    "BY_HAND",
    "KNOWN_STATUSES",
    "ChosenRoute",
    "Classification",
    "Facts",
    "Kind",
    "Route",
    "classify",
    "kind_of",
]
