"""F6: the drawer of this register, from the counted float to the Z report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from catalog.kernel.errors import NotFound, Refused, StoreError
from catalog.kernel.money import decimal_string, parse_amount
from store_app.actions import bindings
from store_app.present import money
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask, once, start
from store_app.screens.reading import Reading
from store_app.screens.shift_words import as_text, close_detail, report_lines, variance_words
from store_app.screens.unread import UNREAD
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.shifts import ShiftView

_NEEDS_SHIFT = {"cash_in", "cash_out", "close_shift"}


def read_shift(desk: Desk) -> tuple[ShiftView | None, ShiftView | None]:
    """The open shift and the one closed last; either may be missing."""
    from store_app.desk.shifts import current_shift, last_z_report

    try:
        last = last_z_report(desk)
    except NotFound:
        last = None
    return current_shift(desk), last


class ShiftScreen(StoreScreen):
    """The X report while a shift is open; otherwise the field that opens one, and the last Z."""

    HELP = (
        "Count the cash and type it to open a shift. While it is open its figures stand here; "
        "closing asks for the count and writes the numbered Z report."
    )
    AUTO_FOCUS = ""
    CSS_PATH = "shift.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("shift")]
    open_shift: ShiftView | None = None
    last: ShiftView | None = None

    def compose_body(self) -> ComposeResult:
        """The field for the float over the report."""
        with Vertical(id="opening"):
            yield Static(
                _("No shift is open. Count the cash in the drawer; Enter opens the shift."),
                markup=False,
            )
            yield Input(
                placeholder=_("such as 100.00"), restrict=r"[0-9.]*", id="float", max_length=15
            )
        with VerticalScroll(id="page"):
            yield Static(_("Reading…"), id="report", markup=False)

    def on_screen_resume(self) -> None:
        """Read again: sales change the figures."""
        if self.is_open:
            self.read()

    @desk_work("shift", exclusive=True)
    async def read(self) -> None:
        """Show the shift as it is now; an older reading that is under way is dropped."""
        try:
            view, last = await self.run_desk(read_shift)
        except StoreError:
            self.query_one("#report", Static).update(UNREAD)
            raise
        self._show(view, last)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the drawer's state allows."""
        del parameters
        if action in _NEEDS_SHIFT:
            return self.open_shift is not None
        return self.last is not None if action == "last_z" else True

    @on(Input.Submitted, "#float")
    def open_with_float(self, event: Input.Submitted) -> None:
        """Open the shift with the counted cash."""
        if event.value.strip():
            start(self, self._open(event.value.strip()))
        else:
            self.say(_("Type the counted cash; 0 when the drawer is empty."), "warning")

    def action_cash_in(self) -> None:
        """Put cash into the drawer."""
        start(self, self._move("", _("Cash into the drawer")))

    def action_cash_out(self) -> None:
        """Take cash out of the drawer."""
        start(self, self._move("-", _("Cash out of the drawer")))

    def action_close_shift(self) -> None:
        """Count, compare, ask, close."""
        start(self, self._close())

    def action_last_z(self) -> None:
        """Read the last Z report again."""
        if self.last is not None:
            title = _("Z report {number}").format(number=self.last.number)
            self.app.push_screen(Reading(title, as_text(report_lines(self.last, self._zone))))

    async def _open(self, counted: str) -> None:
        from store_app.desk.shifts import open_shift

        view = await once(self, open_shift, float_amount=counted)
        self.query_one("#float", Input).clear()
        self.read_heading()
        self.read()
        words = _("The shift is open with {amount}. F2 sells.")
        self.say(words.format(amount=money(view.float_minor, view.currency)), "success")

    async def _move(self, sign: str, title: str) -> None:
        from store_app.desk.shifts import move_cash

        if self.open_shift is None:
            return
        currency = self.open_shift.currency
        typed = await ask(self, _move_form(title, currency))
        if typed is None:
            return
        amount, reason = typed["amount"].strip(), typed["reason"].strip()
        view = await once(self, move_cash, amount=f"{sign}{amount}", reason=reason)
        self.read()
        words = _("{title}: {amount}, {reason}. Expected now: {expected}.").format(
            title=title,
            amount=money(parse_amount(amount, currency), currency),
            reason=reason,
            expected=money(view.expected_minor, currency),
        )
        self.say(words, "success")

    async def _close(self) -> None:
        from store_app.desk.shifts import close_shift, x_report

        view = await self.run_desk(x_report)
        typed = await ask(self, _count_form(view))
        if typed is None:
            return
        counted = typed["counted"].strip()
        view = await self.run_desk(x_report)
        _check_count(view, typed)
        detail = close_detail(view, counted)
        if not await ask(self, Confirm(_("Close the shift?"), detail, _("Close the shift"))):
            return
        reason = typed["reason"].strip()
        closed = await once(self, close_shift, counted=counted, reason=reason)
        self.read_heading()
        self.read()
        self.say(_closed_words(closed), "success")

    @property
    def _zone(self) -> str:
        return self.heading.time_zone if self.heading else "UTC"

    def _show(self, view: ShiftView | None, last: ShiftView | None) -> None:
        self.open_shift, self.last = view, last
        self.query_one("#opening").display = view is None
        shown = view or last
        nothing = _("No shift has been closed at this register yet.")
        text = as_text(report_lines(shown, self._zone)) if shown else nothing
        self.query_one("#report", Static).update(Content(text))
        self.query_one("#float" if view is None else "#page").focus()
        self.refresh_bindings()


def _move_form(title: str, currency: str) -> Form:
    def check(typed: Values) -> None:
        if parse_amount(typed["amount"], currency) <= 0:
            raise Refused(_("Type an amount above zero."), field="amount")
        if not typed["reason"].strip():
            raise Refused(_("Say what it is for."), field="reason")

    fields = [
        Field(
            "amount",
            _("Amount in {currency}").format(currency=currency),
            kind="amount",
            max_length=15,
        ),
        Field("reason", _("Reason"), max_length=120),
    ]
    return Form(title, fields, yes_label=_("Book"), check=check)


def _count_form(view: ShiftView) -> Form:
    fields = [
        Field(
            "counted",
            _("Counted cash in {currency}").format(currency=view.currency),
            placeholder=_("such as {amount}").format(amount=decimal_string(10000, view.currency)),
            kind="amount",
            max_length=15,
        ),
        Field("reason", _("Remark: why the count differs, if it does"), max_length=120),
    ]
    title = _("Close the shift: count the drawer")
    return Form(title, fields, yes_label=_("Go on"), check=partial(_check_count, view))


def _check_count(view: ShiftView, typed: Values) -> None:
    """The count can be one, and whoever closes says why it is not what is expected."""
    counted = parse_amount(typed["counted"], view.currency, field="counted")
    if counted < 0:
        raise Refused(_("Counted cash is zero or more."), field="counted")
    if counted != view.expected_minor and not typed["reason"].strip():
        variance = variance_words(counted, view.expected_minor, view.currency)
        words = _("{variance}: count again, or say in the remark why it differs.")
        raise Refused(words.format(variance=variance), code="reason_needed", field="reason")


def _closed_words(view: ShiftView) -> str:
    counted = view.counted_minor or 0
    words = _("Z report {number} is written. Variance: {variance}.")
    variance = variance_words(counted, view.expected_minor, view.currency)
    return words.format(number=view.number, variance=variance)
