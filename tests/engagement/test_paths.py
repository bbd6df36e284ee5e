"""Where an engagement is found, and what its paths are relative to."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import CUSTOMER, EUROPE, FRANCE, TENANTS, engagement_values, write_engagement

from consolidation.engagement import find_engagement_file, load_engagement
from consolidation.errors import EngagementError
from partner_center import CLOUDS


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an engagement under parameters/ and another one above it, started in a folder below."""
    root = tmp_path / "project"
    for folder in (root / "parameters", root / "notebooks" / "deep", tmp_path / "parameters"):
        folder.mkdir(parents=True)
    write_engagement(root / "parameters")
    write_engagement(tmp_path / "parameters").rename(tmp_path / "parameters" / "outside.yaml")
    (root / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(root / "notebooks" / "deep")
    return root


@pytest.mark.parametrize("folder", [".", "notebooks", "notebooks/deep"])
def test_an_engagement_is_found_from_folders_below(project: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """The path is resolved from the working directory, then from each parent up to the one with pyproject.toml."""
    monkeypatch.chdir(project / folder)
    assert find_engagement_file("parameters/engagement.yaml") == project / "parameters" / "engagement.yaml"


def test_the_search_ends_at_the_project(project: Path) -> None:
    """What lies above the folder with pyproject.toml is another project's."""
    with pytest.raises(EngagementError, match=r"no engagement file parameters/outside\.yaml"):
        find_engagement_file("parameters/outside.yaml")
    assert find_engagement_file(project.parent / "parameters" / "outside.yaml").is_file()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("wanted", ["parameters", "", "no\0such", "missing.yaml"])
def test_what_is_no_file_is_one_sentence(wanted: str) -> None:
    """A folder, an empty path or a missing file is a sentence with an example."""
    with pytest.raises(EngagementError, match="There is no engagement file"):
        find_engagement_file(wanted)


def test_paths_inside_are_relative_to_the_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journal, archive, CA and lists are where the file says, wherever the command is started."""
    (project / "parameters" / "waves.csv").write_text(f"customer\n{CUSTOMER}\n", encoding="utf-8")
    cloud = {**dict.fromkeys(("login", "partner_center", "graph"), "https://localhost:9"), "ca_bundle": "../ca.pem"}
    changes = {"journal": "sqlite:///../demo/j.db", "archive": "../demo/archive", "customers": "waves.csv"}
    path = write_engagement(project / "parameters", cloud=cloud, **changes)
    loaded = load_engagement("parameters/engagement.yaml")
    monkeypatch.chdir(project.parent)
    assert loaded.path == path
    assert loaded.journal_url == f"sqlite:///{project / 'demo' / 'j.db'}"
    assert loaded.archive_folder == project / "demo" / "archive" / "offline"
    assert loaded.cloud.ca_bundle == project / "ca.pem"
    assert [entry.customer for entry in loaded.listed_customers or ()] == [CUSTOMER]


def test_an_absolute_path_stays_as_it_is(tmp_path: Path) -> None:
    """Absolute paths and the URL of a PostgreSQL database are taken as written."""
    loaded = load_engagement(write_engagement(tmp_path, journal=f"sqlite:////{tmp_path.as_posix()[1:]}/deep/j.db"))
    assert loaded.journal_url == f"sqlite:///{tmp_path / 'deep' / 'j.db'}"
    url = "postgresql://ana@database.example/journal"
    assert load_engagement(write_engagement(tmp_path, journal=url)).journal_url == url


@pytest.mark.parametrize("cloud", [name for name, cloud in CLOUDS.items() if not cloud.closed])
def test_each_open_cloud_can_be_named(tmp_path: Path, cloud: str) -> None:
    """M1: global, US Government and 21Vianet are named by one word; people approve there and evidence is signed."""
    approvals = {"required": 1, "approvers": ["ana@contoso.example"]}
    loaded = load_engagement(write_engagement(tmp_path, cloud=cloud, approvals=approvals, signing_key="KEY"))
    assert loaded.cloud == CLOUDS[cloud]
    assert not loaded.cloud.is_loopback


def test_tenant_ids_are_compared_in_one_form(tmp_path: Path) -> None:
    """A tenant id in capitals or with blanks around is the same tenant."""
    target = {"name": EUROPE, "tenant": f" {TENANTS[EUROPE].upper()} ", "credentials": "EU"}
    assert load_engagement(write_engagement(tmp_path, target=target)).target.tenant == TENANTS[EUROPE]


def test_a_source_is_found_by_its_name(tmp_path: Path) -> None:
    """A name that no source has is a sentence with the names there are."""
    loaded = load_engagement(write_engagement(tmp_path))
    assert loaded.source(FRANCE).tenant == TENANTS[FRANCE]
    with pytest.raises(EngagementError, match=r"'contoso-spain' is not a source.*contoso-france, contoso-germany"):
        loaded.source("contoso-spain")


def test_a_complete_engagement_is_read(tmp_path: Path) -> None:
    """Every key of the documented file is known, and what may be left out has its documented value."""
    (tmp_path / "offers.csv").write_text("", encoding="utf-8")
    prices = "offer,unit_price,currency,billing_cycle\nx,1,EUR,monthly\n"
    (tmp_path / "prices.csv").write_text(prices, encoding="utf-8")
    plain = load_engagement(write_engagement(tmp_path))
    assert plain.invitations.remind_after_days == (3, 7, 14)
    assert plain.throttle.requests_per_minute == 500
    assert plain.transfers.accept == "portal"  # Microsoft does not document the other way's body
    values = engagement_values(
        offer_map="offers.csv",
        prices="prices.csv",
        invitations={"languages": ["en", "fr"], "remind_after_days": [2]},
        throttle={"requests_per_minute": 60},
        signing_key="CONTOSO_SIGNING_KEY",
        approvals={"required": 2, "self_approval": False, "approvers": ["Ben@contoso.example", "ana@contoso.example"]},
    )
    full = load_engagement(write_engagement(tmp_path, **values))
    assert full.policy() == {
        "automatic": False,
        "required": 2,
        "self_approval": False,
        "approvers": ["ana@contoso.example", "ben@contoso.example"],
    }
