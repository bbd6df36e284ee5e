"""Limits that are checked in the plan, not met in the error: each a small function with its reason and way out (M25).

| limit | where |
|---|---|
| sold at all, seats, how many of one offer, prerequisites | `offers` |
| of new commerce: market, segment, term, seats, prerequisites; and its price | `new_commerce` |
| 300 licence subscriptions of one customer tenant | `customer_tenant` |
| customer agreement, market, currency, Partner ID on record | `partner_tenants` |
"""

from consolidation.limits.customer_tenant import MOST_SUBSCRIPTIONS, other_sources, tenant_limit
from consolidation.limits.new_commerce import owned_offers, with_aligned_ends, with_sales
from consolidation.limits.offers import NEEDS_A_PICK, PICK_ANOTHER, with_offer_limits
from consolidation.limits.partner_tenants import (
    Currencies,
    agreement_missing,
    currencies,
    market_closed,
    offers_of,
    with_partner_ids,
)

__all__ = [
    "MOST_SUBSCRIPTIONS",
    "NEEDS_A_PICK",
    "PICK_ANOTHER",
    "Currencies",
    "agreement_missing",
    "currencies",
    "market_closed",
    "offers_of",
    "other_sources",
    "owned_offers",
    "tenant_limit",
    "with_aligned_ends",
    "with_offer_limits",
    "with_partner_ids",
    "with_sales",
]
