"""How often each operation was called."""

from collections import Counter


class CallCounts:
    """Calls per method, route and partner tenant since the start or the last reset."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def count(self, method: str, route: str, tenant: str) -> None:
        """Count one call."""
        self._counts[method, route, tenant] += 1

    def rows(self) -> list[dict[str, object]]:
        """Return one row per method, route and tenant."""
        return [
            {"method": method, "route": route, "tenant": tenant, "count": count}
            for (method, route, tenant), count in sorted(self._counts.items())
        ]

    def reset(self) -> None:
        """Start again from zero."""
        self._counts.clear()
