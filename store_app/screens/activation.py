"""The eSIM is sold: its QR code, the same in words, and the change to give."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Digits, Static

from catalog.esim.profile import ProfileState, profile_words
from catalog.esim.qr import fit
from catalog.kernel.errors import StoreError
from catalog.kernel.ids import new_id
from catalog.kernel.money import decimal_string
from store_app.actions import bindings
from store_app.delivery import Delivery, hand_folder, read_delivery
from store_app.screens.activation_words import manual_words
from store_app.screens.base import LOOK_S, HeadingLine, StatusLine, StoreScreen
from store_app.screens.mail_form import ask_address
from store_app.widgets.burst import SCANNED
from store_app.widgets.key_footer import KeyFooter
from store_app.widgets.qr_code import QrCode
from store_app.widgets.scan_proof import ScanProof
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk

_WORDS_CELLS: Final = 24
_LINES_AROUND: Final = 3
_REFUSED: Final = "Not sent to {}: the mail server refuses it. Check the address."
_MAILED: Final[dict[str, tuple[str, Literal["success", "warning", "error"]]]] = {
    "sent": ("Sent to {}.", "success"),
    "pending": ("Not sent to {} yet: no mail server answers. It is tried again.", "warning"),
    "refused": (_REFUSED, "error"),
    "dropped": (_REFUSED, "error"),
}
_SILENT: Final = (ProfileState.RELEASED, ProfileState.AVAILABLE, ProfileState.UNKNOWN)


class ActivationScreen(ScanProof[None], StoreScreen):
    """Shows the eSIMs of one sale, one at a time; nothing may cover the code."""

    HELP = (
        "Let the phone scan the code, or type address and matching id into it. The confirmation "
        "code is given apart. s saves picture, page and text for the buyer, e sends them. "
        "Up and Down scroll the words, down to the links. Enter goes to the next eSIM and is done "
        "after the last; Esc is done at once."
    )
    CSS_PATH = "activation.tcss"
    AUTO_FOCUS = ""
    SETTLE_S: ClassVar[float] = 0.4
    """How long the code stands before Enter closes it: a second Enter of a burst does not."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("activation"),
        Binding("n", "next_esim", "Next", show=False),
        Binding("b", "last_esim", "Before", show=False),
        Binding("r", "receipt", "Receipt", show=False),
        Binding("up", "scroll_words(-1)", "Scroll up", show=False),
        Binding("down", "scroll_words(1)", "Scroll down", show=False),
    ]

    def __init__(self, desk: Desk, orders: Sequence[str], words: str = "") -> None:
        """Show these orders by reference; `words` say what was not sold."""
        super().__init__(desk)
        self._orders = tuple(orders)
        self._at = 0
        self._words = words
        self._shown_at: float | None = None
        self.delivery: Delivery | None = None
        self.change_minor: int | None = None

    def compose(self) -> ComposeResult:
        """The status stands beside the code, because there is no room under it."""
        yield HeadingLine()
        with Horizontal(id="handover"):
            yield QrCode(id="qr", advice="Press s to save it as a file, e to e-mail it.")
            with VerticalScroll(id="words", can_focus=False):
                yield StatusLine(markup=False)
                yield Static("", id="change-label")
                yield Digits("", id="change")
                yield Static("", id="profile", markup=False)
                yield Static("", id="plan")
                yield Static("", id="manual")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Read the first delivery."""
        self.say(self._words, "warning")
        self.show_delivery()
        self.set_interval(LOOK_S, self.look_at_profile)

    @desk_work("profile", exclusive=True)
    async def look_at_profile(self) -> None:
        """Say what the supplier has reported of this eSIM since, such as that it is installed."""
        from store_app.desk.reports import profile_state

        if not self.is_active:
            return
        with suppress(StoreError):  # the next look will tell
            state = ProfileState(await self.run_desk(profile_state, self._orders[self._at]))
            words = "" if state in _SILENT else f"Phone: {profile_words(state)}."
            line = self.query_one("#profile", Static)
            line.update(words)
            line.set_class(bool(words), "-shown")

    @desk_work("delivery", exclusive=True)
    async def show_delivery(self) -> None:
        """Read one delivery back from the store and show it."""
        await self._count_change()
        self.delivery = delivery = await self.run_desk(read_delivery, self._orders[self._at])
        self._arrange()
        has_code = bool(delivery.code.payload)
        self.query_one(QrCode).display = has_code
        if has_code:
            self.query_one(QrCode).show(delivery.code.payload)
        self._show_change(delivery)
        number = f"{self._at + 1} of {len(self._orders)}: " if len(self._orders) > 1 else ""
        self.query_one("#plan", Static).update(Content(f"{number}{delivery.plan_name}"))
        self.query_one("#manual", Static).update(manual_words(delivery))
        self.query_one("#words").scroll_home(animate=False)
        self.call_after_refresh(self._stands)

    async def _count_change(self) -> None:
        """The change of all orders of the sale, counted once."""
        if self.change_minor is None:
            read = [await self.run_desk(read_delivery, order) for order in self._orders]
            self.change_minor = sum(delivery.change_minor for delivery in read)

    @property
    def is_standing(self) -> bool:
        """Whether the code has been painted."""
        return self._shown_at is not None

    def _stands(self) -> None:
        if self._shown_at is None:
            self._shown_at = monotonic()

    def _show_change(self, delivery: Delivery) -> None:
        change = self.change_minor or 0
        label, digits = self.query_one("#change-label", Static), self.query_one("#change", Digits)
        label.update(Content(f" CHANGE TO GIVE, {delivery.currency} "))
        digits.update(decimal_string(change, delivery.currency))
        label.set_class(change > 0, "-shown")
        digits.set_class(change > 0, "-shown")

    def on_resize(self, event: events.Resize) -> None:
        """Words go under the sentence of a code that has no room."""
        del event
        self._arrange()

    def _arrange(self) -> None:
        if self.delivery is None or not self.delivery.code.payload:
            return
        width, height = self.size
        room = fit(self.delivery.code.payload, width - _WORDS_CELLS, height - _LINES_AROUND)
        self.set_class(room.matrix is None, "-cramped")

    def action_scroll_words(self, lines: int) -> None:
        """Scroll the words beside the code."""
        self.query_one("#words").scroll_relative(y=lines, animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Next and before are there when several eSIMs were sold."""
        if action in ("next_esim", "last_esim"):
            return len(self._orders) > 1
        if action in ("copy", "save"):
            return self.delivery is None or bool(self.delivery.code.payload)
        return super().check_action(action, parameters)

    def action_next_esim(self) -> None:
        """Show the next eSIM, after the last one the first."""
        self._go(1)

    def action_last_esim(self) -> None:
        """Show the eSIM before this one."""
        self._go(-1)

    def _go(self, steps: int) -> None:
        self._at = (self._at + steps) % len(self._orders)
        self._shown_at = None
        self.say("")
        self.show_delivery()

    def action_copy(self) -> None:
        """Copy the code through the terminal (OSC 52)."""
        if self.delivery is not None:
            self.app.copy_to_clipboard(self.delivery.code.payload)
            self.say("Copied: the whole activation code, LPA:1$…, if the terminal allows it.")

    @desk_work("save")
    async def action_save(self) -> None:
        """Write the code as a picture and a drawing, the page and the text, and say where."""
        from store_app.desk.packs import write_pack

        if self.delivery is not None:
            folder = hand_folder()
            files = await self.run_desk(write_pack, _named(self.delivery), folder)
            names = [Path(file.path).name for file in files]
            place = str(folder).replace(str(Path.home()), "~", 1)
            self.say(f"Saved in {place}: {', '.join(names)}", "success")

    @desk_work("mail")
    async def action_mail(self) -> None:
        """Ask for the address and send what installs the eSIM there."""
        from store_app.desk.esim_mail import mail_esim

        if self.delivery is None:
            return
        named = _named(self.delivery)
        to = await ask_address(self, "Send the eSIM to whom?", self.delivery.customer)
        if to is None:
            return
        self.say("Sending …")
        done = await self.run_desk(mail_esim, named, key=new_id(), to=to)
        words, severity = _MAILED[done.state]
        self.say(words.format(done.to), severity)

    @desk_work("receipt")
    async def action_receipt(self) -> None:
        """Show the receipt as it was issued."""
        from store_app.desk.orders import receipt_text
        from store_app.screens.receipt import ReceiptScreen

        if self.delivery is not None:
            number = self.delivery.receipt
            text = await self.run_desk(receipt_text, number)
            self.app.push_screen(ReceiptScreen(number, text))

    def scanned(self) -> None:
        """Say that a scan did nothing; the code stays."""
        self.say(SCANNED, "warning")

    @property
    def _is_settled(self) -> bool:
        shown_at = self._shown_at
        return shown_at is not None and monotonic() - shown_at >= self.SETTLE_S

    def action_done(self) -> None:
        """Go to the next eSIM; after the last one return to the search field."""
        if not self._is_settled:
            return
        if self._at + 1 < len(self._orders):
            self._go(1)
        else:
            self._leave()

    def action_back(self) -> None:
        """Leave at once; every eSIM of the sale is listed under eSIMs."""
        if self._is_settled:
            self._leave()

    def _leave(self) -> None:
        if self.is_active:
            self.dismiss(None)


def _named(delivery: Delivery) -> str:
    return delivery.order or delivery.code.iccid or ""
