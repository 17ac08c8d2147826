"""What a person sees in a Pilot test: the composed lines, and the sentence of the status line."""

from __future__ import annotations

from textual.containers import Vertical, VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens.waiting import until


def shown(pilot: Pilot[None]) -> str:
    """The whole screen as lines of text."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())  # noqa: SLF001 - what is drawn, and nothing else, is the proof


def status(pilot: Pilot[None]) -> str:
    """What the screen said last; a dialog over it says nothing there."""
    found = pilot.app.screen.query("#status")
    return str(found.first(Static).content) if found else ""


async def dialog(pilot: Pilot[None], text: str) -> None:
    """Wait until a dialog shows this text, wherever its lines are broken."""
    await until(pilot, lambda: pilot.app.screen.is_modal and text in _unbroken(pilot))


def _unbroken(pilot: Pilot[None]) -> str:
    frames = (Vertical, VerticalScroll)
    frame = next((each for each in pilot.app.screen.children if isinstance(each, frames)), None)
    if frame is None:  # the dialog is just being put up or taken down
        return ""
    x, y, width, height = frame.region
    lines = shown(pilot).splitlines()[y : y + height]
    return " ".join(" ".join(line[x + 1 : x + width - 1] for line in lines).split())
