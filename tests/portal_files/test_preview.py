"""A preview from files alone: every row once, what is not known said, nothing written; Partner Center's word counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from offline import (
    CUSTOMER,
    FRANCE,
    GERMANY,
    make_case_name,
    make_subscription,
    run_command,
    snapshot,
    write_engagement,
)

from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.inventory import record_snapshots
from consolidation.population import record_population
from consolidation.portal_files.preview import make_preview, preview_table
from consolidation.portal_files.reading import read_portal_file
from consolidation.session import open_journal
from consolidation.wave_lists import read_wave_list

OTHER = CUSTOMER.replace("3f", "4f")
ALL = (
    "Customer ID,Customer name,Subscription ID,Subscription,Quantity,Status\n"
    f"{CUSTOMER},Fabrikam,AAAA0001,Office 365 E3,10,Active\n"
    f"{CUSTOMER},Fabrikam,AAAA0002,Microsoft Azure,,Active\n"
    f"{OTHER},=Northwind,AAAA0003,Visio,4,Deleted\n"
)
CUSTOMERS = (
    f"Microsoft ID,Company name,Primary domain name,Relationship\n{CUSTOMER},Fabrikam,fabrikam.example,Reseller\n"
)

Preview = Callable[..., SimpleNamespace]


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def preview(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Preview:
    """Run the command on files of these texts."""

    def run(*arguments: str, **texts: str) -> SimpleNamespace:
        paths = [str(write(tmp_path, f"{name}.csv", text)) for name, text in texts.items()]
        ended: SimpleNamespace = run_command(capsys, monkeypatch, "preview", *paths, *arguments)
        assert "Traceback" not in ended.err
        return ended

    return run


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement whose only case was prepared: other seats, and one subscription that the files lack."""
    loaded = load_engagement(write_engagement(tmp_path))
    journal = open_journal(loaded)
    case = make_case_name()
    record_population(journal, [case], phase="00_connect")
    listed = (
        make_subscription("AAAA0001", quantity=12),
        make_subscription("AAAA0002", offerName="Microsoft Azure", quantity=1),
        make_subscription("AAAA0009", offerName="Project"),
    )
    record_snapshots(journal, case.chain, (snapshot("source", *listed), snapshot("target")), phase="01_prepare")
    return loaded


def test_files_alone_give_a_preview_and_say_what_they_cannot(preview: Preview, tmp_path: Path) -> None:
    """M5: without an engagement and without a call, every row is shown, and what has to be read or asked is named."""
    ended = preview(all=ALL, customers=CUSTOMERS)
    assert ended.code == 0
    for words in ("Office 365 E3", "never suspended by hand (M13)", "seats: legacy or new commerce", "nothing to do"):
        assert words in ended.out
    assert (
        "offer ids: whether a product can still be bought; which add-on belongs to which base; when terms" in ended.out
    )
    assert "nothing is written to a tenant" in ended.out
    assert f"customer =Northwind ({OTHER}) is not in the customer list" in ended.out
    assert {path.name for path in tmp_path.iterdir()} == {"all.csv", "customers.csv"}


def test_a_preview_is_a_file_and_its_customers_a_list(preview: Preview, tmp_path: Path) -> None:
    """M19: the preview is a workbook that reads as the rows it shows; its customers are a list for an engagement."""
    assert preview("--to", str(tmp_path / "out"), all=ALL, customers=CUSTOMERS).code == 0
    again = read_portal_file(tmp_path / "out" / "preview.xlsx")
    assert [(row.subscription, row.seats) for row in again.rows] == [
        ("aaaa0001", 10),
        ("aaaa0002", None),
        ("aaaa0003", 4),
    ]
    listed = read_wave_list(tmp_path / "out" / "customers.csv")
    assert [(entry.customer, entry.company) for entry in listed] == [(CUSTOMER, "Fabrikam"), (OTHER, "=Northwind")]


def test_partner_center_has_the_last_word(preview: Preview, engagement: Engagement) -> None:
    """M31: what was read differs from the file: each difference is shown, both ways, and the exit code says so."""
    ended = preview("--engagement", str(engagement.path), all=ALL, customers=CUSTOMERS)
    assert ended.code == 3
    assert "12 seats instead of 10" in ended.out
    assert "as in the file" in ended.out
    assert "has 10 seats, active; not in the files" in ended.out
    assert "not read yet" in ended.out  # the customer of the third row is no case: nobody has looked


def test_files_that_agree_end_with_zero(preview: Preview, engagement: Engagement) -> None:
    """M31: one customer's subscriptions, without a column for the customer, are found by their ids."""
    same = "Abonnement-ID;Abonnement;Menge;Status\nAAAA0001;E3;12;Aktiv\nAAAA0002;Azure;;Aktiv\nAAAA0009;P;10;Aktiv\n"
    ended = preview("--engagement", str(engagement.path), "--source", FRANCE, one=same)
    assert ended.code == 0
    assert "Files and Partner Center say the same" in ended.out
    missing = same.replace("AAAA0009", "AAAA0008")
    assert "has no such subscription" in preview("--engagement", str(engagement.path), one=missing).out
    elsewhere = preview("--engagement", str(engagement.path), "--source", GERMANY, one=same)
    assert "not read yet" in elsewhere.out


def test_nothing_is_written_on_a_preview(preview: Preview, engagement: Engagement) -> None:
    """S6: a preview leaves the journal as it was: no plan, no approval and no effect can come of it."""
    journal = open_journal(engagement)
    chain = make_case_name().chain
    before = [entry.number for entry in journal.entries(chain)], len(journal.entries("engagement"))
    preview("--engagement", str(engagement.path), all=ALL, customers=CUSTOMERS)
    assert ([entry.number for entry in journal.entries(chain)], len(journal.entries("engagement"))) == before


@pytest.mark.parametrize(("arguments", "words"), [
    (("--source", FRANCE), "Give --engagement"),
    (("--engagement", "nowhere.yaml"), "nowhere.yaml"),
])  # fmt: skip
def test_wrong_options_are_one_sentence(preview: Preview, arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2 for what is knowable without a call."""
    ended = preview(*arguments, all=ALL)
    assert ended.code == 2
    assert words in ended.err


def test_one_subscription_in_two_files_is_refused(tmp_path: Path) -> None:
    """S8: the same export twice, or an old and a new one, would count seats twice."""
    one = "Subscription ID,Subscription,Quantity,Status\nAAAA0001,E3,10,Active\n"
    files = [read_portal_file(write(tmp_path, name, one)) for name in ("a.csv", "b.csv")]
    with pytest.raises(EngagementError, match=r"b\.csv, row 2: subscription aaaa0001 stands in a\.csv, row 2"):
        make_preview(files)


def test_a_customer_with_two_names_is_named(tmp_path: Path) -> None:
    """M5: one tenant id with two companies beside it is a mistake of somebody: it is said."""
    text = ALL.replace(OTHER, CUSTOMER)
    preview = make_preview([read_portal_file(write(tmp_path, "all.csv", text))])
    assert f"Customer {CUSTOMER} has several names: =Northwind, Fabrikam." in preview.notes


def test_a_customer_who_would_hold_too_much_is_named(tmp_path: Path) -> None:
    """M25: each subscription stands twice for a while: more than 150 would pass the limit of 300."""
    head, rows = "Customer ID,Subscription ID,Subscription,Quantity,Status\n", range(151)
    text = head + "".join(f"{CUSTOMER},A{number},E3,1,Active\n" for number in rows)
    preview = make_preview([read_portal_file(write(tmp_path, "all.csv", text))])
    assert any("151 subscriptions, each of them twice" in note for note in preview.notes)
    assert len(preview_table(preview).rows) == 151


def test_an_activity_log_is_read_and_its_times_are_not_trusted(preview: Preview) -> None:
    """M21: the portal's log is read; the file does not say its time zone, and that is said."""
    ended = preview(log="Date-Time,Affected customer,Action,Partner user\n11/22/2026 9:01,Fabrikam,Add,ana@x\n")
    assert ended.code == 0
    assert "activity log, 1 rows" in ended.out
    assert "11/22/2026 9:01" in ended.out
    assert "time zone" in ended.out
