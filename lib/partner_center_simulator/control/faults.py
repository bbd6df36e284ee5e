"""Faults on request: an answer lost, an error out of nowhere, a throttled call.

A run is given them as a YAML file (``serve --faults FILE``), a running simulator by ``POST /simulator/faults`` with the
same as JSON. Rules hold until they are replaced or the simulator is reset or stopped; settings are kept in the home::

    settings:
      latency: 0.3              # seconds that each call takes longer
      provisioning_seconds: 60  # until an order has its subscriptions (Partner Center's clock)
      order_list_seconds: 900   # until an order is in the list of orders (Partner Center's clock)
      renewal_seconds: 7200     # that a renewal runs from 00:00 UTC after the last day (Partner Center's clock)
      transfer_seconds: 900     # from acceptance of a transfer to its end (Partner Center's clock); 900 is the default
      requests_per_minute: 500  # per tenant, then 429 with Retry-After; 0: no limit
    rules:
      - {method: PATCH, path: '/subscriptions/', nth: 2, kind: business_error, code: 2055}
      - {method: GET, path: '/customers$', nth: 1, times: 3, kind: throttle_429, retry_after: 2}

A rule strikes calls whose path holds the regular expression ``path``, from the ``nth`` matching call on (default 1),
``times`` times (default 1, 0 for ever). When several rules hit one call, the first strikes. ``at`` says whose calls it
counts: those of the API (``api``, the default) or those of the sign-in service (``sign_in``). Its ``kind`` is one of:

    latency            the call takes ``seconds`` longer
    drop_before        the connection closes, nothing reached Partner Center
    drop_after         the connection closes after the effect
    error_500_before   500 / 800003 before the effect
    error_500_after    500 / 800003 after the effect
    gateway_before     ``status`` 502, 503 or 504 (default 503) with an HTML page, before the effect
    gateway_after      the same after the effect
    throttle_429       429 with ``retry_after`` s; ``body`` throttle (default, as printed) or error (the error dialect)
    business_error     the refusal with ``code``
    cart_line_error    201, and the error ``code`` on the first line of the cart
    accepted_202       a PATCH takes effect and is answered with 202 and Location alone
    stale_etag         somebody else changes the subscription just before a PATCH, so that its etag is stale
    token_expired      the token of the call counts as expired from now on: 401 / 800001
    mfa_required       a request at the token endpoint is refused for want of MFA (``path`` is searched in that one's)

The sign-in service knows mfa_required, latency, the two drops, the two errors, the two gateways and throttle_429.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

from partner_center_simulator.control.business_errors import BUSINESS_ERRORS, LINE_ERRORS
from partner_center_simulator.documents import Json

KINDS = frozenset(
    {
        "accepted_202",
        "business_error",
        "cart_line_error",
        "drop_after",
        "drop_before",
        "error_500_after",
        "error_500_before",
        "gateway_after",
        "gateway_before",
        "latency",
        "mfa_required",
        "stale_etag",
        "throttle_429",
        "token_expired",
    }
)
PLACES = ("api", "sign_in")
AT_SIGN_IN = frozenset(
    {
        "drop_after",
        "drop_before",
        "error_500_after",
        "error_500_before",
        "gateway_after",
        "gateway_before",
        "latency",
        "mfa_required",
        "throttle_429",
    }
)
GATEWAY_STATUSES = (502, 503, 504)
THROTTLE_BODIES = ("throttle", "error")
CODES: dict[str, Collection[int]] = {"business_error": BUSINESS_ERRORS, "cart_line_error": LINE_ERRORS}
ONLY_METHODS = {
    "accepted_202": {"PATCH"},
    "stale_etag": {"PATCH"},
    "cart_line_error": {"POST", "PUT"},
    "mfa_required": {"POST"},
}


class BadRule(ValueError):
    """A fault rule is not understood."""


@dataclass
class Rule:
    """One fault; what its members mean is said at the top of this module.

    Attributes:
        seen: How many matching calls came since the rule was set.
    """

    method: str
    path: re.Pattern[str]
    kind: str
    nth: int = 1
    times: int = 1
    retry_after: int = 1
    seconds: float = 1.0
    status: int = 503
    code: int = 0
    body: str = "throttle"
    at: str = "api"
    seen: int = 0

    def hits(self, method: str, path: str) -> bool:
        """Count a call and tell whether it is the one."""
        if self.method not in ("*", method) or method not in ONLY_METHODS.get(self.kind, {method}):
            return False
        if not self.path.search(path):
            return False
        self.seen += 1
        return self.seen >= self.nth and (not self.times or self.seen < self.nth + self.times)


class Faults:
    """The rules that are in force.

    Attributes:
        expired: Tokens that count as expired.
    """

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self.expired: set[str] = set()

    def set(self, rules: list[Json]) -> None:
        """Replace all rules; tokens that expired by an earlier one stay expired.

        Raises:
            BadRule: A rule is not understood; the old rules stay.
        """
        self._rules = [_rule(rule) for rule in rules]

    def clear(self) -> None:
        """Forget all rules and what they left behind."""
        self._rules = []
        self.expired.clear()

    def next(self, method: str, path: str) -> Rule | None:
        """Count a call of the API for every rule and return the first one that hits it."""
        return self._first(method, path, "api")

    def next_at_sign_in(self, method: str, path: str) -> Rule | None:
        """Count a request at the sign-in service and return the first rule that hits it."""
        return self._first(method, path, "sign_in")

    def rows(self) -> list[dict[str, object]]:
        """Return the rules with how many matching calls each has seen."""
        return [{**asdict(rule), "path": rule.path.pattern} for rule in self._rules]

    def _first(self, method: str, path: str, at: str) -> Rule | None:
        rules = [rule for rule in self._rules if rule.at == at]
        hit = [rule for rule in rules if rule.hits(method, path)]
        return hit[0] if hit else None


CONVERTERS: dict[str, Callable[[Json], object]] = {
    "method": lambda value: str(value).upper(),
    "path": lambda value: re.compile(str(value)),
    "nth": int,
    "times": int,
    "kind": str,
    "retry_after": int,
    "seconds": float,
    "status": int,
    "code": int,
    "body": str,
    "at": str,
}


def _rule(value: Json) -> Rule:
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise BadRule(f"a rule needs a kind out of {', '.join(sorted(KINDS))}")
    unknown = set(value) - set(CONVERTERS)
    if unknown:
        raise BadRule(f"a rule has no {', '.join(sorted(unknown))}")
    try:
        members: dict[str, Json] = {name: CONVERTERS[name](given) for name, given in value.items()}
        # Only the sign-in service asks for MFA, so that this need not be said.
        at = "sign_in" if value["kind"] == "mfa_required" else "api"
        rule = Rule(**{"method": "*", "path": re.compile(""), "at": at, **members})
    except (re.error, TypeError, ValueError) as error:
        raise BadRule(f"a rule is not understood: {error}") from error
    codes = CODES.get(rule.kind)
    if codes is not None and rule.code not in codes:
        raise BadRule(f"{rule.kind} needs a code out of {', '.join(map(str, codes))}")
    if rule.status not in GATEWAY_STATUSES:
        raise BadRule(f"status is one of {', '.join(map(str, GATEWAY_STATUSES))}")
    if rule.body not in THROTTLE_BODIES:
        raise BadRule(f"body is one of {', '.join(THROTTLE_BODIES)}")
    if rule.at not in PLACES or (rule.at == "sign_in" and rule.kind not in AT_SIGN_IN):
        raise BadRule(
            f"at is one of {', '.join(PLACES)}, and the sign-in service knows {', '.join(sorted(AT_SIGN_IN))}"
        )
    if rule.kind == "mfa_required" and rule.at != "sign_in":
        raise BadRule("mfa_required strikes the sign-in service alone")
    if rule.nth < 1 or rule.times < 0 or rule.seconds < 0 or rule.retry_after < 0:
        raise BadRule("nth is 1 or more, and times, seconds and retry_after are not negative")
    return rule
