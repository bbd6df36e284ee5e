"""The clouds in which Partner Center exists: their endpoints and what each does not allow today."""

import ipaddress
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Cloud:
    """One Microsoft cloud: where to sign in, where to call, and what it does not allow (M1).

    Args:
        name: How an engagement names the cloud.
        login: Base address of the sign-in service, for example ``https://login.microsoftonline.com``.
        partner_center: Base address of Partner Center without ``/v1``.
        graph: Base address of Microsoft Graph.
        ca_bundle: PEM file of the authorities to trust in place of the ordinary ones.
        closed: One sentence when nothing may be started in this cloud, else None.
        limits: One sentence for each thing this cloud does not allow today.
        takes_relationship_requests: Whether an existing customer can be asked to accept a partner here.
        lists_administration: Whether Microsoft Graph lists granular delegated admin privileges here.

    Raises:
        ValueError: An endpoint is no https address (plain http is for loopback only) or carries a path.

    Source: "Developing for Partner Center for Microsoft national cloud", "Partner Center REST URLs".
    """

    name: str
    login: str
    partner_center: str
    graph: str
    ca_bundle: Path | None = None
    closed: str | None = None
    limits: tuple[str, ...] = ()
    takes_relationship_requests: bool = True
    lists_administration: bool = True

    def __post_init__(self) -> None:
        for field in ("login", "partner_center", "graph"):
            address = getattr(self, field).rstrip("/")
            object.__setattr__(self, field, address)
            parts = urlsplit(address)
            # Tokens travel to these addresses: they never go over the network in clear.
            safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(parts.hostname))
            if not safe or not parts.hostname or parts.path or parts.query or parts.fragment:
                message = f"{field} must be an https address without a path, such as https://host, not {address!r}."
                raise ValueError(message)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """All addresses that this cloud is reached under."""
        return (self.login, self.partner_center, self.graph)

    @property
    def scope(self) -> str:
        """The scope to ask tokens for. Source: "Partner Center authentication"."""
        return f"{self.partner_center}/.default"

    @property
    def graph_scope(self) -> str:
        """The scope to ask tokens for Microsoft Graph for."""
        return f"{self.graph}/.default"

    @property
    def is_loopback(self) -> bool:
        """Whether every endpoint is this very computer, reached without a proxy (S12).

        Read anew each time: the proxy settings of the process may have changed since.
        """
        every = all(is_loopback_host(urlsplit(address).hostname) for address in self.endpoints)
        return every and not _any_through_proxy(self.endpoints)


def is_loopback_host(host: str | None) -> bool:
    """Whether a host name or address is localhost, 127/8 or ::1, judged by its text alone (S12)."""
    if not host:
        return False
    if host.casefold() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.ip_network("127.0.0.0/8")
    return address == ipaddress.ip_address("::1")


def _any_through_proxy(addresses: Iterable[str]) -> bool:
    proxies = urllib.request.getproxies()
    parts = [urlsplit(address) for address in addresses]
    asked = [part for part in parts if proxies.get(part.scheme) or proxies.get("all")]
    return any(not urllib.request.proxy_bypass(part.hostname or "") for part in asked)


_NATIONAL_TRANSFERS = (
    "Subscriptions cannot be transferred between partners here: Partner Center refuses transfers for customers of "
    "national clouds (error 900138)."
)
_NATIONAL_AGREEMENTS = (
    "The customer agreement cannot be attested through Partner Center here: agreements exist in the public cloud only."
)

CLOUDS: dict[str, Cloud] = {
    "global": Cloud(
        name="global",
        login="https://login.microsoftonline.com",
        partner_center="https://api.partnercenter.microsoft.com",
        graph="https://graph.microsoft.com",
    ),
    "us-government": Cloud(
        name="us-government",
        login="https://login.microsoftonline.us",
        partner_center="https://api.partnercenter.microsoft.com",
        graph="https://graph.microsoft.us",
        takes_relationship_requests=False,
        limits=(
            "A reseller relationship cannot be requested from an existing customer: it has one partner only.",
            _NATIONAL_TRANSFERS,
            _NATIONAL_AGREEMENTS,
        ),
    ),
    "china": Cloud(
        name="china",
        login="https://login.partner.microsoftonline.cn",
        partner_center="https://partner.partnercenterapi.microsoftonline.cn",
        graph="https://microsoftgraph.chinacloudapi.cn",
        lists_administration=False,
        limits=(
            "Azure is not sold through Partner Center operated by 21Vianet: Azure subscriptions cannot be moved here.",
            _NATIONAL_TRANSFERS,
            _NATIONAL_AGREEMENTS,
            "Service requests and licence management are not available here: ask 21Vianet support in its own portal.",
        ),
    ),
    "germany": Cloud(
        name="germany",
        login="https://login.microsoftonline.de",
        partner_center="https://api.partnercenter.microsoft.com",
        graph="https://graph.microsoft.de",
        closed="Microsoft Cloud Germany is closed: nothing can be consolidated there any more.",
        limits=("Nothing can be invited, bought, transferred or suspended here: Microsoft has closed this cloud.",),
    ),
}
"""The clouds by the name that an engagement gives them."""
