"""The report of a grid: what was tried, what survived, and each point that did not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from faults.grid_points import Result


def summary(results: Sequence[Result], *, planned: int, seed: int, seconds: float) -> dict[str, object]:
    """Return the report as one document."""
    failed = [result for result in results if result.failures]
    return {
        "planned": planned,
        "points": len(results),
        "survived": len(results) - len(failed),
        "orders_doubled": sum(result.doubled for result in results),
        "steps_lost": sum(result.lost for result in results),
        "seed": seed,
        "seconds": round(seconds),
        "scenarios": sorted({result.point.scenario for result in results}),
        "reruns": {str(reruns): count for reruns, count in sorted(Counter(one.reruns for one in results).items())},
        "by_fault": _counted(results, lambda one: f"{one.point.scenario} {one.point.id.split('/')[3]}"),
        "by_step": _counted(results, lambda one: f"{one.point.scenario} {one.point.call.step}"),
        "by_papermill": sum(result.point.papermill for result in results),
        "failed": [
            {
                "id": result.point.id,
                "call": f"{result.point.call.method} {result.point.call.path}",
                "differs": list(result.failures),
            }
            for result in failed
        ],
    }


def _counted(results: Sequence[Result], key: Callable[[Result], str]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for result in results:
        row = counted.setdefault(key(result), {"points": 0, "survived": 0, "orders doubled": 0, "steps lost": 0})
        row["points"] += 1
        row["survived"] += not result.failures
        row["orders doubled"] += result.doubled
        row["steps lost"] += result.lost
    return counted


def write(folder: Path, report: dict[str, object]) -> None:
    """Write the report as JSON and for people."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(report), encoding="utf-8")


def sentence(report: dict[str, object]) -> str:
    """Return the report in one line."""
    of = "" if report["points"] == report["planned"] else f" of {report['planned']}"
    tried = f"{report['points']}{of} points tried, {report['survived']} survived"
    wrong = f"orders doubled {report['orders_doubled']}, steps lost {report['steps_lost']}"
    return f"{tried}; {wrong}; seed {report['seed']}, {report['seconds']} s."


def markdown(report: dict[str, object]) -> str:
    """Return the report for people."""
    reruns = ", ".join(f"{count} after {times}" for times, count in report["reruns"].items())
    lines = [
        "# Fault grid",
        "",
        sentence(report),
        "",
        "A point is one HTTP call of a case and one fault that strikes it. It survives when the case, run again as",
        "often as needed (at most three times), ends as without a fault: both tenants, every effect once, every",
        "outcome, every claim, the chains whole, no intention open, nothing sent without its intention, and S1 in the",
        f"simulator's own log. Runs that were needed beyond the struck one: {reruns}.",
        "",
        *_table("Fault", report["by_fault"]),
        *_table("Step", report["by_step"]),
    ]
    if report["failed"]:
        lines += ["## Failed", ""]
        for failed in report["failed"]:
            lines += [f"- `{failed['id']}` ({failed['call']})"]
            lines += [f"  - {' '.join(what.split())[-600:]}" for what in failed["differs"]]
    return "\n".join(lines) + "\n"


def _table(title: str, rows: dict[str, dict[str, int]]) -> list[str]:
    lines = [f"| {title} | Points | Survived | Orders doubled | Steps lost |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {' | '.join(map(str, row.values()))} |" for name, row in rows.items()]
    return [*lines, ""]
