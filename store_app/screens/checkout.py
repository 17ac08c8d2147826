"""A card payment on the customer's phone: the page as a QR code, the amount, the time left."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from catalog.esim.qr import fit, png_bytes
from store_app.actions import bindings
from store_app.delivery import save_privately
from store_app.screens.base import StatusLine
from store_app.screens.mail_form import ask_address
from store_app.screens.paying import PayingScreen
from store_app.widgets.key_footer import KeyFooter
from store_app.widgets.qr_code import QrCode
from store_app.workers import desk_work, off_loop

_WORDS_CELLS: Final = 30
_LINES_AROUND: Final = 2
_OTHER_WAYS: Final = (
    "Enlarge the window, or give the link: e sends it by e-mail, p puts it on paper, y copies it."
)
_COPIED: Final = "Enlarge the window, or give the link: y copies it."
_STEPS: Final = (
    "1  Scan the code with the phone's camera.\n"
    "2  Pay on the page that opens.\n"
    "3  Wait here: what was paid for shows by itself."
)
_AT_READER: Final = "Or give up with Esc and press r: the card reader."
_SHORT_STEPS: Final = "Scan it with the phone's camera, pay there, wait here."
_LINK_STEPS: Final = (
    "1  Give the customer the link.\n"
    "2  Pay on the page that opens.\n"
    "3  Wait here: what was paid for shows by itself."
)


class CheckoutScreen(PayingScreen):
    """Shows the page to pay on as a code, or how to give its link away."""

    HELP = (
        "The customer scans the code and pays on the phone. Without a code, e sends the link by "
        "e-mail and p puts it on paper. Esc gives the payment up."
    )
    CSS_PATH = "checkout.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("checkout")]

    def compose(self) -> ComposeResult:
        """The bill on top, the code, and the steps beside it."""
        yield Static("", id="bill", markup=False)
        with Horizontal(id="page"):
            yield QrCode(self.paying.page_url, id="qr")
            with VerticalScroll(id="words", can_focus=False):
                yield StatusLine(markup=False)
                yield Static(_STEPS, id="steps", markup=False)
                yield Static("", id="link", markup=False)
        yield KeyFooter()

    def on_resize(self, event: events.Resize) -> None:
        """One line goes under a code that leaves no room beside it; without one, the link."""
        width, height = event.size
        rows = height - _LINES_AROUND
        url = self.paying.page_url
        beside = fit(url, width - _WORDS_CELLS, rows).matrix is not None
        alone = fit(url, width, rows - 1)
        is_cramped = alone.matrix is None
        is_alone = not is_cramped and not beside
        self.set_class(is_alone, "-alone")
        self.set_class(is_cramped, "-cramped")
        steps = _SHORT_STEPS if is_alone else _LINK_STEPS if is_cramped else _STEPS
        self.query_one("#steps", Static).update(Content(steps))
        needs = f"Too small for the code: it {alone.message}, here are {width} x {rows - 1}."
        ways = _OTHER_WAYS if self.paying.is_order else _COPIED
        ways = f"{ways} {_AT_READER}" if self.paying.has_reader else ways
        link = f"{needs} {ways}\n\n{url}" if is_cramped else ""
        self.query_one("#link", Static).update(Content(link))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the link of an order goes by e-mail and on paper."""
        del parameters
        return self.paying.is_order or action not in {"mail", "paper"}

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

    @desk_work("mail")
    async def action_mail(self) -> None:
        """Ask for the address and send the link there."""
        from store_app.desk.pay_links import mail_link

        asked = await ask_address(self, "Send the link to whom?", self.paying.customer)
        if asked is None:
            return
        self.say("Sending …")
        address = await off_loop(mail_link, self._desk, self.paying.order, asked)
        self.say(f"Sent: the link to {address}.", "success")

    @desk_work("paper")
    async def action_paper(self) -> None:
        """Print the link, or write it down, and say which."""
        from store_app.desk.pay_links import paper_link

        done = await off_loop(paper_link, self._desk, self.paying.order)
        place = done.replace(str(Path.home()), "~", 1)
        self.say("Printed." if done == "printed" else f"For the printer: {place}", "success")
