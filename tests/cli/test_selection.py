"""Which cases take part in a run: by customer, by wave list, by shard."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import EUROPE, FRANCE, GERMANY

from consolidation.cli.selection import select_cases
from consolidation.errors import EngagementError
from consolidation.population import CaseName

POPULATION = [
    CaseName(source, f"{number:08d}-0000-4000-8000-000000000000", f"Company {number}", f"company{number}.example")
    for number in range(40)
    for source in (FRANCE, GERMANY)
]


def test_every_case_is_in_exactly_one_shard() -> None:
    """M37, S8: the parts of all schedulers together are all cases, each once, both cases of a customer in one part."""
    parts = [[case for case in POPULATION if select_cases((), None, f"{part}/4")(case)] for part in range(1, 5)]
    assert sorted(case.chain for part in parts for case in part) == sorted(case.chain for case in POPULATION)
    assert all(parts)
    customers = [{case.customer for case in part} for part in parts]
    assert sum(len(names) for names in customers) == 40


def test_customers_and_waves_choose_together(tmp_path: Path) -> None:
    """`--customers` and `--wave` add up; a wave's source chooses one of a customer's two cases."""
    wave = tmp_path / "wave.csv"
    wave.write_text(f"customer,source\nCompany1.example,{GERMANY}\n", encoding="utf-8")
    chosen = select_cases([POPULATION[4].customer.upper()], wave, None)
    found = {(case.company, case.source) for case in POPULATION if chosen(case)}
    assert found == {("Company 2", FRANCE), ("Company 2", GERMANY), ("Company 1", GERMANY)}
    chosen.require_known(POPULATION)


def test_a_wave_whose_source_lacks_the_customer_is_named(tmp_path: Path) -> None:
    """S8: a line of a wave that means no case is an error; it would be left out silently."""
    wave = tmp_path / "wave.csv"
    wave.write_text(f"customer,source\ncompany1.example,{EUROPE}\n", encoding="utf-8")
    with pytest.raises(EngagementError, match=r"Source contoso-europe has no customer 'company1.example'"):
        select_cases((), wave, None).require_known(POPULATION)


def test_a_wave_that_contradicts_partner_center_is_refused(tmp_path: Path) -> None:
    """S8, M3: a customer who is named twice, or by another company's name, stops the run before any notebook."""
    wave = tmp_path / "wave.csv"
    wave.write_text(f"customer,company\ncompany1.example,Company 2\n{POPULATION[2].customer},\n", encoding="utf-8")
    with pytest.raises(EngagementError) as refused:
        select_cases((), wave, None).require_known(POPULATION)
    assert "Partner Center calls company1.example 'Company 1', the list 'Company 2'" in str(refused.value)
    assert "whom line 2 names already" in str(refused.value)
