"""The forms of the notebooks: approve a plan, choose, confirm a step, send a mail.

The journal is the truth; a form is one of its writers. Standard ipywidgets only. A form also ends when
the decision was given elsewhere: it looks at the journal meanwhile.
"""

from consolidation.forms.approval import approval_form
from consolidation.forms.choice import choice_form
from consolidation.forms.confirmation import confirmation_form
from consolidation.forms.mail import send_form
from consolidation.forms.route import route_form

__all__ = ["approval_form", "choice_form", "confirmation_form", "route_form", "send_form"]
