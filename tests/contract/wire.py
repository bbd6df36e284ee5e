"""A wire on which every request is held to the contract before it goes on."""

import httpx
from contract.contract import contract

SIGN_IN = "/oauth2/v2.0/token"
DEVICE_CODE = "device_code"


class ContractWire(httpx.BaseTransport):
    """Lets a request pass when the contract allows it, and keeps what passed.

    Of the sign-in service only the token requests are in the contract, and of those not the ones for a device code.

    Attributes:
        passed: The operationIds of the requests in the order in which they were sent.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.passed: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Check and send one request.

        Raises:
            AssertionError: The contract does not allow it.
        """
        path = request.url.raw_path.decode("ascii")
        body = request.read()
        if path.startswith("/v1/") or (path.endswith(SIGN_IN) and DEVICE_CODE not in body.decode()):
            operation = contract().check_request(request.method, path, None, request.headers, body)
            self.passed.append(operation.identifier)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is behind."""
        self._inner.close()
