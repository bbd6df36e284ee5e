"""What happens by itself when its time has come.

The clock can be moved, so nothing waits for it in the background: each call first lets everything happen that fell due
before it, at the instant at which it fell due.
"""

from partner_center_simulator.commerce import term_ends
from partner_center_simulator.commerce.transfers import completion
from partner_center_simulator.state import State


def let_time_pass(state: State, customer: str | None = None) -> None:
    """Let everything happen that is due at Partner Center's present time, to ``customer`` in any case."""
    completion.settle(state)
    term_ends.settle_daily(state)
    if customer is not None:
        term_ends.settle(state, customer.lower())
