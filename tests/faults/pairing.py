"""Giving each one of its own: the largest pairing of wants with what may satisfy them."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def pair_all(wanted: Mapping[str, Collection[str]]) -> list[str]:
    """Pair each key with one of the values that it may have, no value twice; return the keys that are left without.

    As few keys as possible are left: a pairing is rearranged where that makes room (augmenting paths).
    """
    taken: dict[str, str] = {}
    return [key for key in wanted if not _find_place(key, wanted, taken, set())]


def _find_place(key: str, wanted: Mapping[str, Collection[str]], taken: dict[str, str], seen: set[str]) -> bool:
    for value in sorted(wanted[key]):
        if value in seen:
            continue
        seen.add(value)
        if value not in taken or _find_place(taken[value], wanted, taken, seen):
            taken[value] = key
            return True
    return False
