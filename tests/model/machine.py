"""A shop as a state machine: each command goes to both stores and to the model."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from store_app.desk import esims, orders, sales, upkeep, wallets
from store_app.desk.usage import import_usage
from tests.model.drafts import DRAFTS, SHIFTS, WAITS, Draft, row_of
from tests.model.paygo import Wallet
from tests.model.records import Line, Row
from tests.model.shop import Shop
from tests.model.shown import expected_of, shown_of, told
from tests.model.terms import BEGINNINGS, DAY, OWNERS, SKUS, TAXES, Tax, cards_of, furnish
from tests.model.two_stores import Store, TwoStores, two_stores
from tests.model.usage_files import usage_file
from tests.peers.postgres_peer import PostgresPeer


@dataclass
class Order:
    """What was paid for a sale, by whom, and what of it went back."""

    total: int
    wallet: Wallet | None
    refunded: int = 0


class ShopMachine(RuleBasedStateMachine):
    """A shop on both engines and in the model, whatever it sells.

    A kind of plan is one more class like this: a rule that sells it with `sold` and puts its
    line into `model.lines`.
    """

    def __init__(self, postgres: PostgresPeer, template: Path, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.closing = ExitStack()
        opened = two_stores(postgres, template, folder, BEGINNINGS[0])
        self.two: TwoStores = self.closing.enter_context(opened)
        self.model = Shop()
        self.orders: dict[str, Order] = {}
        self.sent: list[tuple[str, Row]] = []
        self.numbers = count(1)
        self.tax, self.begin = TAXES[0], BEGINNINGS[0]

    @property
    def now(self) -> datetime:
        """The clock of both stores."""
        return self.two.now

    @initialize(
        begin=st.sampled_from(BEGINNINGS),
        tax=st.sampled_from(TAXES),
        zone=st.sampled_from(["UTC", "Europe/Madrid"]),
    )
    def open_shop(self, begin: datetime, tax: Tax, zone: str) -> None:
        """Plans, stock, a drawer, two owners with wallets."""
        self.two.now = self.begin = begin
        self.tax = tax
        for store in self.two.stores:
            furnish(store.desk, tax, zone)
        self.model.stock = {card for sku in SKUS for card in cards_of(sku)}
        self.model.wallets = {owner: Wallet() for owner in OWNERS}
        for owner in OWNERS:
            self.add_money(owner, 500)

    def payer(self, pay: str) -> Wallet | None:
        """Whose money it is."""
        owner = {"wallet": OWNERS[0], "company-wallet": OWNERS[1]}.get(pay)
        return self.model.wallets[owner] if owner else None

    def key(self) -> str:
        """A key or an event id that was not used before."""
        return f"k{next(self.numbers)}"

    # Rules.

    @rule(wait=WAITS)
    def wait(self, wait: timedelta) -> None:
        """Time passes."""
        self.two.now += wait

    @rule(number=st.integers(0, 9), shift=SHIFTS)
    def wait_for(self, number: int, shift: timedelta) -> None:
        """Time passes until an expiry, an anniversary, a month's end, or a second from it."""
        day = self.now.replace(hour=0, minute=0, second=0)
        month_end = (day.replace(day=28) + 4 * DAY).replace(day=1)
        marks = [mark for line in self.model.lines.values() for mark in line.dates(self.now)]
        coming = [mark + shift for mark in [*marks, month_end] if mark + shift > self.now]
        if coming:
            self.two.now = coming[number % len(coming)]

    def sold(self, sku: str, pay: str, refusal: str = "") -> str:
        """One sale, or the refusal that the model expects; the card that was sold."""
        self.model.pass_time(self.now)
        key, wallet, total = self.key(), self.payer(pay), self.tax.price(100, pay)
        buyer: dict[str, dict[str, Any]] = {
            "wallet": {"customer": OWNERS[0]},
            "company-wallet": {"company": OWNERS[1]},
        }
        who = buyer.get(pay, {"customer": OWNERS[0]})
        free = [card for card in cards_of(sku) if card in self.model.stock]
        refusal = refusal or ("" if free else "sold_out") or self.refusal(wallet, total)

        def command(store: Store) -> sales.Sale:
            sale = sales.sell(store.desk, sku=sku, pay=pay, key=key, **who)
            store.orders[str(sale.iccid)] = sale.order
            return sale

        answer = self.two.both(command, keyed=True)
        if refusal:
            assert answer == refusal
            return ""
        assert (answer["state"], answer["total_minor"]) == ("delivered", total)
        card = str(answer["iccid"])
        assert card == free[0]
        self.model.stock.remove(card)
        self.orders[card] = Order(total, wallet)
        self.pay(wallet, total)
        return card

    def refusal(self, wallet: Wallet | None, total: int) -> str:
        """Why a wallet does not pay so much; empty when it does."""
        return "" if wallet is None else wallet.refusal(total)

    def pay(self, wallet: Wallet | None, total: int) -> None:
        """An order was paid."""
        if wallet is not None:
            wallet.balance -= total
            self.model.look(wallet)

    @rule(owner=st.sampled_from(OWNERS), amount=st.sampled_from([1, 37, 150, 500]))
    def add_money(self, owner: str, amount: int) -> None:
        """A wallet is topped up."""
        key, text = self.key(), f"{amount / 100:.2f}"
        answer = self.two.both(
            lambda store: sales.top_up(store.desk, owner, amount=text, pay="manual", key=key),
            keyed=True,
        )
        self.receive(owner, amount, answer)
        assert answer["total_minor"] == self.tax.deposit(amount)

    def receive(self, owner: str, amount: int, answer: dict[str, Any]) -> None:
        """Money came into a wallet."""
        wallet = self.model.wallets[owner]
        wallet.receive(amount, self.now)
        self.model.look(wallet)
        assert (answer["credit_minor"], answer["balance_minor"]) == (amount, wallet.balance)

    @rule(
        owner=st.sampled_from(OWNERS),
        minimum=st.sampled_from([-300, 0, 0, 120, None]),
        enable=st.sampled_from([True, True, False, None]),
    )
    def configure(self, owner: str, minimum: int | None, enable: bool | None) -> None:
        """A wallet gets another minimum, is switched off or on."""
        text = None if minimum is None else f"{minimum / 100:.2f}"
        wallet = self.model.wallets[owner]
        wallet.pass_time(self.now)
        wallet.minimum = wallet.minimum if minimum is None else minimum
        wallet.enabled = wallet.enabled if enable is None else enable
        wallet.pass_time(self.now)
        self.model.look(wallet)
        answer = self.two.both(
            lambda store: wallets.configure_wallet(store.desk, owner, minimum=text, enable=enable)
        )
        assert (answer["balance_minor"], answer["enabled"]) == (wallet.balance, wallet.enabled)

    @rule(
        source=st.sampled_from(["mno", "mvno"]),
        drafts=st.lists(DRAFTS, min_size=1, max_size=6),
        cumulative=st.sampled_from([False, False, True]),
    )
    def use(self, source: str, drafts: list[Draft], *, cumulative: bool) -> None:
        """A usage file arrives; every row of it is a counter when it is said to be."""
        mine, unsold = [row for by, row in self.sent if by == source], min(self.model.stock)
        lines = list(self.model.lines.values())
        rows = [
            row_of(each, self.key(), lines, mine, unsold=unsold, now=self.now) for each in drafts
        ]
        path = usage_file(self.folder, rows)
        rows = [row and replace(row, counter=row.counter or cumulative) for row in rows]
        says = self.model.take(source, rows, self.now)
        answer = self.two.both(
            lambda store: import_usage(store.desk, path, source=source, cumulative=cumulative)
        )
        errors = answer.pop("errors")
        assert answer == vars(says)
        assert len(errors) == says.unknown + says.rejected
        self.sent += [(source, row) for row in rows if row]

    @rule(drafts=st.lists(DRAFTS, min_size=1, max_size=2), wait=WAITS)
    def use_and_wait(self, drafts: list[Draft], wait: timedelta) -> None:
        """Usage arrives, as it does most of the time."""
        self.use("mno", drafts, cumulative=False)
        self.wait(wait)

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 5), amount=st.sampled_from([None, None, 50, 100]))
    def refund(self, number: int, amount: int | None) -> None:
        """Money goes back; all of it ends the line."""
        card, order = list(self.orders.items())[number % len(self.orders)]
        left, key = order.total - order.refunded, self.key()
        given = left if amount is None else amount
        text = None if amount is None else f"{amount / 100:.2f}"
        answer = self.two.both(
            lambda store: orders.refund_order(
                store.desk,
                store.orders[card],
                key=key,
                amount=text,
                supervisor="boss",
                reason="asked",
            ),
            keyed=True,
        )
        if not left or given > left:
            assert answer == ("above_paid" if left else "not_refundable")
            return
        assert sum(one["amount_minor"] for one in answer["refunds"]) == order.refunded + given
        self.model.pass_time(self.now)
        order.refunded += given
        if order.refunded == order.total:
            self.model.end(card, self.now)
        if order.wallet is not None:
            order.wallet.receive(given, self.now)
            self.model.look(order.wallet)

    @rule()
    def maintain(self) -> None:
        """What is due is done, and everything is posted as the model says."""
        self.model.pass_time(self.now)
        due = self.model.look(*self.model.wallets.values())
        assert self.two.both(lambda store: upkeep.maintain(store.desk))["charged"] == due
        assert self.two.both(lambda store: upkeep.maintain(store.desk))["expired"] == 0
        for line in self.model.lines.values():
            if not line.seen(self.now).month:
                self._explained(line)

    def _explained(self, line: Line) -> None:
        entries = self.two.both(lambda store: told(esims.explain_esim(store.desk, line.card)))
        seen = line.seen(self.now)
        moved = {"lost": 0, "revoked": 0, "overrun": 0, "barred": 0, "mrc": 0, "usage": 0}
        for one in entries:
            moved[one["kind"]] = (
                moved.get(one["kind"], 0) - one["data_bytes"] - (one["amount_minor"] or 0)
            )
        assert moved["lost"] == seen.lost
        assert (moved["revoked"], moved["overrun"]) == (seen.revoked, seen.overrun)
        assert (moved["barred"], moved["mrc"]) == (seen.barred, seen.mrc_minor)
        assert moved["usage"] == (seen.charged or 0)

    @rule()
    def restart(self) -> None:
        """Both programs are started again."""
        self.two.restart()

    @precondition(lambda self: self.two.done)
    @rule(number=st.integers(0, 50))
    def again(self, number: int) -> None:
        """An earlier command is given again, with its key."""
        self.two.again(number)

    @invariant()
    def shows_what_the_model_says(self) -> None:
        """Every line and every wallet, sweep or no sweep."""
        self.model.pass_time(self.now)
        shown = {one["iccid"]: one for one in self.two.both(lambda s: esims.list_esims(s.desk))}
        assert shown.keys() == self.model.lines.keys()
        for card, line in self.model.lines.items():
            seen = line.seen(self.now)
            assert shown_of(shown[card], seen) == expected_of(seen, self.now)
        held = {one["owner"]: one for one in self.two.both(lambda s: wallets.list_wallets(s.desk))}
        for owner, wallet in self.model.wallets.items():
            assert held[owner]["balance_minor"] == wallet.balance + sum(wallet.unposted)

    def teardown(self) -> None:
        """Every command once more changes nothing, and both stores are sound."""
        try:
            if self.model.wallets:
                self.two.restart()
                for number in range(len(self.two.done)):
                    self.two.again(number)
                self.shows_what_the_model_says()
                assert self.two.unsound() == []
        finally:
            self.closing.close()
