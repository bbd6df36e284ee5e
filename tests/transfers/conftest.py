"""Fixtures for transfers: one customer, on a fresh simulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mixed_world import Mixed, seats_alone, serve


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Mixed]:
    """Everything of the mixed customer; the source accepts by API."""
    yield from serve(tmp_path, "mixed", "api")


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Mixed]:
    """The customer's seats alone; the source accepts by API."""
    yield from serve(tmp_path, seats_alone(), "api")


@pytest.fixture
def by_person(tmp_path: Path) -> Iterator[Mixed]:
    """The customer's seats alone; a person accepts in the source's portal."""
    yield from serve(tmp_path, seats_alone(), "portal")
