"""What a wallet pays for: its PAYGO eSIMs, what is owed, the money that makes them run; packs."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from catalog.kernel.database import snapshot
from checkout.billing.resuming import owed_and_missing
from checkout.billing.tables import WalletRow
from store_app.desk.context import Desk
from store_app.desk.deposits import offered_packs, quote_deposit
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import sell, top_up
from store_app.desk.upkeep import write_setting
from store_app.desk.wallet_esims import wallet_esims
from store_app.desk.wallets import configure_wallet
from tests.paygo import DAY, MB, SKU, SOLD, give, money, new_wallet, paygo, state, take, tariff, use
from tests.paygo import sell as open_line
from tests.shop import add_plans, add_stock, at, small_shop

ANA = "ana@example.com"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """PAYGO with an MRC of 2.00 from assignment, and profiles for it."""
    small_shop(desk)
    add_plans(desk, paygo(mrc="2.00", mrc_anchor="assignment"))
    add_stock(desk, SKU, 4, first=100)
    add_user(desk, ANA)
    return desk


@pytest.mark.parametrize("seed", range(6))
def test_the_missing_money_makes_all_of_them_run(engine: Engine, seed: int) -> None:
    """A cent less leaves one of them off, whatever the limits, months and prices."""
    chance = random.Random(seed)
    payer = new_wallet(engine, chance.randrange(300), minimum=chance.choice([0, 80, -120]))
    lines = [
        open_line(
            engine,
            payer,
            number,
            tariff(mrc_minor=chance.choice([0, 30, 170]), mrc_anchor="assignment"),
        )
        for number in range(4)
    ]
    now = SOLD + chance.randrange(120) * DAY
    take(engine, now, use("a", now, chance.randrange(400) * MB, n=chance.randrange(4)))
    with snapshot(engine) as session:
        row = session.get_one(WalletRow, payer)
        owed, missing = owed_and_missing(session, row, now)
    assert missing is not None
    running = {state(engine, line, now).reason for line in lines} == {""}
    assert running == (missing == 0)
    assert missing >= owed - (money(engine, payer) - row.minimum_minor)
    if missing > 1:
        give(engine, payer, missing - 1, now)
        assert {state(engine, line, now).reason for line in lines} != {""}
    if missing:
        give(engine, payer, min(missing, 1), now)
    assert {state(engine, line, now).reason for line in lines} == {""}


def test_what_a_wallet_pays_for(shop: Desk) -> None:
    """Status, next MRC, what is owed, what resumes; a wallet that is off says so."""
    top_up(shop, ANA, amount="6.00", pay="cash", key="t1")
    first = sell(shop, sku=SKU, pay="cash", customer=ANA, key="k1")
    sell(shop, sku=SKU, pay="cash", customer=ANA, key="k2")
    paid = wallet_esims(shop, ANA)
    due = shop.clock() + timedelta(days=31)
    assert (paid.owed_minor, paid.missing_minor) == (0, 0)
    assert [(view.status, view.mrc_due_at) for view in paid.esims] == [
        ("activation_ready", due)
    ] * 2
    later = at(shop, due)
    paid = wallet_esims(later, ANA)
    assert (paid.owed_minor, paid.missing_minor) == (200, 201)
    assert sorted((view.owed_minor, view.mrc_minor) for view in paid.esims) == [
        (0, 200),
        (200, 200),
    ]
    assert paid.esims[-1].order == first.order
    top_up(later, ANA, amount="2.00", pay="cash", key="t2")
    assert wallet_esims(later, ANA).missing_minor == 1
    top_up(later, ANA, amount="0.01", pay="cash", key="t3")
    assert {view.status_reason for view in wallet_esims(later, ANA).esims} == {""}
    configure_wallet(later, ANA, enable=False)
    assert wallet_esims(later, ANA).missing_minor is None


def test_packs_on_offer(shop: Desk) -> None:
    """Each pack once; those of the owner's own plans first; only in the wallet's currency."""
    add_plans(shop, paygo(sku="A-SAME"))
    add_plans(shop, paygo(sku="A-CHEAP", refill=[{"id": "5", "credit": "5.00", "price": "4.90"}]))
    add_plans(shop, paygo(sku="A-USD", currency="USD"))
    add_company(shop, "Acme")
    assert [(each.id, each.plan) for each in offered_packs(shop, "Acme")] == [
        ("5", "A-CHEAP"),
        ("50", "A-SAME"),
    ]
    top_up(shop, ANA, amount="6.00", pay="cash", key="t1")
    sell(shop, sku=SKU, pay="cash", customer=ANA, key="k1")
    assert [each.plan for each in offered_packs(shop, ANA)] == [SKU, "A-CHEAP"]


@pytest.mark.parametrize("included", ["false", "true"])
def test_a_quoted_pack_is_what_is_charged(shop: Desk, included: str) -> None:
    """Credit, VAT and total before paying are those of the receipt."""
    write_setting(shop, "vat_rate", "21")
    write_setting(shop, "prices_include_vat", included)
    quote = quote_deposit(shop, ANA, pack="50", plan=SKU)
    done = top_up(shop, ANA, pack="50", plan=SKU, pay="cash", key="p1")
    assert (quote.total_minor, quote.tax_minor) == (done.total_minor, done.tax_minor)
    assert (quote.credit_minor, done.balance_minor) == (5000, 5000)
