"""The HTTP client that MSAL is given, so that sign-in uses the same door to the network as everything else."""

from collections.abc import Mapping
from dataclasses import dataclass

from partner_center import errors
from partner_center.calls import Patience
from partner_center.clouds import Cloud
from partner_center.wire import Connection, NoAnswerError, Response, Wire


@dataclass(frozen=True)
class SignInResponse:
    """An answer of the sign-in service, in the shape that MSAL reads."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Raise when the status is an error, as MSAL expects of its HTTP client.

        Raises:
            ServiceFailure: The status is 400 or higher.
        """
        if self.status_code >= 400:
            message = f"The sign-in service answered HTTP {self.status_code}."
            step = "Wait a minute, then run the step again."
            raise errors.ServiceFailure(message, status=self.status_code, operation="sign in", next_step=step)


class SignInHttp:
    """Carries MSAL's requests; repeats what found no connection or met a server error.

    Args:
        cloud: Where the sign-in service is.
        timeout: Seconds to wait for an answer.
        patience: How long a request is repeated.
        wire: Takes the place of the network.
    """

    def __init__(
        self, cloud: Cloud, *, timeout: float = 30.0, patience: Patience | None = None, wire: Wire | None = None
    ) -> None:
        self._connection = Connection(cloud, timeout=timeout, wire=wire)
        self._patience = patience or Patience(attempts=3, seconds=60.0)

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> SignInResponse:
        """Send a GET request."""
        return self._send("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str | bytes] | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> SignInResponse:
        """Send a form."""
        form = data if data is None or isinstance(data, str) else _as_text(data)
        return self._send("POST", url, params, headers, form)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        form: Mapping[str, str] | str | None,
    ) -> SignInResponse:
        for attempt in self._patience.attempts_with_waits():
            with attempt:
                try:
                    answer = self._connection.send(method, url, params=params, headers=headers, form=form)
                except NoAnswerError as error:
                    step = "Check the network, then run the step again."
                    raise errors.Unreachable(str(error), operation="sign in", next_step=step) from None
                return _for_msal(answer)
        raise AssertionError  # the attempts end in an answer or in an error


def _as_text(form: Mapping[str, str | bytes]) -> dict[str, str]:
    # MSAL signs an assertion into bytes; as they are, the form would carry Python's way of writing them.
    return {name: value.decode("ascii") if isinstance(value, bytes) else value for name, value in form.items()}


def _for_msal(answer: Response) -> SignInResponse:
    text = answer.content.decode("utf-8-sig", errors="replace")
    response = SignInResponse(status_code=answer.status, text=text, headers=answer.headers)
    if response.status_code >= 500:
        response.raise_for_status()
    return response
