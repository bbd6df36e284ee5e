"""The worlds that the simulator can be started with: who the partners and customers are and what they hold."""

from partner_center_simulator.portfolios import demo, first, generated, mixed
from partner_center_simulator.portfolios.model import Portfolio

GENERATED = "generated"
NAMED = {one.name: one for one in (demo.PORTFOLIO, first.PORTFOLIO, mixed.PORTFOLIO)}


class UnknownPortfolio(ValueError):
    """There is no portfolio of that name."""


def portfolio(name: str, *, customers: int | None = None, seed: int = 1) -> Portfolio:
    """Return a portfolio by name; with a number of customers, the generated one.

    Raises:
        UnknownPortfolio: There is no portfolio of that name.
    """
    if customers is not None or name == GENERATED:
        return generated.build(customers if customers is not None else 25, seed)
    if name not in NAMED:
        known = ", ".join(map(repr, NAMED))
        raise UnknownPortfolio(f"There is no portfolio {name!r}; there are {known} and {GENERATED!r}.")
    return NAMED[name]
