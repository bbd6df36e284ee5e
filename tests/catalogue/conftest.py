"""One simulator for the tests of a module: they only read its catalogue, or use a customer of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from both_sides import House

from partner_center_simulator.server import Server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run a simulator with the first portfolio."""
    with pytest.MonkeyPatch.context() as patch, Server(tmp_path_factory.mktemp("home"), portfolio="first") as server:
        patch.setattr("urllib.request.getproxies", dict)
        house = House(server)
        yield house
        house.close()
