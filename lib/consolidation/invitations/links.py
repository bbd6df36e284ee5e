"""The links of a mail: the invitation, right for the cloud and for an indirect reseller, and the one for GDAP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from partner_center import Cloud

# A host without a user name before it: https://admin.microsoft.com@elsewhere.example leads elsewhere.
_HTTPS = re.compile(r"https://[^/?#@\s]+(?:[/?#]|$)", re.IGNORECASE)
_UNSAFE_IN_LINK = re.compile(r"[^!#-;=?-\[\]_a-z~]")
_MICROSOFT: Final = (
    "microsoft.com",
    "office.com",
    "cloud.microsoft",
    "microsoft.us",
    "office365.us",
    "microsoftonline.cn",
    "partner.microsoftonline.cn",
)
_INDIRECT = "indirectresellerrelationship"


def check_link(link: str, what: str) -> None:
    """Make sure that a link is a plain https address.

    Raises:
        ValueError: It is not; the message says what to check.
    """
    if not _HTTPS.match(link):
        raise ValueError(f"{what} is not an https address: {link!r}. Read it again from Partner Center.")
    if _UNSAFE_IN_LINK.search(link.lower()):
        raise ValueError(f"{what} holds characters that no link has: {link!r}. Read it again from Partner Center.")


def check_target(link: str, target_tenant: str) -> None:
    """Make sure that an invitation link carries the target's tenant id.

    Raises:
        ValueError: It does not: the customer would be tied to another partner.
    """
    if target_tenant.lower() not in link.lower() or not target_tenant:
        raise ValueError(
            f"The invitation link does not carry the target's tenant id {target_tenant!r}: check that it was read "
            "with the target's sign-in, not a source's, and that the engagement names the right target tenant."
        )


def check_listed(link: str, what: str, cloud: Cloud) -> None:
    """Make sure that a link that a person put into the customer list leads to Microsoft.

    Args:
        link: As in the list.
        what: Which link it is, for the message.
        cloud: Its own hosts count too, for a cloud that the engagement describes.

    Raises:
        ValueError: It leads elsewhere.
    """
    check_link(link, what)
    host = (urlsplit(link).hostname or "").casefold()
    own = {urlsplit(address).hostname for address in cloud.endpoints}
    if host not in own and not any(host == name or host.endswith(f".{name}") for name in _MICROSOFT):
        raise ValueError(f"{what} leads to {host}, which is not Microsoft's: copy it from Partner Center again.")


def check_indirect(link: str, target_tenant: str, cloud: Cloud) -> None:
    """Make sure that a listed invitation is the target's own for a reseller that works with it.

    The link from the API ties a customer to the target directly. For the customer of an indirect reseller the
    provider's portal gives another one, which names the reseller, its Partner ID, and the provider
    ("Request a reseller relationship with a customer"; "CSP regional authorization overview").

    Raises:
        ValueError: It is not https, not Microsoft's, not for an indirect reseller, or names another provider.
    """
    what = "The invitation_link of the customer list"
    check_listed(link, what, cloud)
    asked = {name.casefold(): values[0].casefold() for name, values in parse_qs(urlsplit(link).query).items()}
    kind = asked.get("invtype") or asked.get("type") or ""
    provider = asked.get("indirectcspid") or asked.get("indirectcsp") or ""
    reseller = asked.get("partnerid") or asked.get("id") or ""
    if kind != _INDIRECT or provider != target_tenant.casefold() or not reseller or reseller == provider:
        raise ValueError(
            f"{what} is not an invitation by a reseller under the target {target_tenant}: create it in the target's "
            "Partner Center for that reseller, and copy it whole."
        )
    if not asked.get("msppid", "").strip("0"):
        raise ValueError(f"{what} names no Partner ID of the reseller (msppId): without it the reseller gets nothing.")
