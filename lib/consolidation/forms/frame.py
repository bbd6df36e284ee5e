"""The frame of every form: its widgets, its buttons, and the wait until something is decided here or elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import ipywidgets as widgets
from IPython.display import display

from consolidation.display import Box, Showable, error_box
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.people import identify_person
from partner_center import PartnerCenterError, Person

_LOOK_SECONDS = 1.0
_WIDE = "40em"
_DESCRIBED = {"description_width": "12em"}


def field(description: str, placeholder: str = "") -> widgets.Text:
    """Return a line to write in, with its label.

    What is written is sent when the field is left, not letter by letter: a click that follows at once would overtake
    the last letters.
    """
    return widgets.Text(
        description=description,
        placeholder=placeholder,
        continuous_update=False,
        layout=widgets.Layout(width=_WIDE),
        style=_DESCRIBED,
    )


def picker(description: str, options: list[tuple[str, object]] | None = None) -> widgets.Dropdown:
    """Return a list to pick from, with its label."""
    return widgets.Dropdown(
        options=options or [], description=description, layout=widgets.Layout(width=_WIDE), style=_DESCRIBED
    )


def button(description: str, tooltip: str = "", icon: str = "", *, main: bool = False) -> widgets.Button:
    """Return a button as wide as its words; the main one of a form stands out."""
    style = "primary" if main else ""
    return widgets.Button(
        description=description,
        tooltip=tooltip or description,
        icon=icon,
        button_style=style,
        layout=widgets.Layout(width="auto"),
    )


def shown(part: Showable) -> widgets.HTML:
    """Return a box or a table as a part of a form; what stands in it is escaped already."""
    return widgets.HTML(inside(part), layout=scrolling())


def inside(part: Showable) -> str:
    """Return the HTML of a box or a table for a part of a form, with the line height of a notebook's output."""
    return f'<div style="line-height: 1.4">{part._repr_html_()}</div>'  # how IPython asks for it, and so do we


def scrolling() -> widgets.Layout:
    """Return the layout of a part that may be wider than the form: it scrolls by itself, nothing is cut off."""
    return widgets.Layout(width="auto", max_width="100%", overflow="auto")


async def with_person(engagement: Engagement, form: Form, act: Callable[[Person], None]) -> None:
    """Find out who decides, in a thread: a device sign-in waits for the person, and the form must stay alive."""
    person = await asyncio.to_thread(identify_person, engagement, form.tell)
    act(person)


class Form:
    """Widgets, a place for messages, and the wait until something is decided."""

    def __init__(self, parts: list[widgets.Widget], decided: Callable[[], bool]) -> None:
        self._messages = widgets.VBox([])
        self._box = widgets.VBox(
            [*parts, self._messages], layout=widgets.Layout(padding="0.5em", border="1px solid #8a8a8a")
        )
        self._decided = decided
        self._closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, clicked: widgets.Button, act: Callable[[], Awaitable[None]]) -> None:
        """Do something on a click; what goes wrong is shown in the form, which stays open."""

        async def run() -> None:
            clicked.disabled = True
            try:
                await act()
            except (ConsolidationError, PartnerCenterError) as error:
                self._show(_refusal(error))
            except Exception as error:  # noqa: BLE001 - a click that fails unseen is a decision that somebody believes in
                self._show(error_box(error))
            finally:
                clicked.disabled = False

        def start() -> None:
            task = self._loop.create_task(run())
            self._tasks.add(task)  # a task without a reference may be collected while it runs
            task.add_done_callback(self._tasks.discard)

        # JupyterLab's clicks come in a thread of their own, a subshell of the kernel.
        clicked.on_click(lambda _button: self._loop.call_soon_threadsafe(start))

    def ends(self, clicked: widgets.Button) -> None:
        """Let a button close the form without a decision."""
        clicked.on_click(lambda _button: self._loop.call_soon_threadsafe(self._closed.set))

    def tell(self, message: str) -> None:
        """Show a message of the sign-in; it holds a code, so it goes when the form is closed (S10)."""
        self._loop.call_soon_threadsafe(self._show, Box("note", message))

    def _show(self, box: Box) -> None:
        self._messages.children = (shown(box),)

    async def wait(self) -> None:
        """Show the form and wait until something is decided here or elsewhere; then take it away."""
        display(self._box)
        try:
            while not self._closed.is_set() and not self._decided():
                try:
                    await asyncio.wait_for(self._closed.wait(), _LOOK_SECONDS)
                except TimeoutError:
                    continue
        finally:
            self._messages.children = ()
            self._box.close()


def _refusal(error: ConsolidationError | PartnerCenterError) -> Box:
    """Return why nothing was recorded; what a person left out needs no talk of steps that stopped."""
    if isinstance(error, ConsolidationError) and error.next_step:
        return Box("failed", error.message, ("Nothing was recorded.", f"What to do next: {error.next_step}"))
    return error_box(error)
