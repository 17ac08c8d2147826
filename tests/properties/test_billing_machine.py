"""Random histories of a shop on both engines and of its model: equal to the byte and the cent.

A history is drawn anew for each run of steps, the same ones on every run of the tests. With
`ESIM_TEST_HISTORIES=500` so many are tried, longer ones and never the same.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from checkout.billing import explain
from store_app.desk import esims, orders, people, sales, shifts, upkeep, wallets
from store_app.desk.usage import import_usage
from tests.model.paygo import Paygo, Wallet
from tests.model.prepaid import GRACE, Prepaid
from tests.model.records import Line, Row, Seen
from tests.model.shop import AHEAD, Shop
from tests.model.two_stores import Store, TwoStores, two_stores
from tests.model.usage_files import usage_file
from tests.paygo import paygo
from tests.peers.postgres_peer import PostgresPeer
from tests.shop import add_plans, add_stock, iccid, plan

HISTORIES = int(os.environ.get("ESIM_TEST_HISTORIES", "0"))
SETTINGS = settings(
    max_examples=HISTORIES or 12,
    stateful_step_count=60 if HISTORIES else 25,
    derandomize=not HISTORIES,
)

MB = 10**6
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
STOCK = 6
REFILLS = {"S": (1, 100), "L": (3, 250)}
_REFILLS = [
    {"id": name, "data_mb": size, "price": f"{price / 100:.2f}"}
    for name, (size, price) in REFILLS.items()
]
PREPAID: dict[str, dict[str, Any]] = {
    "DAY": {"data_mb": 1, "validity_days": 1},
    "MONTH": {"data_mb": 2, "validity_days": 30},
    "BOUGHT": {"data_mb": 1, "validity_days": 2, "start": "purchase"},
    "FIXED": {"data_mb": 1, "validity_days": 4, "start": "fixed_date"},
}
PAYGO: dict[str, dict[str, Any]] = {
    "SLOW": {"rate_per_mb": "0.0045"},
    "MRC": {"rate_per_mb": "0.37", "mrc": "0.37"},
    "ANCHORED": {"rate_per_mb": "1.00", "mrc": "1.10", "mrc_anchor": "assignment"},
}
COUNTRY_RATES = {"CH": "2.00", "AD": "0"}
OWNERS = ("ana@example.com", "Acme")
BEGINNINGS = (
    datetime(2024, 1, 31, 9, 59, 59, tzinfo=UTC),  # a leap day comes, then Madrid's clocks change
    datetime(2026, 10, 24, 23, 30, tzinfo=UTC),  # ... and change back
    datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC),
)
TAXES = ((0, "on_deposit"), (21, "on_deposit"), (21, "on_consumption"))
WAITS = st.sampled_from(
    [SECOND, timedelta(minutes=4), timedelta(hours=7), DAY, GRACE, 9 * DAY, 31 * DAY]
)
SHIFTS = st.sampled_from([-DAY, -2 * SECOND, -SECOND, timedelta(), timedelta(), SECOND, DAY / 3])


@dataclass(frozen=True)
class Draft:
    """A row of a usage file before it is known what it is about."""

    what: str
    line: int
    mark: int
    shift: timedelta
    size: int
    more: int
    country: str
    counter: bool


DRAFTS = st.builds(
    Draft,
    what=st.sampled_from(["new"] * 9 + ["same", "conflict", "unknown", "unsold", "broken"]),
    line=st.integers(0, 5),
    mark=st.integers(0, 9),
    shift=SHIFTS,
    size=st.integers(0, 5),
    more=st.sampled_from([0, 0, 1, -1, 333]),
    country=st.sampled_from(["ES", "ES", "CH", "AD", "MC", ""]),
    counter=st.booleans(),
)


@dataclass
class Order:
    """What was paid for a sale, by whom, and what of it went back."""

    total: int
    wallet: Wallet | None
    refunded: int = 0


class PrepaidMachine(RuleBasedStateMachine):
    """Sales and refills of prepaid eSIMs, usage, refunds, time, upkeep and restarts."""

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
        self.vat, self.wallet_tax = TAXES[0]

    @property
    def now(self) -> datetime:
        """The clock of both stores."""
        return self.two.now

    @initialize(
        begin=st.sampled_from(BEGINNINGS),
        tax=st.sampled_from(TAXES),
        zone=st.sampled_from(["UTC", "Europe/Madrid"]),
    )
    def open_shop(self, begin: datetime, tax: tuple[int, str], zone: str) -> None:
        """Plans, stock, a drawer, two owners with wallets."""
        self.two.now, (self.vat, self.wallet_tax) = begin, tax
        start_date = (begin + 3 * DAY).date()
        PREPAID["FIXED"]["start_date"] = start_date.isoformat()
        for store in self.two.stores:
            self._furnish(store, zone)
        skus = (*PREPAID, *PAYGO)
        self.model.stock = {iccid(number) for number in range(1, STOCK * len(skus) + 1)}
        self.model.wallets = {owner: Wallet() for owner in OWNERS}
        for owner in OWNERS:
            self.add_money(owner, 500)

    def _furnish(self, store: Store, zone: str) -> None:
        desk = store.desk
        values = {"vat_rate": str(self.vat), "wallet_tax": self.wallet_tax, "time_zone": zone}
        for name, value in values.items():
            upkeep.write_setting(desk, name, value)
        add_plans(
            desk,
            *(plan(sku=sku, price="1.00", refill=_REFILLS, **one) for sku, one in PREPAID.items()),
            *(paygo(sku=sku, country_rates=COUNTRY_RATES, **one) for sku, one in PAYGO.items()),
        )
        for number, sku in enumerate((*PREPAID, *PAYGO)):
            add_stock(desk, sku, STOCK, first=number * STOCK + 1)
        shifts.open_shift(desk, float_amount="1000.00")
        people.add_company(desk, "Acme")
        people.add_user(desk, OWNERS[0])

    # What things cost, by the rules of tax.

    def gross(self, net: int) -> int:
        """A net price with its tax, halves away from zero."""
        return net + int(Fraction(net * self.vat, 100) + Fraction(1, 2))

    def price(self, net: int, pay: str) -> int:
        """What an order costs: wallet money may have been taxed before."""
        untaxed = pay != "cash" and self.wallet_tax == "on_deposit"
        return net if untaxed else self.gross(net)

    def payer(self, pay: str) -> Wallet | None:
        """Whose money it is."""
        owner = {"wallet": OWNERS[0], "company-wallet": OWNERS[1]}.get(pay)
        return self.model.wallets[owner] if owner else None

    def _key(self) -> str:
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
        marks = [mark for line in self.model.lines.values() for mark in self._dates(line)]
        coming = [mark + shift for mark in [*marks, month_end] if mark + shift > self.now]
        if coming:
            self.two.now = coming[number % len(coming)]

    def _dates(self, line: Line) -> list[datetime]:
        due = line.due() if isinstance(line, Paygo) else None
        return [at for at in (line.seen(self.now).expires_at, due) if at]

    @rule(
        sku=st.sampled_from(sorted(PREPAID)),
        pay=st.sampled_from(sales_methods := ["cash", "wallet", "company-wallet"]),
    )
    def sell_prepaid(self, sku: str, pay: str) -> None:
        """A prepaid eSIM is sold."""
        terms = PREPAID[sku]
        begins = self.now if sku == "BOUGHT" else None
        if sku == "FIXED":
            begins = datetime.fromisoformat(f"{terms['start_date']}T00:00:00+00:00")
        validity = terms["validity_days"] * DAY
        over = begins is not None and begins + validity <= self.now
        card = self._sell(sku, pay, refusal="plan_over" if over else "")
        if card:
            line = Prepaid(card, self.now, terms["data_mb"] * MB, validity, begins)
            self.model.lines[card] = line

    def _sell(self, sku: str, pay: str, refusal: str = "") -> str:
        """One sale, or the refusal that the model expects; the card that was sold."""
        self.model.pass_time(self.now)
        key, wallet, total = self._key(), self.payer(pay), self.price(100, pay)
        buyer = {"wallet": {"customer": OWNERS[0]}, "company-wallet": {"company": OWNERS[1]}}
        who = buyer.get(pay, {"customer": OWNERS[0]})
        skus = (*PREPAID, *PAYGO)
        first = skus.index(sku) * STOCK + 1
        free = {iccid(number) for number in range(first, first + STOCK)} & self.model.stock
        refusal = refusal or self._refusal(wallet, total) or ("" if free else "sold_out")

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
        assert card == min(free)
        self.model.stock.remove(card)
        self.orders[card] = Order(total, wallet)
        self._pay(wallet, total)
        return card

    def _refusal(self, wallet: Wallet | None, total: int) -> str:
        if wallet is None:
            return ""
        if not wallet.enabled:
            return "wallet_disabled"
        return "wallet_too_low" if wallet.balance - wallet.minimum < total else ""

    def _pay(self, wallet: Wallet | None, total: int) -> None:
        if wallet is not None:
            wallet.balance -= total
            self.model.look(wallet)

    @precondition(lambda self: any(isinstance(one, Prepaid) for one in self.model.lines.values()))
    @rule(
        number=st.integers(0, 5),
        refill=st.sampled_from(sorted(REFILLS)),
        pay=st.sampled_from(["cash", "wallet"]),
    )
    def refill(self, number: int, refill: str, pay: str) -> None:
        """Data is added to an eSIM."""
        lines = [one for one in self.model.lines.values() if isinstance(one, Prepaid)]
        line = lines[number % len(lines)]
        has_user = self.orders[line.card].wallet is not self.model.wallets[OWNERS[1]]
        pay = pay if has_user else "cash"
        self.model.pass_time(self.now)
        size, net = REFILLS[refill]
        key, wallet, total = self._key(), self.payer(pay), self.price(net, pay)
        refusal = "archived" if line.ended_at else self._refusal(wallet, total)
        answer = self.two.both(
            lambda store: sales.refill(store.desk, line.card, refill=refill, pay=pay, key=key),
            keyed=True,
        )
        if refusal:
            assert answer == refusal
            return
        line.refill(self.now, size * MB)
        self._pay(wallet, total)
        seen = line.seen(self.now)
        assert (answer["data_left_bytes"], answer["expires_at"]) == (seen.left, seen.expires_at)

    @rule(owner=st.sampled_from(OWNERS), amount=st.sampled_from([1, 37, 150, 500]))
    def add_money(self, owner: str, amount: int) -> None:
        """A wallet is topped up."""
        key, text = self._key(), f"{amount / 100:.2f}"
        answer = self.two.both(
            lambda store: sales.top_up(store.desk, owner, amount=text, pay="manual", key=key),
            keyed=True,
        )
        self._receive(owner, amount, answer)
        taxed = self.wallet_tax == "on_deposit"
        assert answer["total_minor"] == (self.gross(amount) if taxed else amount)

    def _receive(self, owner: str, amount: int, answer: dict[str, Any]) -> None:
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

    @rule(source=st.sampled_from(["mno", "mvno"]), drafts=st.lists(DRAFTS, min_size=1, max_size=6))
    def use(self, source: str, drafts: list[Draft]) -> None:
        """A usage file arrives."""
        rows = [self._row(draft, source) for draft in drafts]
        path = usage_file(self.folder, rows)
        told = self.model.take(source, rows, self.now)
        answer = self.two.both(lambda store: import_usage(store.desk, path, source=source))
        errors = answer.pop("errors")
        assert answer == vars(told)
        assert len(errors) == told.unknown + told.rejected
        self.sent += [(source, row) for row in rows if row]

    @rule(drafts=st.lists(DRAFTS, min_size=1, max_size=2), wait=WAITS)
    def use_and_wait(self, drafts: list[Draft], wait: timedelta) -> None:
        """Usage arrives, as it does most of the time."""
        self.use("mno", drafts)
        self.wait(wait)

    def _row(self, draft: Draft, source: str) -> Row | None:
        event = f"e{next(self.numbers)}"
        mine = [row for sent_by, row in self.sent if sent_by == source]
        strangers = {"unknown": iccid(999), "unsold": min(self.model.stock)}
        if draft.what == "broken":
            return None
        if draft.what in strangers or not self.model.lines:
            return Row(event, strangers.get(draft.what, iccid(998)), self.now, 1)
        if draft.what in ("same", "conflict") and mine:
            old = mine[draft.line % len(mine)]
            size = old.size + (draft.what == "conflict")
            return Row(old.event, old.card, old.start, size, old.country, old.counter)
        lines = list(self.model.lines.values())
        line = lines[draft.line % len(lines)]
        marks, sizes = self._marks(line), self._sizes(line)
        start = marks[draft.mark % len(marks)] + draft.shift
        size = max(sizes[draft.size % len(sizes)] + draft.more, 0)
        return Row(event, line.card, start, size, draft.country, draft.counter)

    def _marks(self, line: Line) -> list[datetime]:
        """Instants about which usage is reported."""
        marks = [self.now, self.now - GRACE, self.now + AHEAD, line.sold_at, self.now - 20 * DAY]
        if isinstance(line, Prepaid):
            marks += [at for at, _size in line.refills[-2:]]
            marks += [line.settled_until] if line.settled_until else []
        return [*marks, *self._dates(line)]

    def _sizes(self, line: Line) -> list[int]:
        """Numbers of bytes about which something changes."""
        seen = line.seen(self.now)
        sizes = [0, 1, 400_000, seen.left or 0, seen.used]
        if isinstance(line, Paygo) and line.price:
            sizes.append(int((line.wallet.payable - line.owing) / line.price))
        return sizes

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 5), amount=st.sampled_from([None, None, 50, 100]))
    def refund(self, number: int, amount: int | None) -> None:
        """Money goes back; all of it ends the line."""
        card, order = list(self.orders.items())[number % len(self.orders)]
        left, key = order.total - order.refunded, self._key()
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
            self._end(self.model.lines[card])
        if order.wallet is not None:
            order.wallet.receive(given, self.now)
            self.model.look(order.wallet)

    def _end(self, line: Line) -> None:
        line.settle(self.now)
        line.end(self.now)
        if isinstance(line, Paygo):
            self.model.look(line.wallet)

    @rule()
    def maintain(self) -> None:
        """What is due is done, and everything is posted as the model says."""
        self.model.pass_time(self.now)
        due = self.model.look(*self.model.wallets.values())
        assert self.two.both(lambda store: upkeep.maintain(store.desk))["charged"] == due
        assert self.two.both(lambda store: upkeep.maintain(store.desk))["expired"] == 0
        for line in self.model.lines.values():
            self._explained(line)

    def _explained(self, line: Line) -> None:
        entries = self.two.both(lambda store: _told(esims.explain_esim(store.desk, line.card)))
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
            assert _shown(shown[card]) == _expected(line.seen(self.now), self.now)
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


def _told(entries: list[explain.Entry]) -> list[dict[str, Any]]:
    """What both stores must say alike; the source of a sale is its order."""
    return [asdict(entry) | {"source": ""} for entry in entries]


_SHOWN = (
    "status",
    "status_reason",
    "data_left_bytes",
    "data_used_bytes",
    "overrun_bytes",
    "activated_at",
    "expires_at",
    "days_left",
    "charged_minor",
    "barred_bytes",
)


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {name: view[name] for name in _SHOWN}


def _expected(seen: Seen, now: datetime) -> dict[str, Any]:
    left = None if seen.expires_at is None else max(seen.expires_at - now, timedelta())
    return {
        "status": seen.status,
        "status_reason": seen.reason,
        "data_left_bytes": seen.left,
        "data_used_bytes": seen.used,
        "overrun_bytes": seen.overrun,
        "activated_at": seen.activated_at,
        "expires_at": seen.expires_at,
        "days_left": None if left is None else -(-left // DAY),
        "charged_minor": seen.charged,
        "barred_bytes": seen.barred,
    }


class PaygoMachine(PrepaidMachine):
    """PAYGO eSIMs as well, whose wallets also pay for prepaid ones."""

    @rule(
        sku=st.sampled_from(sorted(PAYGO)),
        pay=st.sampled_from(["cash", "wallet", "company-wallet"]),
    )
    def sell_paygo(self, sku: str, pay: str) -> None:
        """A PAYGO eSIM is sold against the wallet of its buyer."""
        self.model.pass_time(self.now)
        wallet = self.payer(pay) or self.model.wallets[OWNERS[0]]
        refusal = "" if wallet.enabled else "wallet_disabled"
        if wallet.enabled and not wallet.payable:
            refusal = "wallet_too_low"
        card = self._sell(sku, pay, refusal)
        if card:
            line = self._line(card, sku, wallet)
            self.model.lines[card] = line
            self.model.look(wallet)

    def _line(self, card: str, sku: str, wallet: Wallet) -> Paygo:
        terms = PAYGO[sku]
        taxed = self.wallet_tax == "on_consumption"
        factor = Fraction(100 + self.vat, 100) if taxed else Fraction(1)
        mrc = round(Fraction(terms.get("mrc", "0")) * 100)

        def price(rate: str) -> Fraction:
            return Fraction(rate) * 100 * factor / MB

        return Paygo(
            card,
            self.now,
            wallet,
            price(terms["rate_per_mb"]),
            {country: price(rate) for country, rate in COUNTRY_RATES.items()},
            frozenset(["MC"]),
            self.gross(mrc) if taxed else mrc,
            self.now if terms.get("mrc_anchor") == "assignment" else None,
        )

    @rule(owner=st.sampled_from(OWNERS))
    def buy_pack(self, owner: str) -> None:
        """50.00 for 45.00."""
        key = self._key()
        answer = self.two.both(
            lambda store: sales.top_up(store.desk, owner, pack="50", pay="manual", key=key),
            keyed=True,
        )
        self._receive(owner, 5000, answer)


@pytest.mark.parametrize("machine", [PrepaidMachine, PaygoMachine])
def test_histories(
    postgres: PostgresPeer,
    sqlite_template: Path,
    tmp_path: Path,
    machine: type[PrepaidMachine],
) -> None:
    """Whatever happens in a shop, two engines and the model agree after every step."""

    class Opened(machine):  # type: ignore[misc,valid-type]  # a class that takes no arguments
        def __init__(self) -> None:
            super().__init__(postgres, sqlite_template, tmp_path)

    run_state_machine_as_test(Opened, settings=SETTINGS)
