"""How a walk ended: both tenants as the simulator holds them, what its log says was done, and the journal's state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from faults.grid_stage import Stage
from world import EUROPE

from consolidation.errors import JournalError
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.outcomes import outcomes_of

PASSING = frozenset(
    {
        "allowedUntilDateTime",
        "cancellationAllowedUntilDate",
        "creationDate",
        "creationTimestamp",
        "effectiveStartDate",
        "expirationTimestamp",
        "expiresAt",
        "lastModifiedTimestamp",
        "seconds_ahead",
        "since",
    }
)
"""Members that say when something happened, which no two walks have in common."""

Effect = tuple[str, str, str]
"""Who did something in which tenant (`api contoso-europe`), what (`ordered`), and to what."""


@dataclass(frozen=True)
class Ending:
    """The end of a walk, in words that every walk has in common: ids are replaced by what they stand for.

    Attributes:
        tenants: Everything in all tenants but carts that were never ordered: they bought nothing.
        effects: What was done how often, carts made aside.
        outcomes: Chain -> phase -> outcome.
        plans: Digests of the plans that were carried out.
        claims: Source row -> the target subscription that stands for it.
        faults: What must never be, each a sentence.
    """

    tenants: Mapping[str, Any]
    effects: Counter[Effect]
    outcomes: Mapping[str, Mapping[str, str]]
    plans: frozenset[str]
    claims: Mapping[str, str]
    faults: tuple[str, ...]


def read_ending(stage: Stage) -> Ending:
    """Read how a walk ended."""
    state, writes = stage.control("GET", "state"), stage.control("GET", "writes")
    names = _names(state) | _transfer_names(stage.control("GET", "transfers"))
    with stage.journal() as journal:
        chains = journal.chains()
        intended = [entry for chain in chains for entry in journal.entries(chain, kinds={"intended", "retried"})]
        claims = {source: target for chain in chains for source, target in journal.claims(chain).items()}
        return Ending(
            tenants=_tenants(state, names),
            effects=_effects(writes, names),
            outcomes={
                chain: {phase: one.outcome for phase, one in outcomes_of(journal, chain).items()} for chain in chains
            },
            plans=frozenset(str(entry.body["plan"]) for entry in intended if "plan" in entry.body),
            claims={names.get(source, source): names.get(target, target) for source, target in claims.items()},
            faults=(
                *_journal_faults(journal),
                *_unannounced(writes, [entry.body for entry in intended]),
                *unsafe_suspensions(writes, _retired(journal)),
                *_billed_twice(stage.control("GET", "billed")),
            ),
        )


def doubled(reference: Ending, ending: Ending) -> Counter[Effect]:
    """Return what was done more often than without a fault."""
    return ending.effects - reference.effects


def orders_doubled(reference: Ending, ending: Ending) -> int:
    """Return how many subscriptions were ordered more often than without a fault."""
    return sum(count for (_, what, _), count in doubled(reference, ending).items() if what == "ordered")


def effects_lost(reference: Ending, ending: Ending) -> Counter[Effect]:
    """Return what was done without a fault and not now."""
    return reference.effects - ending.effects


def differences(reference: Ending, ending: Ending) -> list[str]:
    """Return what differs from the end without a fault, and what must never be, one sentence each."""
    found = list(ending.faults)
    found += [f"Done twice: {' '.join(effect)}." for effect in doubled(reference, ending)]
    found += [f"Lost: {' '.join(effect)}." for effect in effects_lost(reference, ending)]
    for name in ("tenants", "outcomes", "claims"):
        found += [f"{name}{where}" for where in _differing(getattr(reference, name), getattr(ending, name))]
    if reference.plans != ending.plans:
        found.append("Another plan was carried out than without a fault.")
    return found


def _differing(before: Any, after: Any, where: str = "") -> list[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted({*before, *after})
        return [line for key in keys for line in _differing(before.get(key), after.get(key), f"{where}.{key}")]
    return [] if before == after else [f"{where} is {after!r}, without a fault {before!r}"]


def _names(state: Mapping[str, Any]) -> dict[str, str]:
    """Return a name for each subscription, order and ordered cart by its lower-case id: what it is, and which one."""
    names: dict[str, str] = {}
    for tenant, held in state["tenants"].items():
        for customer in held["customers"].values():
            seen: Counter[str] = Counter()
            # What was transferred stands in the source no more, and what was done to it stands in the log.
            every = [*customer["subscriptions"], *customer["former_subscriptions"]]
            bases_first = sorted(every, key=lambda one: one.get("parentSubscriptionId") is not None)
            for one in bases_first:
                parent = one.get("parentSubscriptionId")
                under = f" under {names[parent.lower()]}" if parent else ""
                name = f"{tenant} {one['quantity']} x {one['offerName']}{under}"
                seen[name] += 1
                names[one["id"].lower()] = name if seen[name] == 1 else f"{name} #{seen[name]}"
            for order in customer["orders"]:
                lines = (names.get((line.get("subscriptionId") or "").lower(), "?") for line in order["lineItems"])
                names[order["id"].lower()] = f"order of {', '.join(lines)}"
    return names


def _transfer_names(transfers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a name for each transfer by its id: what was asked for, and which of several requests."""
    names: dict[str, str] = {}
    for one in sorted(transfers, key=lambda one: str(one["createdTime"])):
        name = f"transfer of {', '.join(one['targetProductTypes'] or ('everything',))}"
        count = sum(other.startswith(name) for other in names.values())
        names[one["id"].lower()] = name if not count else f"{name} #{count + 1}"
    return names


def _tenants(state: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        tenant: {
            customer: {
                "related": True,
                "agreements": _plain(held["agreements"], names),
                "events": _plain(held["events"], names),
                "subscriptions": _by_name(held["subscriptions"], names),
                "orders": _by_name(held["orders"], names),
                "carts": _plain(_ordered_carts(held["carts"]), {}),
            }
            for customer, held in found["customers"].items()
        }
        for tenant, found in state["tenants"].items()
    }


def _ordered_carts(carts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ordered = [{**cart, "id": ""} for cart in carts if cart["status"] == "Ordered"]
    return sorted(ordered, key=lambda cart: str(cart["lineItems"]))


def _by_name(items: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, Any]:
    return {names[item["id"].lower()]: _plain(item, names) for item in items}


def _plain(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner, names) for key, inner in value.items() if key not in PASSING}
    if isinstance(value, list):
        return [_plain(inner, names) for inner in value]
    return names.get(value.lower(), value) if isinstance(value, str) else value


def _effects(writes: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Counter[Effect]:
    effects: Counter[Effect] = Counter()
    for write in writes:
        for what, changed in (write["effect"] or {}).items():
            if what == "cart":
                continue
            for one in changed if isinstance(changed, list) else [changed]:
                name = str(_plain(one, names))
                effects[f"{write['actor']} {write['tenant']}", what, name] += 1
    return effects


def _journal_faults(journal: Journal) -> list[str]:
    """Check that every chain is whole and no intention is open."""
    found = []
    for chain in journal.chains():
        try:
            journal.check(chain)
        except JournalError as error:
            found.append(str(error))
        if chain != ENGAGEMENT_CHAIN:
            found += [f"The {open_.action} of {chain} is still open." for open_ in journal.open_intentions(chain)]
    return found


def _unannounced(writes: Iterable[Mapping[str, Any]], announced: Iterable[Mapping[str, Any]]) -> list[str]:
    """Check that each request that wrote stands in the journal with its ids: nothing is sent without its intention."""
    known = list(announced)
    requests = {body.get("request_id") for body in known}
    correlations = {body.get("correlation_id") for body in known}
    return [
        f"{write['method']} {write['path']} was sent without its intention."
        for write in writes
        if write["actor"] == "api"
        if write["request_id"] not in requests or write["correlation_id"] not in correlations
    ]


def _billed_twice(billed: Mapping[str, Any]) -> list[str]:
    """M12 from the simulator's own count of days: a walk lasts less than a day, so no licence is billed twice."""
    return [
        f"M12: {one['seats']} seats of {one['licence']} are billed in both tenants for {one['days']} days."
        for one in billed["overlap"]
    ]


def _retired(journal: Journal) -> set[str]:
    """Return the ids, in lower case, of what people retired."""
    chosen = [entry.body for chain in journal.chains() for entry in journal.entries(chain, kinds={"chosen"})]
    return {body["subscription"] for body in chosen if body.get("route") == "retire"}


def unsafe_suspensions(writes: Iterable[Mapping[str, Any]], retired: Container[str] = ()) -> list[str]:
    """S1 from the simulator's own log: each suspended row had a target subscription of its own at that instant.

    Args:
        writes: The log.
        retired: Ids in lower case of what people retired: nothing has to stand for them.
    """
    found = []
    for write in writes:
        effect = write["effect"] or {}
        gone = {*effect.get("suspended", ()), *effect.get("suspended_with_base", ()), *effect.get("cancelled", ())}
        if write["actor"] != "api" or not gone:
            continue
        standing = [one for one in write["before"] if one["tenant"] == EUROPE and one["status"] == "active"]
        for leaving in (one for one in write["before"] if one["id"] in gone):
            own = [
                one
                for one in standing
                if one["offerId"] == leaving["offerId"] and one["quantity"] >= leaving["quantity"]
            ]
            if own:
                standing.remove(own[0])
            elif leaving["id"].lower() not in retired:
                found.append(f"S1: {leaving['id']} was suspended without a counterpart.")
    return found
