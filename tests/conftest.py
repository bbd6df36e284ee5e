"""Fixtures for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_run import DemoRun, run_demo
from world import World, engagement_text

from partner_center_simulator.server import Server


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The first portfolio on a fresh simulator, with an engagement that approves automatically."""
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path = tmp_path / "engagement.yaml"
        path.write_text(engagement_text(server), encoding="utf-8")
        yield World(server, path)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """The demo, run twice by its real command; several minutes, so once for all tests."""
    return run_demo(tmp_path_factory.mktemp("project"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the rooms whose tests take longest, so that at the end short ones fill every worker."""
    long = {"walk", "faults", "browser", "secrets_planted", "evidence", "journal", "notebooks"}
    items.sort(key=lambda item: item.path.parent.name not in long)
