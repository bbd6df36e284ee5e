"""How items of new commerce are named: product:sku:availability, of which product and SKU last."""

from __future__ import annotations

import re

from partner_center.models import identity

_PRODUCT_AND_SKU = re.compile(r"[A-Za-z0-9]{12}:[A-Za-z0-9]{4}")
_ITEM = re.compile(rf"({_PRODUCT_AND_SKU.pattern})(:[A-Za-z0-9]{{12}})?")


def product_and_sku(item: str) -> str:
    """Return product and SKU of an item of new commerce, in upper case; empty when it is none.

    Args:
        item: `product:sku` or `product:sku:availability`, in any case.
    """
    found = _ITEM.fullmatch(item.strip())
    return found.group(1).upper() if found else ""


def is_new_commerce_item(item: str) -> bool:
    """Tell whether an id names an item of new commerce; those of legacy offers are GUIDs ("Subscription resources")."""
    return bool(product_and_sku(item))


def same_product(one: str | None, other: str | None) -> bool:
    """Tell whether two offer ids name the same thing to buy: the availability may differ, product and SKU may not."""
    left, right = product_and_sku(one or ""), product_and_sku(other or "")
    if left or right:
        return left == right
    return bool(one) and identity(one or "") == identity(other or "")
