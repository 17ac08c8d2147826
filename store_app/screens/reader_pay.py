"""A card payment at the reader on the counter: what to do, the amount, the time left."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from store_app.actions import bindings
from store_app.screens.base import StatusLine
from store_app.screens.paying import PayingScreen
from store_app.widgets.key_footer import KeyFooter
from store_app.workers import desk_work, off_loop

_STEPS: Final = (
    "1  The reader “{reader}” shows the amount.\n"
    "2  The customer holds the card to it, or puts it in.\n"
    "3  Wait here: what was paid for shows by itself."
)


class ReaderScreen(PayingScreen):
    """Waits for a card at the reader; a simulated one is given a test card with a key."""

    HELP = (
        "The customer holds the card to the reader. Esc takes the payment back from it and keeps "
        "the cart."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reader")]
    DEFAULT_CSS = """
    ReaderScreen {
        background: $background;
        & #bill { height: 1; width: 1fr; background: $panel; text-style: bold; }
        & #words { height: 1fr; padding: 1 2; }
        & #steps { height: auto; text-style: bold; }
        & StatusLine { padding: 0; max-height: 6; }
    }
    """

    def compose(self) -> ComposeResult:
        """The bill on top, the steps below."""
        yield Static("", id="bill", markup=False)
        with Vertical(id="words"):
            yield Static(_STEPS.format(reader=self.paying.reader), id="steps", markup=False)
            yield StatusLine(markup=False)
        yield KeyFooter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Test cards are for simulated readers."""
        if action in ("good_card", "bad_card"):
            return self.paying.is_simulated
        return super().check_action(action, parameters)

    @desk_work("card")
    async def action_good_card(self) -> None:
        """Play a card that its bank accepts."""
        await self._present(declined=False)

    @desk_work("card")
    async def action_bad_card(self) -> None:
        """Play a card that its bank refuses."""
        await self._present(declined=True)

    async def _present(self, *, declined: bool) -> None:
        from store_app.desk.register_readers import present_card

        await off_loop(present_card, self._desk, self.paying.order, declined=declined)
        self.say("A test card was held to the reader.")
