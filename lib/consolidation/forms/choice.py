"""The form in which a person picks, row by row, what stands for it in the target or is bought for it."""

from __future__ import annotations

import ipywidgets as widgets

from consolidation.choices import BUY, open_choices
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.forms.frame import Form, button, field, picker, with_person
from consolidation.journal import Journal
from consolidation.plan import Plan, PlanRow
from consolidation.replacements import record_candidate
from partner_center import Person


async def choice_form(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Let a person pick, row by row, what stands for it or is bought for it; False for later."""
    rows = open_choices(plan)
    pickers = [picker(f"{row.product}, {row.seats} seats", _offered(row)) for row in rows]
    # Why another product is bought stands in the plan that is approved; a target subscription speaks for itself.
    needs_reason = any(row.candidate_words for row in rows)
    reason = field("Because", "needed")
    done = button("Plan with these choices", icon="check", main=True)
    later = button("Decide later", "Go on without a choice; the case is held")
    picked: list[str] = []

    def record(person: Person) -> None:
        if not all(each.value for each in pickers):
            raise ConsolidationError("A row has no choice yet.", next_step="Choose for every row.")
        if needs_reason and not reason.value.strip():
            raise ConsolidationError("Nobody said why another product is bought.", next_step="Write it into the field.")
        for row, each in zip(rows, pickers, strict=True):
            given = {"by": person.user_name, "how": "notebook", "reason": reason.value}
            record_candidate(engagement, journal, plan, row, each.value, **given)
            picked.append(each.value)

    form = Form([*pickers, *([reason] if needs_reason else []), widgets.HBox([done, later])], lambda: bool(picked))
    form.on(done, lambda: with_person(engagement, form, record))
    form.ends(later)
    await form.wait()
    return bool(picked)


def _offered(row: PlanRow) -> list[tuple[str, object]]:
    buying = [] if _only_products(row) else [(f"buy {row.seats} more seats all the same", BUY)]
    return [("please choose", ""), *((_what_it_is(row, one), one) for one in row.candidates), *buying]


def _what_it_is(row: PlanRow, candidate: str) -> str:
    return row.candidate_words.get(candidate) or f"{candidate} stands for this row"


def _only_products(row: PlanRow) -> bool:
    """Tell whether there is nothing to buy but what is picked: the offer itself is not sold, or stands already."""
    return bool(row.candidate_words) or row.target_action != "order"
