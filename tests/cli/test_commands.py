"""The command line: the same records that the widgets write, one JSON document, and the promised exit codes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from offline import (
    CUSTOMER,
    FRANCE,
    GERMANY,
    TENANTS,
    make_case_name,
    make_plan,
    make_row,
    run_command,
    write_engagement,
)
from sqlalchemy import create_engine, text

from consolidation.cli.show import show_portfolio
from consolidation.engagement import Engagement, load_engagement
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.plan import Plan, freeze, frozen_plan
from consolidation.population import CaseName, record_population
from consolidation.portfolio import read_portfolio_of
from consolidation.session import open_journal

FABRIKAM = make_case_name(FRANCE)
SAME_CUSTOMER = make_case_name(GERMANY)
NORTHWIND = make_case_name(GERMANY, CUSTOMER.replace("3f", "4f"), "Northwind Traders")
FACTS = ("--name", "Margaux Delorme", "--email", "margaux@fabrikam.example", "--date", "2026-02-03")


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement with three cases, in which one person approves."""
    path = write_engagement(tmp_path, approvals={"required": 1, "self_approval": True})
    loaded = load_engagement(path)
    record_population(open_journal(loaded), [FABRIKAM, SAME_CUSTOMER, NORTHWIND], phase="00_connect")
    return loaded


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return open_journal(engagement)


@pytest.fixture
def plan(engagement: Engagement, journal: Journal) -> Plan:
    """A frozen plan of Northwind's cut-over."""
    return freeze(journal, make_plan(engagement, case=NORTHWIND))


@pytest.fixture
def consolidate(
    engagement: Engagement, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., SimpleNamespace]:
    """Run a command on the engagement."""

    def run(command: str, *options: str) -> SimpleNamespace:
        ended: SimpleNamespace = run_command(capsys, monkeypatch, command, str(engagement.path), *options)
        assert "Traceback" not in ended.err
        return ended

    return run


def approve(plan: Plan, *more: str, customer: str = NORTHWIND.domain) -> tuple[str, ...]:
    """Return the options that approve a plan; what stands twice counts as it stands last."""
    return ("approve", "--customer", customer, "--phase", plan.phase, "--digest", plan.digest, *more)


def test_approve_writes_the_record_of_the_widget(consolidate: Callable, journal: Journal, plan: Plan) -> None:
    """M27: an approval on the command line is a decision on the digest, with who and how."""
    ended = consolidate(*approve(plan))
    assert ended.code == 0
    assert plan.digest in ended.out
    (entry,) = journal.entries(NORTHWIND.chain, kinds={"decided"})
    assert (entry.body["approved"], entry.body["digest"], entry.body["how"]) == (True, plan.digest, "command line")
    assert entry.phase == "04_recreate"


def test_reject_needs_a_reason_and_keeps_it(consolidate: Callable, journal: Journal, plan: Plan) -> None:
    """S6: a rejection without a reason is refused; with one it is recorded and shown."""
    assert consolidate(*approve(plan, "--reject")).code == 2
    assert consolidate(*approve(plan, "--reject", "--reason", " ")).code == 2
    ended = consolidate(*approve(plan, "--reject", "--reason", "wrong seats"))
    assert (ended.code, "Rejected by" in ended.out, "wrong seats" in ended.out) == (0, True, True)
    (entry,) = journal.entries(NORTHWIND.chain, kinds={"decided"})
    assert (entry.body["approved"], entry.body["reason"]) == (False, "wrong seats")


WRONG = {
    "another digest": (("--digest", "0" * 64), "not " + "0" * 64),
    "a part of the digest": (("--digest", "abc"), "Look at the rows again"),
    "an unknown customer": (("--customer", "nobody.example"), "'nobody.example' is not a customer of any source"),
    "an unknown source": (("--source", "contoso-spain"), "is not a customer of source contoso-spain"),
    "an ambiguous customer": (("--customer", CUSTOMER), "several sources: contoso-france, contoso-germany"),
    "a phase that is none": (("--phase", "04_recreat"), "'04_recreat' is not a phase"),
    "a phase without a plan": (("--phase", "02_invite"), "has no plan of 02_invite"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_cannot_be_approved_is_one_sentence(
    consolidate: Callable, journal: Journal, plan: Plan, fault: str
) -> None:
    """S6: a wrong digest, customer or phase ends with exit code 2, a next step, and no record."""
    options, words = WRONG[fault]
    ended = consolidate(*approve(plan, *options))
    assert ended.code == 2
    assert words in ended.err
    assert journal.entries(NORTHWIND.chain, kinds={"decided"}) == []


def test_a_plan_with_problems_is_not_approved(engagement: Engagement, consolidate: Callable, journal: Journal) -> None:
    """S7: a plan that a person must look at first is refused with its problems."""
    stopped = freeze(journal, make_plan(engagement, make_row(problems=("No seats.",)), case=NORTHWIND))
    ended = consolidate(*approve(stopped))
    assert ended.code == 2
    assert "Office 365 E3: No seats." in ended.err


def test_a_digest_may_be_pasted_in_capitals(consolidate: Callable, plan: Plan) -> None:
    """A digest is compared in one letter case, blanks around it do not matter, and the tenant id names the customer."""
    customer = NORTHWIND.customer.upper()
    assert consolidate(*approve(plan, "--digest", f" {plan.digest.upper()} ", customer=customer)).code == 0


@pytest.mark.parametrize("chain", ["engagement", NORTHWIND.chain])
def test_nobody_decides_on_an_altered_journal(
    engagement: Engagement, consolidate: Callable, plan: Plan, chain: str
) -> None:
    """M32: an approval or confirmation on a journal of which any chain was altered is refused and names the entry."""
    database = create_engine(engagement.journal_url)
    with database.begin() as connection:
        connection.execute(text("UPDATE entries SET at = 'x' WHERE chain = :chain AND number = 1"), {"chain": chain})
    for options in (approve(plan), ("confirm", "--customer", NORTHWIND.domain, "--step", "mail_sent", "--by", "ana")):
        ended = consolidate(*options)
        assert ended.code == 2
        assert f"Entry 1 of {chain} was altered" in ended.err


@pytest.mark.parametrize(
    ("options", "chain"),
    [
        (("--step", "irreversible"), "engagement"),
        (("--step", "mail_sent", "--customer", NORTHWIND.domain), NORTHWIND.chain),
        (("--step", "agreement_accepted", "--customer", CUSTOMER, "--source", GERMANY, *FACTS), SAME_CUSTOMER.chain),
        (("--step", "microsoft_notified", "--customer", NORTHWIND.customer, "--ticket", "T-1"), NORTHWIND.chain),
    ],
)
def test_confirm_writes_the_record_of_the_widget(
    consolidate: Callable, journal: Journal, options: tuple[str, ...], chain: str
) -> None:
    """M3, M7: a confirmation on the command line lands in the case's chain, `irreversible` in the engagement's."""
    assert consolidate("confirm", "--by", "ana", *options).code == 0
    (entry,) = journal.entries(chain, kinds={"confirmed"})
    assert (entry.body["step"], entry.body["by"], entry.body["how"]) == (options[1], "ana", "command line")
    assert entry.body["ticket"] == ("T-1" if "T-1" in options else "")
    assert entry.body["facts"].get("date") == ("2026-02-03" if FACTS[0] in options else None)


def test_one_notice_may_name_many_customers(consolidate: Callable, journal: Journal) -> None:
    """M15: `microsoft_notified` is confirmed for several customers at once, or for none when one is not known."""
    options = ("confirm", "--by", "ana", "--step", "microsoft_notified", "--ticket", "T-1")
    unknown = consolidate(*options, "--customer", NORTHWIND.domain, "--customer", "nobody")
    assert unknown.code == 2
    assert not journal.entries(NORTHWIND.chain, kinds={"confirmed"})
    both = ("--source", GERMANY, "--customer", CUSTOMER, "--customer", NORTHWIND.domain)
    assert consolidate(*options, *both).code == 0
    for chain in (SAME_CUSTOMER.chain, NORTHWIND.chain):
        (entry,) = journal.entries(chain, kinds={"confirmed"})
        assert entry.body["ticket"] == "T-1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--step", "irreversible", "--customer", NORTHWIND.domain), "leave --customer out"),
        (("--step", "mail_sent"), "give --customer"),
        (("--step", "mail_sent", "--customer", "nobody"), "not a customer of any source"),
        (("--step", "accepted", "--customer", NORTHWIND.domain), "is not one of"),
        (("--step", "agreement_accepted", "--customer", NORTHWIND.domain), "Give --name, --email, --date"),
        (("--step", "mail_sent", "--customer", NORTHWIND.domain, "--by", " "), "Give --by"),
        (
            ("--step", "agreement_accepted", "--customer", NORTHWIND.domain, *FACTS[:-1], "3.2.2026"),
            "'3.2.2026' is not a date",
        ),
    ],
)
def test_what_cannot_be_confirmed_is_one_sentence(
    consolidate: Callable, journal: Journal, options: tuple[str, ...], words: str
) -> None:
    """A wrong step, customer, fact or date ends with exit code 2 and no record."""
    ended = consolidate("confirm", "--by", "ana", *options)
    assert ended.code == 2
    assert words in ended.err
    assert all(not journal.entries(chain, kinds={"confirmed"}) for chain in journal.chains())


def end(journal: Journal, chain: str, phase: str, outcome: str) -> None:
    """Let a phase end."""
    record_outcome(journal, chain, Outcome(phase, outcome, ("Why it is so.",)))  # type: ignore[arg-type]


CODES = {
    "nothing ran": ([], 0),
    "done": ([(FABRIKAM.chain, "01_prepare", "done")], 0),
    "waiting": ([(FABRIKAM.chain, "02_invite", "waiting")], 0),
    "held": ([(FABRIKAM.chain, "04_recreate", "held"), (NORTHWIND.chain, "02_invite", "waiting")], 3),
    "failed before held": ([(FABRIKAM.chain, "04_recreate", "held"), (NORTHWIND.chain, "01_prepare", "failed")], 1),
    "held, then done": ([(FABRIKAM.chain, "04_recreate", "held"), (FABRIKAM.chain, "04_recreate", "done")], 0),
    "connect failed": ([("engagement", "00_connect", "failed")], 1),
    "connect held": ([("engagement", "00_connect", "held")], 3),
}


@pytest.mark.parametrize("history", CODES)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_status_ends_with_the_promised_code(
    consolidate: Callable, journal: Journal, history: str, options: tuple[str, ...]
) -> None:
    """Exit codes: 1 something failed, else 3 something is held, else 0, the engagement's own notebooks included."""
    outcomes, code = CODES[history]
    for chain, phase, outcome in outcomes:
        end(journal, chain, phase, outcome)
    ended = consolidate("status", *options)
    assert ended.code == code
    if outcomes and outcomes[0][0] == "engagement":
        assert "00_connect: Why it is so." in ended.err


def test_json_is_exactly_one_document(engagement: Engagement, consolidate: Callable, journal: Journal) -> None:
    """M30: with --json stdout is the portfolio's document and nothing else."""
    end(journal, FABRIKAM.chain, "02_invite", "waiting")
    ended = consolidate("status", "--json")
    assert json.loads(ended.out) == read_portfolio_of(engagement, journal).document()


def test_names_are_shown_as_they_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11: a company called [red] or with a control character is text; half a character stops no JSON."""
    path = write_engagement(tmp_path)
    names = ["[red]Fabrikam[/red]", "a\x1b[31mb", "\ud83d", "北京"]
    cases = [CaseName(FRANCE, f"{n:08d}-0000-4000-8000-000000000000", name, "d") for n, name in enumerate(names)]
    record_population(open_journal(load_engagement(path)), cases, phase="00_connect")
    monkeypatch.setenv("COLUMNS", "200")
    shown = run_command(capsys, monkeypatch, "status", str(path))
    assert "[red]Fabrikam[/red]" in shown.out
    assert "\x1b[31m" not in shown.out
    document = json.loads(run_command(capsys, monkeypatch, "status", str(path), "--json").out)
    assert [case["company"] for case in document["cases"]] == names


def test_a_console_of_another_code_page_stops_nothing(engagement: Engagement, monkeypatch: pytest.MonkeyPatch) -> None:
    """A console that has no tick shows a question mark; JSON stays exact in every encoding."""
    from consolidation.cli import main

    for options, words in (((), "?"), (("--json",), '"company": "Fabrikam Boulangerie"')):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
        monkeypatch.setattr(sys, "argv", ["consolidate", "status", str(engagement.path), *options])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        assert ended.value.code == 0
        assert words in raw.getvalue().decode("cp1252")


CREDENTIALS = {f"{name.upper()}_CLIENT_ID": "app" for name in TENANTS}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--customers", "nobody.example"), "No source tenant has 'nobody.example'"),
        (("--customers", ""), "No source tenant has ''"),
        (("--wave", "missing.csv"), "missing.csv does not exist"),
        (("--phase", "04_recreat"), "'04_recreat' is not a phase"),
        (("--shard", "0/3"), "'0/3' is no shard"),
        (("--shard", "4/3"), "'4/3' is no shard"),
        (("--shard", "1"), "'1' is no shard"),
        (("--shard", "1/0"), "'1/0' is no shard"),
        (("--workers", "0"), "--workers"),
        (("--colour",), "--colour"),
        (("--executor", "airflow"), "Use threads, or dask:ADDRESS with the address"),
        (("--executor", "dask:"), "There is no executor 'dask:'"),
        (("--executor", "dask:tcp://127.0.0.1:9"), "a SQLite file cannot be shared"),
    ],
)
def test_a_wrong_option_of_run_ends_before_anything_runs(
    consolidate: Callable, journal: Journal, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: str
) -> None:
    """An option that names nobody or nothing ends with exit code 2 before the first notebook."""
    for variable, value in CREDENTIALS.items():
        monkeypatch.setenv(variable, value)
    before = journal.head("engagement")
    ended = consolidate("run", *options)
    assert ended.code == 2
    assert words in ended.err
    assert journal.head("engagement") == before


def test_plan_needs_the_list_of_customers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--plan` before the customers are listed says what to run, instead of planning nothing in silence."""
    for variable, value in CREDENTIALS.items():
        monkeypatch.setenv(variable, value)
    path = write_engagement(tmp_path)
    ended = run_command(capsys, monkeypatch, "run", str(path), "--plan", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "--phase 00_connect" in ended.err


def test_the_table_of_cases_has_every_case(
    engagement: Engagement, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """S8: the table for people shows each case once, with its sign for each phase."""
    end(journal, NORTHWIND.chain, "02_invite", "held")
    show_portfolio(read_portfolio_of(engagement, journal), as_json=False)
    table, _, reasons = capsys.readouterr().out.partition("01 prepare")
    assert "offline: 3 cases" in table
    assert table.count("Northwind") == 1
    assert table.count("Fabrikam") == 2
    assert "02_invite: Why it is so." in reasons


def test_status_leaves_the_plan_alone(consolidate: Callable, journal: Journal, plan: Plan) -> None:
    """Looking writes nothing: after `status` the chains are as they were."""
    heads = {chain: journal.head(chain) for chain in journal.chains()}
    consolidate("status")
    assert {chain: journal.head(chain) for chain in journal.chains()} == heads
    assert frozen_plan(journal, NORTHWIND, "04_recreate") == plan
