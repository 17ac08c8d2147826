"""The field for cash: any character is shown and judged, a scan is not taken for money."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from store_app.widgets.burst import Burst


class CashField(Input):
    """An amount to be taken with Enter; one that came as a burst posts `Scanned` instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Takes it", key_display="Enter"),
        Binding("escape", "screen.back", "Back", key_display="Esc"),
    ]

    class Scanned(Message):
        """Characters and their Enter came faster than anybody types."""

    def __init__(self, value: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        """At most as many characters as any label has."""
        super().__init__(value, max_length=40, id=id)
        self._burst = Burst()

    def on_key(self, event: events.Key) -> None:
        """Look at the instants; the characters themselves go into the field."""
        if event.is_printable or event.key == "enter":
            verdict = self._burst.press(event.key, event.time)
            if event.key == "enter" and verdict.holds:
                event.stop()
                event.prevent_default()
                self.post_message(self.Scanned())
