"""The form that asks whether a mail goes now."""

from __future__ import annotations

import ipywidgets as widgets

from consolidation.forms.frame import Form, button


async def send_form(what: str) -> bool:
    """Ask whether the mail that is shown goes now; False for later."""
    yes = button("Send this mail", icon="envelope", main=True)
    later = button("Not now", "Go on without sending it")
    said: list[bool] = []

    async def agree() -> None:
        said.append(True)

    form = Form([widgets.Label(what), widgets.HBox([yes, later])], lambda: bool(said))
    form.on(yes, agree)
    form.ends(later)
    await form.wait()
    return bool(said)
