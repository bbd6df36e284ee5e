"""The population of an engagement: each customer under each source tenant is one case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from consolidation.clients import Clients
from consolidation.engagement import Engagement
from consolidation.errors import CustomerUnknown, EngagementError
from consolidation.journal import ENGAGEMENT_CHAIN, Journal, case_chain
from consolidation.journal.at_once import ReadChain, read_chains
from consolidation.wave_lists import ListedCustomer
from partner_center.models import Customer


@dataclass(frozen=True)
class CaseName:
    """Which case: one customer tenant under one source tenant.

    Attributes:
        source: Name of the source tenant in the engagement.
        customer: Customer tenant id, lower case.
        company: Company name as the source shows it: data, never markup.
        domain: Initial domain; it can change and is no key.
    """

    source: str
    customer: str
    company: str
    domain: str

    @property
    def chain(self) -> str:
        """The case's chain in the journal."""
        return case_chain(self.source, self.customer)


def read_population(engagement: Engagement, clients: Clients) -> list[CaseName]:
    """List the customers of every source tenant, all pages, and keep those that the engagement names (M5).

    Raises:
        EngagementError: The customer list names customers that no source has, means one case twice, or calls a customer
            otherwise than Partner Center does.
        partner_center.PartnerCenterError: A list could not be read to its end; nothing partial is returned.
    """
    cases = [
        _case(source.name, customer)
        for source in engagement.sources
        for customer in clients.source(source.name).customers()
    ]
    listed = engagement.listed_customers
    if listed is None:
        return cases
    unknown = [entry for entry in listed if not any(_names(entry, case) for case in cases)]
    if unknown:
        raise EngagementError(
            [f"Line {entry.line} of the customer list: no source tenant has {entry.customer!r}." for entry in unknown],
            next_step="Correct the list, or ask whether the relationship was removed.",
        )
    if contradictions := contradicting_lines(listed, cases, "customer list"):
        raise EngagementError(contradictions, next_step="Correct the list: what is moved cannot be moved back (M3).")
    return [case for case in cases if any(_names(entry, case) for entry in listed)]


def contradicting_lines(listed: Iterable[ListedCustomer], cases: Iterable[CaseName], name: str) -> list[str]:
    """Return what is wrong with lines whose customers are known, one sentence each.

    A tenant id and a domain can mean the same customer, a line without a source means all of its cases. A company
    beside the id of another one is how the wrong customer would be moved.

    Args:
        listed: Lines of a list of customers.
        cases: The cases, as Partner Center lists them.
        name: What the list is, for the sentences: `customer list`.
    """
    known: dict[str, list[CaseName]] = {}
    for case in cases:
        for called in {case.customer, case.domain.casefold()} - {""}:
            known.setdefault(called, []).append(case)
    problems = []
    meant: dict[CaseName, ListedCustomer] = {}
    for entry in listed:
        found = [case for case in known.get(entry.customer.casefold(), ()) if _names(entry, case)]
        for case in found:
            first = meant.setdefault(case, entry)
            if first is not entry:
                problems.append(
                    f"Line {entry.line} of the {name}: {entry.customer} under {case.source} is {case.company}, whom "
                    f"line {first.line} names already."
                )
        if found and entry.company and not any(_same_name(entry.company, case.company) for case in found):
            problems.append(
                f"Line {entry.line} of the {name}: Partner Center calls {entry.customer} {found[0].company!r}, the "
                f"list {entry.company!r}."
            )
    return problems


def _same_name(one: str, other: str) -> bool:
    # Spaces and case are what spreadsheets and people change in a name without meaning another one.
    return "".join(one.casefold().split()) == "".join(other.casefold().split())


def record_population(journal: Journal, cases: Iterable[CaseName], *, phase: str) -> None:
    """Keep the list of cases in the engagement's chain."""
    journal.append(ENGAGEMENT_CHAIN, "observed", {"population": [asdict(case) for case in cases]}, phase=phase)


def recorded_population(journal: Journal) -> list[CaseName]:
    """Return the cases that the last `00_connect` listed; empty before it has run."""
    for entry in reversed(journal.entries(ENGAGEMENT_CHAIN, kinds={"observed"})):
        if "population" in entry.body:
            return [CaseName(**case) for case in entry.body["population"]]
    return []


def read_cases(journal: Journal, cases: Iterable[CaseName]) -> Iterator[tuple[CaseName, ReadChain]]:
    """Yield the cases of which something is written, each with a journal that has it in memory, in no order.

    Args:
        journal: The engagement's journal; it is read once for all of them.
        cases: Each once.

    Raises:
        JournalError: The database did not answer.
    """
    listed = {case.chain: case for case in cases}
    return ((listed[chain], read) for chain, read in read_chains(journal) if chain in listed)


def find_case(cases: Sequence[CaseName], customer: str, source: str) -> CaseName:
    """Find the case of a customer, named by tenant id or domain; without a source, the only one that holds it.

    Raises:
        CustomerUnknown: None fits, or two sources hold the customer and none was named.
    """
    wanted = ListedCustomer(customer=customer.strip(), source=source.strip())
    found = [case for case in cases if _names(wanted, case)]
    if not found:
        where = f"source {source}" if source else "any source tenant"
        raise CustomerUnknown(
            f"{customer!r} is not a customer of {where}.",
            next_step="Give its tenant id or its initial domain as in engagement/exports/customers.csv of the archive.",
        )
    if len(found) > 1:
        names = ", ".join(case.source for case in found)
        raise CustomerUnknown(
            f"{found[0].company} is a customer of several sources: {names}.", next_step="Name one of them as 'source'."
        )
    return found[0]


def _case(source: str, customer: Customer) -> CaseName:
    return CaseName(source, customer.id.casefold(), customer.company_name or "", customer.domain or "")


def _names(entry: ListedCustomer, case: CaseName) -> bool:
    """Tell whether a line of a list means this case."""
    wanted = entry.customer.casefold()
    same_customer = wanted in {case.customer, case.domain.casefold()}
    return bool(wanted) and same_customer and entry.source.casefold() in {"", case.source.casefold()}
