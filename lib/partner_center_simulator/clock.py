"""Partner Center's clock: simulated, in step with the real one until somebody moves it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from partner_center_simulator.documents import Documents


class Clock:
    """The time that Partner Center says it is, in UTC; its distance to the real clock is kept over restarts."""

    def __init__(self, documents: Documents, start: datetime | None) -> None:
        self._documents = documents
        if start is not None or documents.get("clock", "", "") is None:
            # Nine in the morning: a first look never happens close to the end of a UTC day.
            self.set(start or datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0))

    def now(self) -> datetime:
        """Return the simulated instant, aware, UTC."""
        document = self._documents.get("clock", "", "")
        return datetime.now(UTC) + timedelta(seconds=document["seconds_ahead"] if document else 0.0)

    def set(self, instant: datetime) -> None:
        """Move the clock to an instant; it runs on from there."""
        with self._documents.transaction():
            ahead = (instant.astimezone(UTC) - datetime.now(UTC)).total_seconds()
            self._documents.put("clock", "", "", {"seconds_ahead": ahead})

    def advance(self, seconds: float) -> None:
        """Move the clock by some seconds, backwards when negative."""
        self.set(self.now() + timedelta(seconds=seconds))

    def date_header(self) -> str:
        """Return the present instant as the Date header of an answer."""
        return format_datetime(self.now(), usegmt=True)


def timestamp(instant: datetime) -> str:
    """Write an instant as Partner Center does in resources: UTC, milliseconds, Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def midnight(instant: datetime) -> str:
    """Write the start of the UTC day of an instant."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT00:00:00Z")


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date or instant; without a zone it is UTC.

    Raises:
        ValueError: The text is no ISO 8601 date or instant.
    """
    instant = datetime.fromisoformat(text.strip())
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
