"""Lists of customers as CSV, as people and Excel write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import CUSTOMER, FRANCE, make_case_name, write_engagement

from consolidation.engagement import load_engagement
from consolidation.errors import EngagementError
from consolidation.exports import write_csv
from consolidation.phases.connect import population_table
from consolidation.wave_lists import COLUMNS, read_wave_list


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a list and return its path."""
    path = folder / "waves.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_excel_writes_is_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """The separator of any region, a byte order mark, CRLF, capitals in the header and empty lines are no fault."""
    lines = [
        ["Customer", " Source ", "COMPANY"],
        ["a.example", FRANCE, "Société Ä"],
        ["", "", ""],
        ["b.example", "", ""],
    ]
    text = "\r\n".join(delimiter.join(line) for line in lines) + "\r\n"
    first, second = read_wave_list(write(tmp_path, text, encoding))
    assert (first.customer, first.source, first.company, first.line) == ("a.example", FRANCE, "Société Ä", 2)
    assert (second.customer, second.source, second.line) == ("b.example", "", 4)


def test_every_documented_column_is_known(tmp_path: Path) -> None:
    """All but `customer` may be left out; each documented column is read."""
    documented = ("customer", "source", "company", "wave", "date", "contact_email", "language", "gdap_link")
    assert set(documented) <= set(COLUMNS)
    (entry,) = read_wave_list(write(tmp_path, ",".join(documented) + "\n" + ",".join(documented) + "\n"))
    assert [getattr(entry, name) for name in documented] == list(documented)


def test_texts_with_separators_and_line_breaks_stay_whole(tmp_path: Path) -> None:
    """A quoted company name keeps its comma, line break and line separators, and the lines are counted on."""
    text = 'customer,company\na.example,"Contoso,\u2028\nLtd"\nb.example,"He said ""no"""\n'
    first, second = read_wave_list(write(tmp_path, text))
    assert first.company == "Contoso,\u2028\nLtd"
    assert second.company == 'He said "no"'
    assert second.line == 4


def test_one_apostrophe_is_taken_away(tmp_path: Path) -> None:
    """S11: the apostrophe that our exports put before a formula is taken away again, exactly one."""
    text = "customer,company\na.example,'=1+1\nb.example,''@x\nc.example,'t Hof\n"
    assert [entry.company for entry in read_wave_list(write(tmp_path, text))] == ["=1+1", "'@x", "'t Hof"]


def test_the_customer_list_of_connect_can_be_the_list(tmp_path: Path) -> None:
    """M5: customers.csv as 00_connect writes it is a list that an engagement or a wave can name."""
    cases = [make_case_name(), make_case_name(customer=CUSTOMER.replace("3f", "4f"), company="=HYPERLINK(evil)")]
    path = write_csv(tmp_path / "customers.csv", population_table(cases))
    assert [entry.company for entry in read_wave_list(path)] == [case.company for case in cases]


BAD = {
    "an unknown column": ("custommer\na\n", ["unknown column 'custommer'; did you mean 'customer'?", "no column"]),
    "no column customer": ("source\nx\n", ["has no column 'customer'"]),
    "a column twice": ("customer,customer\na,b\n", ["has the column 'customer' twice"]),
    "a line without customer": ("customer,source\na,x\n,x\n", ["line 3 names no customer"]),
    "a line that ends before the customer": ("source,customer\nx\n", ["line 2 names no customer"]),
    "a customer twice": ("customer\na\nb\nA\na\n", ["line 4 repeats A of line 2", "line 5 repeats a of line 2"]),
    "a comma without quotes": ("customer,company,wave\na,Contoso, Ltd,1\n", ["line 2 has more cells than the header"]),
    "a header alone": ("customer\n", ["lists no customers"]),
    "nothing": ("", ["has no column 'customer'"]),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_list_names_its_lines(tmp_path: Path, fault: str) -> None:
    """Each fault of a list is a sentence with the line or the column; no line is left out silently (S8)."""
    text, sentences = BAD[fault]
    with pytest.raises(EngagementError) as refused:
        read_wave_list(write(tmp_path, text))
    assert len(refused.value.problems) == len(sentences)
    for sentence, problem in zip(sentences, refused.value.problems, strict=True):
        assert sentence in problem
        assert "waves.csv" in problem


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_is_one_sentence(tmp_path: Path, encoding: str) -> None:
    """A list that is not UTF-8 says so instead of naming customers wrongly."""
    with pytest.raises(EngagementError, match="Save it as CSV in UTF-8"):
        read_wave_list(write(tmp_path, "customer,company\na,Société\n", encoding))


def test_a_cell_without_end_is_one_sentence(tmp_path: Path) -> None:
    """A cell that swallows the rest of the file is a sentence with its line."""
    text = "customer\n" + '"' + "x" * 200_000
    with pytest.raises(EngagementError, match=r"line \d+ is not CSV"):
        read_wave_list(write(tmp_path, text))


def test_a_bad_list_is_known_before_a_call(tmp_path: Path) -> None:
    """A list with faults, or with a source that is none, stops the engagement from being loaded."""
    write(tmp_path, "customer,source\na.example,contoso-frnce\n")
    with pytest.raises(
        EngagementError, match="Line 2 of the customer list: the source 'contoso-frnce' is unknown; did"
    ):
        load_engagement(write_engagement(tmp_path, customers="waves.csv"))
    write(tmp_path, "custommer\na.example\n")
    with pytest.raises(EngagementError, match="unknown column 'custommer'"):
        load_engagement(write_engagement(tmp_path, customers="waves.csv"))
