"""The one exception with which a rule of Partner Center says no."""

from typing import Any


class Refusal(Exception):
    """A business rule or an access check said no.

    Attributes:
        status: HTTP status of the answer.
        code: Partner Center error code (Microsoft page "Partner Center REST error codes").
        description: The sentence that goes with it.
        second_dialect: Extra members of the error body that some pages print instead of ``data`` and ``source``
            (Microsoft page "Confirm customer acceptance of the Microsoft Customer Agreement").
    """

    def __init__(
        self, status: int, code: int, description: str, *, second_dialect: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} / {code}: {description}")
        self.status = status
        self.code = code
        self.description = description
        self.second_dialect = second_dialect

    def body(self) -> dict[str, Any]:
        """Return the error body in the dialect of this refusal."""
        if self.second_dialect is not None:
            return {"code": self.code, "message": self.description, "description": self.description} | (
                self.second_dialect
            )
        return {"code": self.code, "description": self.description, "data": [], "source": "PartnerFD"}
