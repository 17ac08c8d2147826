"""Random histories of a shop on both engines and of its model: equal to the byte and the cent.

The same histories on every run of the tests. With `ESIM_TEST_HISTORIES=500` so many are tried,
longer ones and never the same.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from store_app.desk import orders, sales
from tests.model.machine import Order, ShopMachine
from tests.model.office import SubscriptionMachine
from tests.model.paygo import Paygo, Wallet
from tests.model.prepaid import Prepaid
from tests.model.terms import COUNTRY_RATES, DAY, MB, OWNERS, PAYGO, PREPAID, REFILLS, fixed_date
from tests.model.two_stores import Store
from tests.peers.postgres_peer import PostgresPeer

HISTORIES = int(os.environ.get("ESIM_TEST_HISTORIES", "0"))
SETTINGS = settings(
    stateful_step_count=60 if HISTORIES else 25,
    derandomize=not HISTORIES,
)
PAYS = st.sampled_from(["cash", "wallet", "company-wallet"])


@dataclass
class Refill:
    """A refill that was bought: which of its line it is, and what was paid."""

    line: Prepaid
    number: int
    order: Order


class PrepaidMachine(ShopMachine):
    """Prepaid eSIMs and their refills."""

    def __init__(self, postgres: PostgresPeer, template: Path, folder: Path) -> None:
        super().__init__(postgres, template, folder)
        self.refills: list[Refill] = []

    @rule(
        sku=st.sampled_from(sorted(PREPAID)),
        pay=PAYS,
    )
    def sell_prepaid(self, sku: str, pay: str) -> None:
        """A prepaid eSIM is sold."""
        terms = PREPAID[sku]
        begins = self.now if sku == "BOUGHT" else None
        if sku == "FIXED":
            begins = fixed_date(self.begin)
        validity = terms["validity_days"] * DAY
        over = begins is not None and begins + validity <= self.now
        card = self.sold(sku, pay, refusal="plan_over" if over else "")
        if card:
            line = Prepaid(card, self.now, terms["data_mb"] * MB, validity, begins)
            self.model.lines[card] = line

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
        key, wallet, total = self.key(), self.payer(pay), self.tax.price(net, pay)
        refusal = "archived" if line.ended_at else self.refusal(wallet, total)
        name = f"{line.card} {len(line.refills) + 1}"

        def command(store: Store) -> sales.Refilled:
            done = sales.refill(store.desk, line.card, refill=refill, pay=pay, key=key)
            store.orders[name] = done.order
            return done

        answer = self.two.both(command, keyed=True)
        if refusal:
            assert answer == refusal
            return
        line.refill(self.now, size * MB)
        self.pay(wallet, total)
        self.refills.append(Refill(line, len(line.refills), Order(total, wallet)))
        seen = line.seen(self.now)
        assert (answer["data_left_bytes"], answer["expires_at"]) == (seen.left, seen.expires_at)

    @precondition(lambda self: self.refills)
    @rule(number=st.integers(0, 5))
    def refund_refill(self, number: int) -> None:
        """A refill is given back: its line is as if it had never been, but for what was used."""
        refill = self.refills[number % len(self.refills)]
        order, key = refill.order, self.key()
        name = f"{refill.line.card} {refill.number}"
        answer = self.two.both(
            lambda store: orders.refund_order(
                store.desk, store.orders[name], key=key, supervisor="boss", reason="asked"
            ),
            keyed=True,
        )
        if order.refunded:
            assert answer == "not_refundable"
            return
        assert answer["refunds"][0]["amount_minor"] == order.total
        self.model.pass_time(self.now)
        order.refunded = order.total
        refill.line.take_back(refill.number, self.now)
        if order.wallet is not None:
            order.wallet.receive(order.total, self.now)
            self.model.look(order.wallet)


class PaygoMachine(PrepaidMachine):
    """PAYGO eSIMs as well, whose wallets also pay for prepaid ones."""

    @rule(
        sku=st.sampled_from(sorted(PAYGO)),
        pay=PAYS,
    )
    def sell_paygo(self, sku: str, pay: str) -> None:
        """A PAYGO eSIM is sold against the wallet of its buyer."""
        self.model.pass_time(self.now)
        wallet = self.payer(pay) or self.model.wallets[OWNERS[0]]
        refusal = "" if wallet.enabled else "wallet_disabled"
        if wallet.enabled and not wallet.payable:
            refusal = "wallet_too_low"
        card = self.sold(sku, pay, refusal)
        if card:
            line = self._line(card, sku, wallet)
            self.model.lines[card] = line
            self.model.look(wallet)

    def _line(self, card: str, sku: str, wallet: Wallet) -> Paygo:
        terms = PAYGO[sku]
        mrc = int(Fraction(terms.get("mrc", "0")) * 100)
        return Paygo(
            card,
            self.now,
            wallet,
            self.tax.byte(terms["rate_per_mb"]),
            {country: self.tax.byte(rate) for country, rate in COUNTRY_RATES.items()},
            frozenset(["MC"]),
            self.tax.price(mrc, "wallet"),
            self.now if terms.get("mrc_anchor") == "assignment" else None,
        )

    @rule(owner=st.sampled_from(OWNERS))
    def buy_pack(self, owner: str) -> None:
        """50.00 for 45.00."""
        key = self.key()
        answer = self.two.both(
            lambda store: sales.top_up(store.desk, owner, pack="50", pay="manual", key=key),
            keyed=True,
        )
        self.receive(owner, 5000, answer)


@pytest.mark.long
@pytest.mark.parametrize(
    ("machine", "histories"), [(PrepaidMachine, 6), (PaygoMachine, 6), (SubscriptionMachine, 4)]
)
def test_histories(
    postgres: PostgresPeer,
    sqlite_template: Path,
    tmp_path: Path,
    machine: type[ShopMachine],
    histories: int,
) -> None:
    """Whatever happens in a shop, two engines and the model agree after every step."""

    class Opened(machine):  # type: ignore[misc,valid-type]  # a class that takes no arguments
        def __init__(self) -> None:
            super().__init__(postgres, sqlite_template, tmp_path)

    some = settings(SETTINGS, max_examples=HISTORIES or histories)
    run_state_machine_as_test(Opened, settings=some)
