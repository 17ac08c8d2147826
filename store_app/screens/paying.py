"""A payment that its customer makes just now: the bill, the time left, and giving it up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from catalog.kernel.money import money_words
from store_app.screens.base import StatusLine, Tone
from store_app.widgets.burst import SCANNED
from store_app.widgets.scan_proof import ScanProof

if TYPE_CHECKING:
    from checkout.payments.tables import RegisterReaderRow
    from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class Paying:
    """An order that its customer is paying; `mode` says whose money moves.

    It is paid on a page, or at the reader of this label. What is no order is a card to be kept.
    """

    order: str
    item: str
    amount_minor: int
    currency: str
    deadline_at: datetime
    mode: str
    page_url: str = field(repr=False)
    customer: str = ""
    reader: str = ""
    is_simulated: bool = False
    has_reader: bool = False
    is_order: bool = True


def read_paying(desk: Desk, order: str) -> Paying:
    """The order with the page on which it is paid."""
    from catalog.kernel.database import snapshot
    from checkout.accounts.tables import EndUserRow
    from checkout.orders.place import order_named
    from checkout.payments.tables import RegisterReaderRow
    from store_app.desk.card_calls import attempt_of, bill_words, paid_together
    from store_app.desk.counter import card_label, method_of

    with snapshot(desk.engine) as session:
        row = order_named(session, order)
        at = session.get(RegisterReaderRow, row.register_id)
        user = session.get(EndUserRow, row.end_user_id) if row.end_user_id else None
    attempt = attempt_of(desk, row)
    return Paying(
        order=row.reference,
        item=bill_words([str(each.item["name"]) for each in paid_together(desk, row)]),
        amount_minor=attempt.amount_minor,
        currency=row.currency,
        deadline_at=row.deadline_at,
        mode=card_label(method_of(desk, attempt)),
        page_url=attempt.page_url,
        customer=user.email if user else "",
        reader=_label(at, attempt.reader_id),
        is_simulated=at is not None and at.is_simulated,
        has_reader=at is not None,
    )


def _label(at: RegisterReaderRow | None, reader_id: str) -> str:
    return at.label if at is not None and at.reader_id == reader_id else reader_id


class PayingScreen(ScanProof[None], ModalScreen[None]):
    """Counts the time down; `stopped` is set when the clerk gives the payment up."""

    AUTO_FOCUS = ""

    def __init__(self, paying: Paying, desk: Desk) -> None:
        """Show this payment of the desk's store, whose clock counts its time down."""
        super().__init__()
        self.paying = paying
        self.stopped = asyncio.Event()
        self._desk = desk
        self._is_checking = False

    def on_mount(self) -> None:
        """Count the time down."""
        self.set_interval(1, self._show_bill)
        self._show_bill()

    def _show_bill(self) -> None:
        paying = self.paying
        left = max(0, int((paying.deadline_at - self._desk.clock()).total_seconds()))
        total = money_words(paying.amount_minor, paying.currency)
        words = f" {total}   {left // 60}:{left % 60:02d} left   {paying.mode}   {paying.item}"
        self.query_one("#bill", Static).update(Content(words))

    def say(self, sentence: str, tone: Tone = "muted") -> None:
        """Show a sentence beside the code."""
        self.set_class(bool(sentence), "-told")
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

    def action_back(self) -> None:
        """Give the payment up."""
        self.say("Giving it up …", "warning")
        self.stopped.set()
