"""The examples in `parameters/` are what a consultant copies: each loads as it stands, or says why it cannot."""

from pathlib import Path

import pytest
import yaml

from consolidation.cli import main
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.wave_lists import COLUMNS, read_wave_list
from partner_center import CLOUDS

FOLDER = Path(__file__).resolve().parents[2] / "parameters"
OPEN = ("global", "us-government", "china")


def example(cloud: str) -> Path:
    """The example of a cloud."""
    return FOLDER / f"{cloud}.example.yaml"


def test_every_cloud_has_an_example():
    """There is one commented example for each cloud that Partner Center has or had (M1)."""
    assert sorted(path.name for path in FOLDER.glob("*.example.yaml")) == sorted(
        f"{cloud}.example.yaml" for cloud in CLOUDS
    )


@pytest.mark.parametrize("cloud", OPEN)
def test_an_example_loads(cloud):
    """The example of an open cloud loads, asks two people, and signs its evidence (M28, M32)."""
    engagement = load_engagement(example(cloud))
    assert engagement.cloud is CLOUDS[cloud]
    assert not engagement.approvals.automatic
    assert engagement.approvals.required == 2
    assert engagement.signing_key


@pytest.mark.parametrize("cloud", OPEN)
def test_an_example_tells_what_its_cloud_does_not_allow(cloud):
    """Who opens an example reads about each limit of its cloud before anything is done (M1)."""
    comments = " ".join(
        line.lstrip("# ") for line in example(cloud).read_text(encoding="utf-8").splitlines() if "#" in line
    )
    for limit in CLOUDS[cloud].limits:
        first_words = " ".join(limit.split()[:3])
        assert first_words in comments, limit


def test_the_closed_cloud_is_refused_by_name():
    """Microsoft Cloud Germany is closed, and its example says so instead of loading (M1)."""
    assert CLOUDS["germany"].closed
    with pytest.raises(EngagementError, match="Germany is closed"):
        load_engagement(example("germany"))
    assert "CLOSED" in example("germany").read_text(encoding="utf-8")


def test_the_closed_cloud_ends_with_exit_code_two(monkeypatch, capsys):
    """A closed cloud is knowable without a call: one sentence, exit code 2 (M1)."""
    monkeypatch.setattr("sys.argv", ["consolidate", "status", str(example("germany"))])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "Microsoft Cloud Germany is closed" in capsys.readouterr().err


def test_the_global_example_names_every_key():
    """Each key of an engagement file stands in the global example, set or commented out."""
    text = example("global").read_text(encoding="utf-8")
    keys = {field.alias or name for name, field in Engagement.model_fields.items() if not field.exclude}
    given = set(yaml.safe_load(text))
    assert given <= keys
    assert {key for key in keys - given if f"\n# {key}: " not in text} == set()


def test_the_wave_list_is_the_global_example_s_customers():
    """The example list has known columns only, and the engagement finds it beside itself."""
    listed = load_engagement(example("global")).listed_customers
    assert listed == read_wave_list(FOLDER / "wave-1.example.csv")
    header = (FOLDER / "wave-1.example.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",")[0] == "customer"
    assert set(header.split(",")) <= set(COLUMNS)
