"""Who decides: the credential is not the person (RULES "People").

Off loopback a person signs in apart from the application's credentials, with OpenID scopes only. On loopback without
named approvers the user of the computer stands in, and every record says so.
"""

from __future__ import annotations

from collections.abc import Callable

from consolidation.engagement import Engagement
from consolidation.errors import Held
from consolidation.runner import operating_system_user
from partner_center import Person, sign_in_person

NOT_SIGNED_IN = "not signed in (loopback)"


def identify_person(engagement: Engagement, show: Callable[[str], None] = print) -> Person:
    """Return the person who is deciding now, signed in at the target tenant.

    Args:
        engagement: Its cloud decides whether a sign-in is needed.
        show: Prints the device-code message; it is shown and never kept (S10).

    Raises:
        Held: The signed-in person is not among the engagement's approvers.
        partner_center.SignInRefused: Microsoft refused the sign-in.
    """
    approvers = engagement.policy()["approvers"]
    if engagement.cloud.is_loopback and not approvals_need_people(engagement):
        user = operating_system_user()
        return Person(object_id=f"local:{user}", user_name=f"{user}, {NOT_SIGNED_IN}", name=user)
    client_id = engagement.find_credentials(engagement.target).client_id
    person = sign_in_person(engagement.cloud, engagement.target.tenant, client_id, show)
    if person.user_name.casefold() not in approvers:
        raise Held([f"{person.user_name} is not among the approvers of {engagement.name}: ask one of them."])
    return person


def approvals_need_people(engagement: Engagement) -> bool:
    """Whether somebody has to sign in: always off loopback, on loopback where approvers are named."""
    return not engagement.cloud.is_loopback or bool(engagement.policy()["approvers"])
