"""The population: each customer under each source is one case, and every line of the list means one (M5, S8)."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from offline import CUSTOMER, FRANCE, GERMANY, make_case_name, make_engagement

from consolidation.errors import CustomerUnknown, EngagementError
from consolidation.journal import Journal
from consolidation.people import NOT_SIGNED_IN, approvals_need_people, identify_person
from consolidation.population import (
    CaseName,
    contradicting_lines,
    find_case,
    read_population,
    record_population,
    recorded_population,
)  # fmt: skip
from consolidation.wave_lists import ListedCustomer
from partner_center.models import Customer

OTHER = CUSTOMER.replace("3f", "4f")


def customer(identifier: str, company: str, domain: str) -> Customer:
    """Return a customer as Partner Center lists it."""
    profile = {"companyName": company, "domain": domain}
    return Customer.model_validate({"id": identifier, "companyProfile": profile})


class FakeClients:
    """Two sources: one customer in both, one in France alone."""

    def source(self, name: str) -> Any:
        """Return a client that lists customers."""
        both = customer(CUSTOMER.upper(), "Fabrikam", "Fabrikam.onmicrosoft.com")
        listed = {FRANCE: [both, customer(OTHER, "Northwind", "northwind.onmicrosoft.com")], GERMANY: [both]}
        return SimpleNamespace(customers=lambda: listed[name])


def population(folder: Path, lines: str | None = None) -> list[CaseName]:
    """Read the population of an engagement with a customer list of these lines, or with all customers."""
    if lines is not None:
        (folder / "customers.csv").write_text(f"customer,source\n{lines}", encoding="utf-8")
    engagement = make_engagement(folder, customers="all" if lines is None else "customers.csv")
    clients: Any = FakeClients()
    return read_population(engagement, clients)


def names(cases: list[CaseName]) -> list[tuple[str, str]]:
    """Return company and source of each case."""
    return [(case.company, case.source) for case in cases]


def test_every_customer_of_every_source_is_a_case(tmp_path: Path) -> None:
    """M4, M5: all customers of all sources; the same customer under two sources is two cases with one tenant id."""
    cases = population(tmp_path)
    assert names(cases) == [("Fabrikam", FRANCE), ("Northwind", FRANCE), ("Fabrikam", GERMANY)]
    assert {case.customer for case in cases} == {CUSTOMER, OTHER}
    assert len({case.chain for case in cases}) == 3


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"{CUSTOMER.upper()},\n", [("Fabrikam", FRANCE), ("Fabrikam", GERMANY)]),
        ("FABRIKAM.onmicrosoft.com,contoso-germany\n", [("Fabrikam", GERMANY)]),
        (
            f"{OTHER},contoso-france\nfabrikam.onmicrosoft.com,Contoso-France\n",
            [("Fabrikam", FRANCE), ("Northwind", FRANCE)],
        ),
    ],
)
def test_a_list_chooses_its_cases(tmp_path: Path, lines: str, expected: list[tuple[str, str]]) -> None:
    """A line names a customer by tenant id or domain, under one source or under all that hold it."""
    assert names(population(tmp_path, lines)) == expected


def test_lines_that_mean_nobody_are_named(tmp_path: Path) -> None:
    """S8: each line of the list that fits no customer is named by its number; nothing is left out silently."""
    with pytest.raises(EngagementError) as refused:
        population(tmp_path, f"nobody.example,\n{CUSTOMER},\n{OTHER},contoso-germany\n")
    assert refused.value.problems == (
        "Line 2 of the customer list: no source tenant has 'nobody.example'.",
        f"Line 4 of the customer list: no source tenant has '{OTHER}'.",
    )


def test_lines_that_mean_one_case_twice_are_named(tmp_path: Path) -> None:
    """S8: a tenant id and a domain, or a line for all sources and one for this source, are one case named twice."""
    with pytest.raises(EngagementError) as refused:
        population(tmp_path, f"{CUSTOMER},\nfabrikam.onmicrosoft.com,contoso-germany\n{OTHER},\n")
    (problem,) = refused.value.problems
    assert problem.startswith("Line 3 of the customer list: fabrikam.onmicrosoft.com under contoso-germany is Fabrikam")
    assert "whom line 2 names already" in problem


def test_a_company_beside_the_id_of_another_one_is_named() -> None:
    """M3: the name in a list is checked against Partner Center: the wrong customer cannot be moved back."""
    case = CaseName(FRANCE, CUSTOMER, "Fabrikam  Boulangerie", "fabrikam.onmicrosoft.com")
    wrong = ListedCustomer(CUSTOMER, company="Northwind", line=2)
    (problem,) = contradicting_lines([wrong], [case], "wave list")
    assert "Line 2 of the wave list" in problem
    assert "'Northwind'" in problem
    right = [ListedCustomer(CUSTOMER, company=name, line=2) for name in ("", "fabrikam boulangerie ", case.company)]
    assert [contradicting_lines([entry], [case], "wave list") for entry in right] == [[], [], []]


def test_the_last_list_is_the_population(tmp_path: Path) -> None:
    """M5: what 00_connect listed last is the population; other observations do not disturb it."""
    journal = Journal(make_engagement(tmp_path).journal_url)
    assert recorded_population(journal) == []
    cases = population(tmp_path)
    record_population(journal, cases[:1], phase="00_connect")
    record_population(journal, cases, phase="00_connect")
    journal.append("engagement", "observed", {"tenants": []}, phase="00_connect")
    assert recorded_population(journal) == cases


def test_a_case_is_found_by_tenant_id_or_domain(tmp_path: Path) -> None:
    """The parameters of a notebook: the only source that holds the customer is found, two are an error naming them."""
    cases = population(tmp_path)
    assert find_case(cases, " NORTHWIND.onmicrosoft.com ", "").source == FRANCE
    assert find_case(cases, CUSTOMER, " contoso-germany ").source == GERMANY
    with pytest.raises(CustomerUnknown, match=f"several sources: {FRANCE}, {GERMANY}"):
        find_case(cases, CUSTOMER, "")


@pytest.mark.parametrize(
    ("wanted", "source", "words"),
    [("nobody", "", "any source tenant"), ("", "", "any source tenant"), (OTHER, GERMANY, "source contoso-germany")],
)
def test_a_customer_of_nobody_is_one_sentence(tmp_path: Path, wanted: str, source: str, words: str) -> None:
    """An unknown customer, an empty one, or one of another source is said with where the names are."""
    with pytest.raises(CustomerUnknown, match=rf"is not a customer of {words}.*customers\.csv"):
        find_case(population(tmp_path), wanted, source)


def test_a_customer_without_a_domain_is_not_everybody() -> None:
    """A customer whose domain is not printed is not found by an empty name."""
    with pytest.raises(CustomerUnknown):
        find_case([make_case_name(), CaseName(FRANCE, OTHER, "Northwind", "")], "", "")


def test_people_sign_in_where_they_are_named(tmp_path: Path) -> None:
    """S12: on loopback without approvers the computer's user stands in, shown as not signed in."""
    plain = make_engagement(tmp_path, approvals={"required": 1})
    assert not approvals_need_people(plain)
    assert identify_person(plain).user_name.endswith(NOT_SIGNED_IN)
    named = make_engagement(tmp_path, approvals={"required": 1, "approvers": ["ana@contoso.example"]})
    assert approvals_need_people(named)
