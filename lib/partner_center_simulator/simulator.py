"""The parts of one running simulator, as every page and call needs them."""

from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from partner_center_simulator.control.calls import CallCounts
from partner_center_simulator.control.faults import Faults
from partner_center_simulator.control.rate_limit import RateLimit
from partner_center_simulator.entra.tokens import Tokens
from partner_center_simulator.portfolios.model import Portfolio
from partner_center_simulator.state import State


@dataclass(frozen=True)
class Simulator:
    """One running simulator.

    Attributes:
        home: Folder with the state, the certificates and the credentials.
        url: Base URL, without a slash at the end.
        portfolio: What a reset plants when it was given as an object; None for a named one.
    """

    home: Path
    url: str
    state: State
    tokens: Tokens
    faults: Faults = field(default_factory=Faults)
    portfolio: Portfolio | None = None
    calls: CallCounts = field(default_factory=CallCounts)
    rate_limit: RateLimit = field(default_factory=RateLimit)


def simulator_of(request: Request) -> Simulator:
    """Return the simulator that a request came to."""
    found = request.app.state.simulator
    if not isinstance(found, Simulator):
        raise TypeError("the application carries no simulator")
    return found
