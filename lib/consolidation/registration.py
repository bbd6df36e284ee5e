"""The API registration check: what each tenant's credentials may do, what is missing, how to grant it (M20).

Only reads are tried. Whether carts are allowed is seen by asking for a cart that does not exist: "not found" means that
carts may be read and made, "forbidden" that they may not.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from consolidation.tables import Column, Table
from partner_center import PartnerCenterReader, TargetClient
from partner_center.errors import CredentialsMissing, Refused, SignInRefused, Unreachable

_REGISTER = (
    "Register an application in this tenant (Microsoft Entra ID, App registrations), give it the delegated permission "
    "user_impersonation of Microsoft Partner Center, and grant admin consent."
)
_AGENT = "Let the user who signs in be Admin agent in this tenant's Partner Center (Account settings, User management)."
_MFA = "Sign in once with multifactor authentication and keep the refresh token of that sign-in."
_USER = "Give this tenant a refresh token of a user: an application alone is refused here."


@dataclass(frozen=True)
class Tried:
    """One thing that was tried in one tenant.

    Attributes:
        tenant: Its name in the engagement.
        what: What was tried, in words.
        found: What came back: `works`, or what Microsoft said.
        grant: How to grant what is missing; empty when it works.
    """

    tenant: str
    what: str
    found: str
    grant: str = ""

    @property
    def works(self) -> bool:
        """Whether nothing is missing."""
        return not self.grant


def try_source(name: str, client: PartnerCenterReader) -> list[Tried]:
    """Try what the runbook needs in a source tenant; a sign-in that fails ends the list.

    Raises:
        Unreachable: The tenant's endpoints cannot be reached.
    """
    return _try(
        name,
        [
            ("sign in and read who is signed in", client.signed_in_tenant, _REGISTER),
            ("read the organisation profile", client.organization_profile, _USER),
            ("list the customers", client.customers, _AGENT),
        ],
    )


def try_target(name: str, client: TargetClient, customer: str) -> list[Tried]:
    """Try what the runbook needs in the target tenant, without writing.

    Args:
        name: Its name in the engagement.
        client: Its client.
        customer: A customer of the target whose carts may be asked for; empty when it has none yet.

    Raises:
        Unreachable: The tenant's endpoints cannot be reached.
    """
    tried = [
        ("sign in and read who is signed in", client.signed_in_tenant, _REGISTER),
        ("read the organisation profile", client.organization_profile, _USER),
        ("list the customers", client.customers, _AGENT),
        ("read the relationship request (the invitation link)", client.relationship_request, _USER),
        ("read the agreement in force", client.agreement_templates, _USER),
    ]
    rows = _try(name, tried)
    if not all(row.works for row in rows):
        return rows
    if not customer:
        return [*rows, Tried(name, "use carts", "not tried: the target has no customer yet")]
    return [*rows, *_try(name, [("use carts", lambda: _ask_for_no_cart(client, customer), _AGENT)])]


def _ask_for_no_cart(client: TargetClient, customer: str) -> None:
    try:
        client.cart(customer, str(uuid.uuid4()))
    except Refused as error:
        if error.status != 404:  # an unknown cart is answered with various codes, and always as not found
            raise


def _try(name: str, attempts: Sequence[tuple[str, Callable[[], object], str]]) -> list[Tried]:
    rows: list[Tried] = []
    for what, attempt, grant in attempts:
        try:
            attempt()
        except Unreachable:
            raise
        except (SignInRefused, CredentialsMissing) as error:
            # Without a token nothing else can be tried.
            step = _MFA if error.code and "50076" in error.code else error.next_step or _REGISTER
            return [*rows, Tried(name, what, error.message, step)]
        except Refused as error:
            rows.append(Tried(name, what, error.message, grant))
        else:
            rows.append(Tried(name, what, "works"))
    return rows


def registration_table(rows: Sequence[Tried]) -> Table:
    """Return the table of what was tried, with what is missing and how to grant it."""
    return Table(
        columns=(
            Column("tenant", "Tenant"),
            Column("what", "What was tried"),
            Column("found", "What came back"),
            Column("grant", "How to grant what is missing"),
        ),
        rows=tuple({"tenant": row.tenant, "what": row.what, "found": row.found, "grant": row.grant} for row in rows),
        caption="API registration: what each tenant's credentials may do (nothing is written)",
    )
