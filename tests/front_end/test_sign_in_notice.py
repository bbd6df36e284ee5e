"""The notice of a device sign-in: shown to a person, taken away afterwards, never shown to nobody."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from consolidation import front_end
from consolidation.errors import Held
from consolidation.front_end import SignInNotice, someone_is_there
from consolidation.session import Session

MESSAGE = "To sign in, open https://microsoft.com/devicelogin and enter the code ABCD-1234."


class Display:
    """Stands for IPython's display: keeps what is on the screen now."""

    def __init__(self) -> None:
        self.screen = ""

    def __call__(self, shown: object, *, display_id: bool) -> Display:
        assert display_id
        self.update(shown)
        return self

    def update(self, shown: object) -> None:
        """Show something else in the same place."""
        self.screen = repr(shown)


def test_nobody_is_asked_to_sign_in_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """S10: without a person in front the code is not shown at all, and the reason says what to give the tenant."""
    assert not someone_is_there()
    with pytest.raises(Held, match="refresh token or a client secret"):
        SignInNotice().show(MESSAGE)
    monkeypatch.setenv("CONSOLIDATION_RUNNER", "run-1")
    assert not someone_is_there()


def test_the_code_is_taken_away_after_the_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """S10: what stays in the notebook after a device sign-in is a sentence without the code."""
    screen = Display()
    monkeypatch.setattr(front_end, "someone_is_there", lambda: True)
    monkeypatch.setattr("IPython.display.display", screen)
    notice = SignInNotice()
    notice.show(MESSAGE)
    assert "ABCD-1234" in screen.screen
    notice.clear()
    assert "ABCD-1234" not in screen.screen
    assert "signed in with a device code" in screen.screen
    notice.clear()  # nothing is shown any more: nothing to take away


def test_a_fault_is_a_box_and_its_traceback_waits_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is one box and one line for a person; without a person the traceback stays as evidence."""
    shown: list[object] = []
    modes: list[str] = []
    shell = SimpleNamespace(InteractiveTB=SimpleNamespace(set_mode=modes.append))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", shown.append)

    def fault() -> None:
        raise KeyError("<b>quantity</b>")

    for someone in (False, True):
        monkeypatch.setattr(front_end, "someone_is_there", lambda there=someone: there)
        with pytest.raises(KeyError):
            Session("04_recreate").part(fault)
    (box,) = shown
    assert modes == ["Minimal"]
    assert "KeyError" in repr(box)
    assert "%tb" in repr(box)
    assert "<b>" not in box._repr_html_()
