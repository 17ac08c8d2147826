"""A receipt over the screen that sold it: to be read, and saved for the printer."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from store_app.actions import bindings
from store_app.delivery import save_privately
from store_app.screens.reading import Reading
from store_app.workers import desk_work, off_loop


class ReceiptScreen(Reading, inherit_bindings=False):
    """The receipt as it was issued, the same at every look."""

    HELP = "The receipt: Up and Down scroll, s saves it as a text file, Esc closes."
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("receipt")]

    def __init__(self, number: str, text: str) -> None:
        """The number names the file."""
        super().__init__(f"Receipt {number}", text)
        self._number = number
        self._receipt = text

    def say(self, sentence: str, tone: str = "muted") -> None:
        """Show a sentence above the receipt."""
        del tone
        self.query_one("#text", Static).update(Content(f"{sentence}\n\n{self._receipt}"))
        self.query_one("VerticalScroll").scroll_home(animate=False)

    @desk_work("save")
    async def action_save(self) -> None:
        """Save the receipt and say where."""
        content = self._receipt.encode()
        path = await off_loop(save_privately, f"receipt-{self._number}.txt", content)
        self.say(f"Saved: {path}")
