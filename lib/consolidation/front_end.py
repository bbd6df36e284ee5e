"""Whether a person sits in front of the notebook, and the sign-in notice that is shown to them and taken away."""

from __future__ import annotations

import sys
from typing import Protocol

from consolidation.display import Box
from consolidation.errors import Held
from consolidation.runner import started_by_run


def someone_is_there() -> bool:
    """Tell whether a person sits in front: a front end allows input, papermill and `consolidate run` do not."""
    if started_by_run() or "ipykernel" not in sys.modules:
        return False
    from ipykernel.kernelapp import IPKernelApp

    if not IPKernelApp.initialized():
        return False
    request = IPKernelApp.instance().kernel.get_parent("shell")
    return bool(request and request.get("content", {}).get("allow_stdin"))


def show_fault(error: Exception) -> None:
    """Show a fault of ours to whoever sits in front as a box, and keep the traceback for whoever asks for it.

    Without a person the traceback stays in the executed notebook: there it is evidence.
    """
    if not someone_is_there():
        return
    from IPython import get_ipython
    from IPython.display import display

    # IPython's own: under the box stands one line, and `%tb` shows the rest.
    get_ipython().InteractiveTB.set_mode("Minimal")
    display(
        Box(
            "failed",
            "A fault of this tool stopped the cell",
            (
                f"What happened: {type(error).__name__}: {error}",
                "What it means: nobody foresaw it. What was sent to Microsoft is in the journal and is settled first.",
                "What to do next: run the notebook again. If it stays, run %tb in a cell of its own, and hand on what "
                "it shows together with the correlation id, if there is one.",
            ),
            details={"Correlation id": str(getattr(error, "correlation_id", None) or "none")},
        )
    )


class _Shown(Protocol):
    """What IPython returns for something that can be shown anew."""

    def update(self, shown: object) -> None: ...


class SignInNotice:
    """Shows the message of a device sign-in and takes it away when the sign-in is over: it holds a code (S10)."""

    def __init__(self) -> None:
        self._shown: _Shown | None = None

    def show(self, message: str) -> None:
        """Show the message in the notebook.

        Raises:
            Held: Nobody is there to read it: a run without people needs a refresh token or a secret.
        """
        if not someone_is_there():
            raise Held(
                [
                    "A person has to sign in and nobody is there: give this tenant a refresh token or a client "
                    "secret, or run the notebook in JupyterLab."
                ]
            )
        from IPython.display import display

        self._shown = display(Box("note", message), display_id=True)

    def clear(self) -> None:
        """Put a sentence without the code in its place."""
        if self._shown is not None:
            self._shown.update(Box("note", "Somebody signed in with a device code."))
            self._shown = None
