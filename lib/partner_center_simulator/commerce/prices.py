"""What a line costs: the price lists, one per currency (Microsoft page "Cart resources")."""

from partner_center_simulator.documents import Document

CURRENCIES = {"EUR": 1.0, "CHF": 0.95, "DKK": 7.46, "GBP": 0.86, "NOK": 11.7, "SEK": 11.2, "USD": 1.1}
"""Currencies that have a price list, with their prices against those in euro."""
CURRENCY_NOT_SUPPORTED = (10000, "There is no price list in the currency of the partner tenant.")


def pricing(
    offer: Document,
    billing_cycle: str,
    seats: int,
    *,
    currency: str = "EUR",
    term_duration: str | None = None,
    discount: float = 0.0,
    share: float = 1.0,
) -> Document:
    """Return the price of a line before tax, for one billing period.

    Args:
        offer: What is bought.
        billing_cycle: How it is paid.
        seats: Licences.
        currency: ISO 4217, that of the partner tenant; one without a price list is priced in euro and refused by the
            cart.
        term_duration: ISO 8601, new commerce only; None is one year.
        discount: Share of the list price that a promotion takes off.
        share: Share of the first billing period that is charged, when an aligned end date cuts the term short.
    """
    rate = CURRENCIES.get(currency, 1.0)
    listed = round(offer["price"] * _factor(offer, billing_cycle, term_duration) * rate, 2)
    price = round(listed * (1 - discount), 2)
    first = round(price * share, 2)
    return {
        "listPrice": listed,
        "discountedPrice": price,
        "proratedPrice": first,
        "price": price,
        "extendedPrice": round(first * seats, 2),
    }


def term_of(offer: Document, duration: str | None, billing_cycle: str) -> Document | None:
    """Return the term of an item with this duration and billing cycle, letter case aside; None when there is none."""
    wanted = (str(duration or "").upper(), billing_cycle.replace("_", "").lower())
    for term in offer["item"]["terms"]:
        if (term["duration"].upper(), term["billingCycle"].lower()) == wanted:
            return dict(term)
    return None


def _factor(offer: Document, billing_cycle: str, duration: str | None) -> float:
    term = term_of(offer, duration or "P1Y", billing_cycle) if offer.get("item") else None
    if term is not None:
        return float(term["factor"])
    return 12.0 if billing_cycle == "annual" else 1.0
