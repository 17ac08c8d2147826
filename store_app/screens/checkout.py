"""A card payment on the customer's phone: the page as a QR code, the amount, the time left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from catalog.esim.qr import fit, png_bytes
from catalog.kernel.clock import Clock
from catalog.kernel.money import money_words
from store_app.actions import bindings
from store_app.delivery import save_privately
from store_app.screens.base import StatusLine, Tone
from store_app.widgets.burst import SCANNED
from store_app.widgets.key_footer import KeyFooter
from store_app.widgets.qr_code import QrCode
from store_app.widgets.scan_proof import ScanProof
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk

_WORDS_CELLS: Final = 30
_LINES_AROUND: Final = 2
_STEPS: Final = (
    "1  Scan the code with the phone's camera.\n"
    "2  Pay on the page that opens.\n"
    "3  Wait here: what was paid for shows by itself."
)


@dataclass(frozen=True, slots=True)
class Paying:
    """An order that its customer is paying; `mode` says whose money moves."""

    order: str
    item: str
    amount_minor: int
    currency: str
    deadline_at: datetime
    mode: str
    page_url: str = field(repr=False)


def read_paying(desk: Desk, order: str) -> Paying:
    """The order with the page on which it is paid."""
    from catalog.kernel.database import snapshot
    from checkout.orders.place import order_named
    from store_app.desk.carry_out import attempt_of
    from store_app.desk.counter import card_label, method_of

    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    attempt = attempt_of(desk, row)
    return Paying(
        order=row.reference,
        item=str(row.item["name"]),
        amount_minor=row.total_minor,
        currency=row.currency,
        deadline_at=row.deadline_at,
        mode=card_label(method_of(desk, attempt)),
        page_url=attempt.page_url,
    )


class CheckoutScreen(ScanProof[None], ModalScreen[None]):
    """Shows where to pay; `stopped` is set when the clerk gives the payment up."""

    HELP = "The customer scans the code and pays on the phone. Esc gives the payment up."
    CSS_PATH = "checkout.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("checkout")]

    def __init__(self, paying: Paying, clock: Clock) -> None:
        """Show this payment; `clock` counts its time down."""
        super().__init__()
        self.paying = paying
        self.stopped = asyncio.Event()
        self._clock = clock
        self._is_checking = False

    def compose(self) -> ComposeResult:
        """The bill on top, the code, and the steps beside it."""
        yield Static("", id="bill", markup=False)
        with Horizontal(id="page"):
            yield QrCode(self.paying.page_url, id="qr", advice="Give the link below instead.")
            with VerticalScroll(id="words", can_focus=False):
                yield StatusLine(markup=False)
                yield Static(_STEPS, id="steps", markup=False)
                yield Static("", id="link", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Count the time down."""
        self.set_interval(1, self._show_bill)
        self._show_bill()

    def _show_bill(self) -> None:
        paying = self.paying
        left = max(0, int((paying.deadline_at - self._clock()).total_seconds()))
        total = money_words(paying.amount_minor, paying.currency)
        words = f" {total}   {left // 60}:{left % 60:02d} left   {paying.mode}   {paying.item}"
        self.query_one("#bill", Static).update(Content(words))

    def on_resize(self, event: events.Resize) -> None:
        """The words go under a code that leaves no room beside it, and the link into them."""
        width, height = event.size
        rows = height - _LINES_AROUND
        url = self.paying.page_url
        beside = fit(url, width - _WORDS_CELLS, rows).matrix is not None
        alone = fit(url, width, rows).matrix is not None
        self.set_class(alone and not beside, "-alone")
        self.set_class(not alone, "-cramped")
        link = "" if alone else f"Too small for the code. The link, to copy (y) or save (s):\n{url}"
        self.query_one("#link", Static).update(Content(link))

    def say(self, sentence: str, tone: Tone = "muted") -> None:
        """Show a sentence beside the code."""
        for line in self.query(StatusLine):
            line.say(sentence, tone)

    def checking(self, sentence: str) -> None:
        """Say why nothing is known of the payment; an empty sentence takes that back."""
        if sentence or self._is_checking:
            self.say(sentence, "warning")
        self._is_checking = bool(sentence)

    def scanned(self) -> None:
        """Say that a scan did nothing."""
        self.say(SCANNED, "warning")

    def action_copy(self) -> None:
        """Copy the link through the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self.paying.page_url)
        self.say("Copied: the link to the payment, if the terminal allows it.")

    @desk_work("save")
    async def action_save(self) -> None:
        """Save the code as a PNG file and say where."""
        content = await off_loop(png_bytes, self.paying.page_url)
        name = f"pay-{self.paying.order}.png"
        self.say(f"Saved: {await off_loop(save_privately, name, content)}", "success")

    def action_back(self) -> None:
        """Give the payment up."""
        self.say("Giving it up …", "warning")
        self.stopped.set()
