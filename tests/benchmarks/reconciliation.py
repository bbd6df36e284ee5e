"""How fast a reconciliation file of 200,000 lines is matched, as a ratio to pandas reading it, and in how much memory.

Run by hand: python tests/benchmarks/reconciliation.py
"""

from __future__ import annotations

import csv
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from consolidation.billing.invoices.matching import Expectation, match
from consolidation.billing.invoices.reconciliation_file import ReconciliationFile
from consolidation.billing.money import Amount, Range

LINES, ENDED = 200_000, 2_000
COLUMNS = (
    "CustomerId", "CustomerName", "SyndicationPartnerSubscriptionNumber", "DurableOfferId", "OfferName", "ChargeType",
    "ChargeStartDate", "ChargeEndDate", "UnitPrice", "Quantity", "Subtotal", "Currency",
)  # fmt: skip


def write(path: Path, lines: int) -> None:
    """Write a file of a European region in which each hundredth line is the credit of a suspension."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for number in range(lines):
            credit = number % (LINES // ENDED) == 0
            writer.writerow((
                f"00000000-0000-4000-8000-{number // 40:012d}", "Contoso", f"s-{number}", "796b6b5f", "Office 365 E3",
                "Cancel fee" if credit else "Cycle fee", "22.11.2026", "13.12.2026 23:59", "20,60", 20,
                "-302,20" if credit else "412,00", "EUR",
            ))  # fmt: skip


def matched(path: Path) -> int:
    """Match the file with the credits to expect, and return how many agree."""
    credit = Amount((Range(Decimal("-302.20"), Decimal("-302.13"), "EUR"),))
    step = LINES // ENDED
    expected = [
        Expectation(f"s-{number * step}", "Office 365 E3", 20, "office", date(2026, 11, 22), credit)
        for number in range(ENDED)
    ]
    rows = match(expected, ReconciliationFile(path).lines(), {"office": True})
    return sum(row.state == "matched" for row in rows)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time of the fastest of three runs."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        short, whole = Path(folder) / "short.csv", Path(folder) / "whole.csv"
        write(short, LINES // 10)
        write(whole, LINES)
        matched(short)
        before = peak()
        count = matched(whole)
        after = peak()
        ours = timed(lambda: matched(whole))
        import pandas as pd  # after the memory was measured

        theirs = timed(lambda: pd.read_csv(whole, sep=";", decimal=",", encoding="utf-8-sig"))
        size = whole.stat().st_size / 1_000_000
    say = sys.stdout.write
    say(f"{LINES} lines, {size:.0f} MB: {count} of {ENDED} credits matched in {ours:.2f} s of processor time.\n")
    say(f"pandas reads the same file in {theirs:.2f} s: ratio {ours / theirs:.1f}.\n")
    say(f"Peak memory after a tenth of the lines: {before:.0f} MB, after all of them: {after:.0f} MB.\n")


if __name__ == "__main__":
    main()
