"""The offer map of an engagement: read exactly or refused with line and column, and written only with a pick (M26)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import OFFER, make_engagement, run_command, write_engagement

from consolidation.errors import EngagementError
from consolidation.exports import write_csv
from consolidation.offer_map import COLUMNS, MappedOffer, keep_in_offer_map, offer_map_table, read_offer_map
from consolidation.session import open_journal

HEADER = ",".join(COLUMNS) + "\n"
LINE = f"{OFFER},CFQ7TTC0LF8R:0001,P1Y,monthly,ana@contoso.example,2026-02-03,the same licence\n"


def write(folder: Path, text: str) -> Path:
    """Write a map and return its path."""
    path = folder / "offers.csv"
    path.write_text(text, encoding="utf-8")
    return path


BAD = {
    "an unknown column": (HEADER.replace("why", "wy") + LINE, "unknown column 'wy'; did you mean 'why'?"),
    "a missing column": ("old_offer,product_sku\n", "has no column 'term'"),
    "a column twice": (f"why,{HEADER}", "has the column 'why' twice"),
    "an offer that is none": (HEADER + LINE.replace(OFFER, "E3"), "line 2, column 'old_offer': 'E3' is no id"),
    "a product without SKU": (HEADER + LINE.replace(":0001", ""), "column 'product_sku': 'CFQ7TTC0LF8R' is no"),
    "an availability": (HEADER + LINE.replace(":0001", ":0001:CFQ7TTC0VN5S"), "'CFQ7TTC0LF8R:0001:CFQ7TTC0VN5S' is no"),
    "a term that is none": (HEADER + LINE.replace("P1Y", "1 year"), "column 'term': '1 year' is no term"),
    "a cycle that is none": (HEADER + LINE.replace("monthly", "weekly"), "column 'billing_cycle': 'weekly' is none of"),
    "a day that is none": (HEADER + LINE.replace("2026-02-03", "03.02.2026"), "column 'when': '03.02.2026' is no day"),
    "nobody": (HEADER + LINE.replace("ana@contoso.example", ""), "line 2, column 'who': it is missing"),
    "no reason": (HEADER + LINE.replace("the same licence", " "), "line 2, column 'why': it is missing"),
    "an offer twice": (HEADER + LINE + LINE.replace(OFFER, OFFER.upper()), "line 3, column 'old_offer':"),
    "a cell too many": (HEADER + LINE.replace("licence", "licence, we think"), "line 2 has more cells than the header"),
    "a blank line alone": ("\n", "has no column 'old_offer'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_what_could_be_misread_is_refused_with_its_place(tmp_path: Path, fault: str) -> None:
    """M26: nobody buys by a line that could mean something else: file, line and column of each fault are said."""
    text, words = BAD[fault]
    with pytest.raises(EngagementError) as refused:
        read_offer_map(write(tmp_path, text))
    assert any(words in problem and "offers.csv" in problem for problem in refused.value.problems)


def test_a_bad_map_ends_the_engagement_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """M26: an offer map that cannot be used is known before anything is called; nothing is written."""
    write(tmp_path, HEADER + LINE + LINE)
    ended = run_command(capsys, monkeypatch, "run", str(write_engagement(tmp_path, offer_map="offers.csv")))
    assert ended.code == 2
    assert f"offers.csv line 3, column 'old_offer': {OFFER} is on line 2 already." in ended.err
    assert not (tmp_path / "journal.db").exists()


def test_a_header_alone_maps_nothing(tmp_path: Path) -> None:
    """M26: a new engagement begins with an empty map, or with none."""
    for text in (HEADER, ""):
        write(tmp_path, text)
        assert make_engagement(tmp_path, offer_map="offers.csv").mapped_offers() == {}
    assert make_engagement(tmp_path).mapped_offers() == {}


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30).map(str.strip)
_LINES = st.lists(
    st.builds(
        MappedOffer,
        old_offer=st.uuids().map(str),
        product_sku=st.from_regex(r"[A-Z0-9]{12}:[A-Z0-9]{4}", fullmatch=True).filter(str.isascii),
        term=st.sampled_from(["P1M", "P1Y", "P3Y"]),
        billing_cycle=st.sampled_from(["monthly", "annual", "triennial"]),
        who=_TEXT.filter(bool),
        when=st.dates().map(str),
        why=_TEXT.filter(bool),
    ),
    max_size=5,
    unique_by=lambda one: one.old_offer,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(lines=_LINES)
def test_the_map_comes_back_as_it_was_written(tmp_path: Path, lines: list[MappedOffer]) -> None:
    """M26, S11: whatever somebody gave as name and reason, a formula too, is read back exactly."""
    path = write_csv(tmp_path / "offers.csv", offer_map_table(lines))
    assert list(read_offer_map(path).values()) == lines


def test_a_pick_replaces_the_line_of_its_offer_and_no_other(tmp_path: Path) -> None:
    """M26: the newest pick of an offer stands; what others picked, and a line in another letter case, are kept."""
    other = LINE.replace(OFFER, "11111111-2222-3333-4444-555555555555")
    path = write(tmp_path, HEADER + other + LINE.replace(OFFER, OFFER.upper()))
    engagement = make_engagement(tmp_path, offer_map="offers.csv")
    pick = MappedOffer(OFFER, "CFQ7TTC0LF8Q:0001", "P1M", "monthly", "ben@contoso.example", "2026-02-04", "=cheaper")
    keep_in_offer_map(path, open_journal(engagement), pick)
    kept = list(engagement.mapped_offers().values())
    assert [one.who for one in kept] == ["ana@contoso.example", "ben@contoso.example"]
    assert kept[1] == pick
    assert "'=cheaper" in path.read_text(encoding="utf-8")  # no formula for whoever opens it


def test_a_map_that_somebody_spoilt_is_not_overwritten(tmp_path: Path) -> None:
    """M26: what cannot be read is not replaced either: it may hold what people decided."""
    path = write(tmp_path, HEADER + LINE)
    journal = open_journal(make_engagement(tmp_path, offer_map="offers.csv"))
    path.write_text("spoilt", encoding="utf-8")
    with pytest.raises(EngagementError):
        keep_in_offer_map(path, journal, next(iter(_one(tmp_path))))
    assert path.read_text(encoding="utf-8") == "spoilt"


def _one(folder: Path) -> list[MappedOffer]:
    """Return a line as somebody picked it."""
    path = folder / "another.csv"
    path.write_text(HEADER + LINE, encoding="utf-8")
    return list(read_offer_map(path).values())
