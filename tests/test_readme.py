"""The README says what is there: its names, commands, folders and files exist, and none is left out."""

import json
import re
from pathlib import Path

import consolidation
from consolidation.cli import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_one_page_shows_every_name_of_the_notebooks():
    """The library stays small where it is seen: the README shows every public name on one page, and no other."""
    shown = set(re.findall(r"`(?:await )?([a-z_]+)\(", section("The names that notebooks use")))
    assert shown == set(consolidation.__all__)


def test_every_command_and_option_is_listed():
    """The table of commands holds every command with its options; what is not there is not promised."""
    table = section("Commands")
    assert set(re.findall(r"`consolidate ([a-z]+)", table)) == set(cli.commands)
    for name, command in cli.commands.items():
        for option in command.params:
            for words in option.opts:
                assert not words.startswith("--") or words in table, f"{name} {words}"


def test_files_that_the_readme_names_exist():
    """Every link and every place in the code that the README names is there."""
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link}
    places = {f"lib/{place}" for place in re.findall(r"`((?:consolidation|partner_center)/[\w/.]+)`", README)}
    assert {name for name in links | places if not (ROOT / name).exists()} == set()


def test_every_safety_rule_is_told_in_plain_words():
    """The table of safety rules holds S1 to S15, each once."""
    assert re.findall(r"^\| (S\d+) \|", section("Safety rules"), flags=re.MULTILINE) == [f"S{n}" for n in range(1, 16)]


def test_each_picture_is_shown_and_has_the_digest_of_its_text():
    """The tutorial shows every picture that the browser tests make, and no other; a test of each knows what it says."""
    shown = set(re.findall(r"\(docs/pictures/(\w+)\.png\)", README))
    folder = ROOT / "docs" / "pictures"
    assert (
        shown == {path.stem for path in folder.glob("*.png")} == set(json.loads((folder / "digests.json").read_text()))
    )
    assert sum(path.stat().st_size for path in folder.glob("*.png")) < 600_000
