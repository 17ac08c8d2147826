"""A question before something that cannot be taken back; the safe answer has the focus."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from store_app.actions import bindings
from store_app.widgets.scan_proof import ScanProof


class Confirm(ScanProof[bool], ModalScreen[bool]):
    """Asks `question` with its `detail` (amount, item, payer in words); True only for yes."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("confirm")]
    AUTO_FOCUS = "#no"
    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        & > Vertical {
            width: 60; max-width: 90%; height: auto; max-height: 90%;
            padding: 1 2; border: round $primary; background: $surface;
        }
        & #question { text-style: bold; }
        & #detail { margin: 1 0; height: auto; }
        & Horizontal { height: auto; align-horizontal: right; }
        & Button { margin-left: 2; }
    }
    """

    def __init__(
        self, question: str, detail: str, yes_label: str, no_label: str = "No, go back"
    ) -> None:
        """Every text is data: no markup is read."""
        super().__init__()
        self._texts = (question, detail, yes_label, no_label)

    def compose(self) -> ComposeResult:
        """The words, then the safe button before the other."""
        question, detail, yes_label, no_label = self._texts
        with Vertical():
            yield Static(question, id="question", markup=False)
            yield Static(detail, id="detail", markup=False)
            with Horizontal():
                yield Button(Content(f"{no_label} (n)"), id="no", variant="primary")
                yield Button(Content(f"{yes_label} (y)"), id="yes")

    @on(Button.Pressed)
    def answer_by_button(self, event: Button.Pressed) -> None:
        """Take the pressed button for the answer."""
        self._answer(yes=event.button.id == "yes")

    def action_yes(self) -> None:
        """Answer yes."""
        self._answer(yes=True)

    def action_no(self) -> None:
        """Answer no."""
        self._answer(yes=False)

    def action_back(self) -> None:
        """Answer no: Esc never agrees to anything."""
        self._answer(yes=False)

    def _answer(self, *, yes: bool) -> None:
        # A second key of a fast typist must not dismiss the screen under this one.
        if self.is_current:
            self.dismiss(yes)
