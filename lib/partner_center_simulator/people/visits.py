"""The people who read the customers' mail: who they are, and whether they accept now.

They do not look at any clock. A visit is one asking for an answer to their mail; how many it takes is written in the
portfolio, so that a play of all people ends by itself at any hour.
"""

from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

ACCEPTS_FROM_VISIT = {"at_once": 1, "late": 2, "never": None}


def visit(state: State, customer: str) -> Document:
    """Ask the Global admin of a customer tenant for an answer, keep that it was asked, and return who and whether.

    Raises:
        Refusal: 404 when there is no such customer tenant.
    """
    known = state.customer(customer)
    if known is None:
        raise Refusal(404, 800002, "There is no such customer tenant.")
    with state.transaction():
        before = state.documents.get("visits", "", known["id"])
        count = (before["count"] if before else 0) + 1
        state.documents.put("visits", "", known["id"], {"count": count})
    accepts_from = ACCEPTS_FROM_VISIT[known["accepts"]]
    return {
        "customer": known["id"],
        "company": known["companyName"],
        "user": known["users"][0]["userPrincipalName"],
        "visit": count,
        "accepts_now": accepts_from is not None and count >= accepts_from,
    }
