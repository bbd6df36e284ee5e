"""What is wrong with a well-formed engagement and can be known without a call (exit code 2), one sentence each."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from consolidation.errors import EngagementError, JournalError
from consolidation.journal.database import database_url
from partner_center import CLOUDS

if TYPE_CHECKING:
    from consolidation.engagement import Engagement

_ENDPOINTS = ("login", "partner_center", "graph")


def contradictions(engagement: Engagement) -> list[str]:
    """Return everything wrong with an engagement whose keys and values have the right form; empty when nothing is."""
    problems = _cloud_problems(engagement)
    if problems:  # what follows needs to know the cloud
        return problems
    return [
        *_approval_problems(engagement),
        *_tenant_problems(engagement),
        *_file_problems(engagement),
        *_journal_problems(engagement),
        *engagement.invitations.problems(engagement.folder),
    ]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the nearest known one, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}."


def _cloud_problems(engagement: Engagement) -> list[str]:
    """Say what is wrong with the cloud setting: an unknown or closed cloud, or an incomplete mapping (M1)."""
    setting = engagement.cloud_setting
    if isinstance(setting, str):
        if setting not in CLOUDS:
            return [f"The cloud {setting!r} is unknown; {nearest(setting, CLOUDS)}"]
        closed = CLOUDS[setting].closed
        return [closed] if closed else []
    known = (*_ENDPOINTS, "ca_bundle")
    problems = [f"cloud: the key {key!r} is missing." for key in _ENDPOINTS if key not in setting]
    problems += [f"cloud: unknown key {key!r}; {nearest(key, known)}" for key in sorted(set(setting) - set(known))]
    if problems:
        return problems
    try:
        _ = engagement.cloud
    except ValueError as error:
        return [f"cloud: {error}"]
    return []


def _approval_problems(engagement: Engagement) -> list[str]:
    approvals, loopback = engagement.approvals, engagement.cloud.is_loopback
    problems = []
    if approvals.automatic and not loopback:
        problems.append("Automatic approval exists on loopback only (S12): name approvers under 'approvals'.")
    named = set(engagement.policy()["approvers"])
    # On loopback without names the users of the computer stand in.
    people = not approvals.automatic and (bool(named) or not loopback)
    if people and len(named) < approvals.required:
        problems.append("Fewer approvers are named than are required: name more, or require fewer.")
    if engagement.signing_key is None and not loopback:
        problems.append("Off loopback the evidence must be signed: run 'consolidate keygen' and set 'signing_key'.")
    return problems


def _tenant_problems(engagement: Engagement) -> list[str]:
    names = [source.name for source in engagement.sources]
    tenants = [source.tenant for source in engagement.sources]
    problems = [] if names else ["sources: no source tenant is named."]
    problems += [f"Two sources are called {name!r}." for name in sorted(set(names)) if names.count(name) > 1]
    problems += [f"Two sources are the tenant {t}." for t in sorted(set(tenants)) if tenants.count(t) > 1]
    problems += [
        f"Source {source.name!r} and the target are the same tenant {source.tenant}: nothing can move."
        for source in engagement.sources
        if source.tenant == engagement.target.tenant
    ]
    return problems


def _file_problems(engagement: Engagement) -> list[str]:
    files = {"offer_map": engagement.offer_map, "prices": engagement.prices}
    missing = {
        key: engagement.folder / value
        for key, value in files.items()
        if value and not (engagement.folder / value).is_file()
    }
    problems = [f"{key}: {path} does not exist." for key, path in missing.items()]
    if "prices" not in missing:
        problems += _problems_of(lambda: engagement.price_list)
    if "offer_map" not in missing:
        problems += _problems_of(engagement.mapped_offers)
    try:
        listed = engagement.listed_customers or ()
    except EngagementError as error:
        return [*problems, *error.problems]
    names = [source.name for source in engagement.sources]
    problems += [
        f"Line {entry.line} of the customer list: the source {entry.source!r} is unknown; "
        f"{nearest(entry.source, names)}"
        for entry in listed
        if entry.source and entry.source.casefold() not in names
    ]
    return problems


def _problems_of(read: Callable[[], object]) -> list[str]:
    """Return what is wrong with a file that the engagement names."""
    try:
        read()
    except EngagementError as error:
        return list(error.problems)
    return []


def _journal_problems(engagement: Engagement) -> list[str]:
    try:
        database_url(engagement.journal_url)
    except JournalError as error:
        return [f"journal: {error}"]
    return []
