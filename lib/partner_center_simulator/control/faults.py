"""Faults on request: an answer lost, an error out of nowhere, a throttled call."""

import re
from dataclasses import dataclass

from partner_center_simulator.documents import Json

KINDS = frozenset({"drop_before", "drop_after", "error_500_before", "error_500_after", "throttle_429"})


class BadRule(ValueError):
    """A fault rule is not understood."""


@dataclass
class Rule:
    """One fault, for the n-th call of a method whose path matches.

    Attributes:
        method: HTTP method, ``*`` for any.
        path: Regular expression, searched in the path.
        nth: Which matching call is hit, from 1, counted from the moment the rule was set.
        kind: drop_before and error_500_before never reach Partner Center; drop_after and error_500_after come after
            the effect; throttle_429 refuses.
        retry_after: Seconds in the Retry-After header of a throttled call.
    """

    method: str
    path: re.Pattern[str]
    nth: int
    kind: str
    retry_after: int = 1
    seen: int = 0

    def hits(self, method: str, path: str) -> bool:
        """Count a call and tell whether it is the one."""
        if self.method not in ("*", method) or not self.path.search(path):
            return False
        self.seen += 1
        return self.seen == self.nth


class Faults:
    """The rules that are in force."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def set(self, rules: list[Json]) -> None:
        """Replace all rules.

        Raises:
            BadRule: A rule is not understood; the old rules stay.
        """
        self._rules = [_rule(rule) for rule in rules]

    def next(self, method: str, path: str) -> Rule | None:
        """Count a call for every rule and return the first one that hits it."""
        hit = [rule for rule in self._rules if rule.hits(method, path)]
        return hit[0] if hit else None

    def rows(self) -> list[dict[str, object]]:
        """Return the rules with how many matching calls each has seen."""
        return [
            {
                "method": rule.method,
                "path": rule.path.pattern,
                "nth": rule.nth,
                "kind": rule.kind,
                "retry_after": rule.retry_after,
                "seen": rule.seen,
            }
            for rule in self._rules
        ]


def _rule(value: Json) -> Rule:
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise BadRule(f"a rule needs a kind out of {', '.join(sorted(KINDS))}")
    unknown = set(value) - {"method", "path", "nth", "kind", "retry_after"}
    if unknown:
        raise BadRule(f"a rule has no {', '.join(sorted(unknown))}")
    try:
        return Rule(
            method=str(value.get("method", "*")).upper(),
            path=re.compile(str(value.get("path", ""))),
            nth=int(value.get("nth", 1)),
            kind=value["kind"],
            retry_after=int(value.get("retry_after", 1)),
        )
    except (re.error, TypeError, ValueError) as error:
        raise BadRule(f"a rule is not understood: {error}") from error
