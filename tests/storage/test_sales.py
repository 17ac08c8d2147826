"""Sales on both engines: one key, one order, one charge, one eSIM."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, func, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused
from catalog.kernel.settings import set_setting
from catalog.stock.tables import StockLotRow
from store_app.desk.catalogue import list_plans
from store_app.desk.context import Desk
from store_app.desk.esims import list_esims, show_esim
from store_app.desk.orders import (
    cancel_order,
    list_orders,
    receipt_text,
    resume_open_orders,
    resume_order,
    show_order,
)
from store_app.desk.people import add_company
from store_app.desk.sales import quote, refill, refill_options, sell, top_up
from store_app.desk.shifts import close_shift
from store_app.desk.stock import decide_batch, stock_summary
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.conftest import NOW
from tests.shop import add_plans, add_stock, at, iccid, leave_open, plan, small_shop

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop on each engine."""
    return small_shop(desk)


def count(desk: Desk, state: str) -> int:
    """Profiles in a stock state."""
    statement = select(func.count()).select_from(EsimRow).where(EsimRow.stock_state == state)
    with snapshot(desk.engine) as session:
        return session.exec(statement).one()


def test_a_cash_sale_gives_code_change_and_receipt(shop: Desk) -> None:
    """Cash tendered above the price gives a delivered eSIM, change and a numbered receipt."""
    sale = sell(shop, sku=SKU, pay="cash", key="k1", tendered="20.00")
    assert (sale.state, sale.total_minor, sale.change_minor) == ("delivered", 1250, 750)
    assert sale.iccid == iccid(1)
    assert sale.activation_code == "LPA:1$smdp.example.com$TEST-00000001"
    assert sale.receipt == "R1-000001"
    assert "Spain 5 GB" in receipt_text(shop, sale.receipt)
    assert sale.activation_code not in repr(sale)


def test_the_same_key_is_one_sale(shop: Desk) -> None:
    """A repeated key returns the first sale and takes no second profile."""
    first = sell(shop, sku=SKU, pay="cash", key="k1")
    again = sell(shop, sku=SKU, pay="cash", key="k1")
    assert (again.order, again.iccid, again.replayed) == (first.order, first.iccid, True)
    assert not first.replayed
    assert count(shop, "sold") == 1


def test_the_same_key_with_another_body_is_refused(shop: Desk) -> None:
    """A key that stands for another request is a conflict and changes nothing."""
    sell(shop, sku=SKU, pay="cash", key="k1")
    with pytest.raises(IdempotencyConflict):
        sell(shop, sku=SKU, pay="cash", key="k1", tendered="50.00")
    assert count(shop, "sold") == 1


def test_a_refusal_is_not_remembered(shop: Desk) -> None:
    """A refused key may succeed later with the same or another body."""
    with pytest.raises(Refused) as refusal:
        sell(shop, sku=SKU, pay="cash", key="k1", tendered="5.00")
    assert (refusal.value.code, refusal.value.field) == ("tendered_too_small", "tendered")
    assert count(shop, "available") == 3
    assert not sell(shop, sku=SKU, pay="cash", key="k1", tendered="15.00").replayed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sku": "NOPE"}, "unknown_plan"),
        ({"pay": "card"}, "not_offered"),
        ({"pay": "wallet"}, "customer_needed"),
        ({"pay": "company-wallet"}, "company_needed"),
        ({"pay": "wallet", "customer": "a@example.com"}, "no_wallet"),
        ({"company": "Nobody Ltd"}, "unknown_company"),
        ({"tendered": "twelve"}, "bad_amount"),
        ({"tendered": "99999999.00"}, "tendered_too_large"),
        ({"pay": "wallet", "tendered": "20.00", "customer": "a@example.com"}, "bad_amount"),
    ],
)
def test_refusals_change_nothing(shop: Desk, changes: dict[str, Any], code: str) -> None:
    """Each refusal has its code and leaves stock and orders as they were."""
    request: dict[str, Any] = {"sku": SKU, "pay": "cash", "key": "k1"} | changes
    with pytest.raises((Refused, NotFound)) as refusal:
        sell(shop, **request)
    assert refusal.value.code == code
    assert count(shop, "available") == 3
    assert list_orders(shop) == []


def test_no_cash_without_an_open_shift(desk: Desk) -> None:
    """Cash needs an open shift on disk."""
    small_shop(desk, shift=False)
    with pytest.raises(Refused) as refusal:
        sell(desk, sku=SKU, pay="cash", key="k1")
    assert refusal.value.code == "no_open_shift"


def test_sold_out_is_a_refusal(shop: Desk) -> None:
    """The fourth sale of three profiles is refused."""
    for number in range(3):
        sell(shop, sku=SKU, pay="cash", key=f"k{number}")
    with pytest.raises(Refused) as refusal:
        sell(shop, sku=SKU, pay="cash", key="k9")
    assert refusal.value.code == "sold_out"


def test_many_buyers_few_profiles(desk: Desk) -> None:
    """Of thirty buyers at once exactly ten get one of ten profiles, twenty hear "sold out"."""
    small_shop(desk, stock=10)

    def buy(number: int) -> str:
        try:
            return str(sell(desk, sku=SKU, pay="cash", key=f"k{number}").iccid)
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(buy, range(30)))
    assert results.count("sold_out") == 20
    assert len(set(results) - {"sold_out"}) == 10


def test_of_equal_requests_at_once_exactly_one_is_no_replay(shop: Desk) -> None:
    """Eight equal requests at the same moment are one sale and seven replays."""
    with ThreadPoolExecutor(8) as pool:
        sales = list(pool.map(lambda _: sell(shop, sku=SKU, pay="cash", key="same"), range(8)))
    assert sum(not sale.replayed for sale in sales) == 1
    assert len({sale.order for sale in sales}) == 1
    assert count(shop, "sold") == 1


@pytest.mark.parametrize(
    ("inclusive", "net", "tax", "total"),
    [("false", 1250, 263, 1513), ("true", 1033, 217, 1250)],
)
def test_vat_is_the_same_in_quote_sale_and_receipt(
    desk: Desk, inclusive: str, net: int, tax: int, total: int
) -> None:
    """One function prices the quote, the charge and the receipt."""
    small_shop(desk, vat_rate="21")
    transact(desk.engine, lambda s: set_setting(s, "prices_include_vat", inclusive))
    quoted = quote(desk, SKU)
    sale = sell(desk, sku=SKU, pay="cash", key="k1")
    assert (quoted.net_minor, quoted.tax_minor, quoted.total_minor) == (net, tax, total)
    assert (sale.tax_minor, sale.total_minor) == (tax, total)
    assert f"{total // 100}.{total % 100:02d} EUR" in receipt_text(desk, sale.receipt)


def test_an_end_user_does_not_inherit_the_companys_rate(desk: Desk) -> None:
    """Organization 21 %, company 18 %: the company pays 18, its end user 21."""
    small_shop(desk, vat_rate="21")
    add_company(desk, "Acme", vat_rate="18")
    by_company = sell(desk, sku=SKU, pay="cash", key="k1", company="Acme")
    by_user = sell(desk, sku=SKU, pay="cash", key="k2", company="Acme", customer="a@acme.example")
    assert (by_company.tax_minor, by_user.tax_minor) == (225, 263)


def test_wallet_money_is_taxed_once(desk: Desk) -> None:
    """A deposit is taxed when it is made; what it buys is not taxed again."""
    small_shop(desk, vat_rate="21")
    add_company(desk, "Acme")
    deposit = top_up(desk, "Acme", amount="100.00", pay="cash", key="t1")
    assert (deposit.total_minor, deposit.tax_minor, deposit.balance_minor) == (12100, 2100, 10000)
    sale = sell(desk, sku=SKU, pay="company-wallet", company="Acme", key="k1")
    assert (sale.total_minor, sale.tax_minor) == (1250, 0)
    wallet = show_wallet(desk, "Acme")
    assert (wallet.balance_minor, wallet.held_minor) == (8750, 0)
    assert [entry["amount_minor"] for entry in wallet.history] == [-1250, 10000]
    assert [entry["balance_minor"] for entry in wallet.history] == [8750, 10000]


def test_a_wallet_never_goes_below_its_minimum(desk: Desk) -> None:
    """Twelve buyers at once on a wallet for four: four are served, the minimum stays."""
    small_shop(desk, stock=12)
    add_company(desk, "Acme")
    top_up(desk, "Acme", amount="60.00", pay="manual", key="t1")
    configure_wallet(desk, "Acme", minimum="10.00")

    def buy(number: int) -> str:
        try:
            return sell(desk, sku=SKU, pay="company-wallet", company="Acme", key=f"k{number}").state
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(buy, range(12)))
    assert (results.count("delivered"), results.count("wallet_too_low")) == (4, 8)
    assert show_wallet(desk, "Acme").balance_minor == 1000
    assert count(desk, "available") == 8


def test_a_negative_minimum_is_a_credit_line(shop: Desk) -> None:
    """A wallet with a credit line pays below zero, down to its limit."""
    add_company(shop, "Acme")
    configure_wallet(shop, "Acme", minimum="-20.00")
    sell(shop, sku=SKU, pay="company-wallet", company="Acme", key="k1")
    assert show_wallet(shop, "Acme").balance_minor == -1250
    with pytest.raises(Refused):
        sell(shop, sku=SKU, pay="company-wallet", company="Acme", key="k2")


def test_designated_plans_are_for_their_companies(shop: Desk) -> None:
    """A company designated plan is refused to others and sold to its company's users."""
    add_company(shop, "Acme")
    add_plans(shop, plan(sku="ACME-1", companies=["ACME"]))
    add_stock(shop, "ACME-1", 2, first=100)
    with pytest.raises(Refused) as refusal:
        sell(shop, sku="ACME-1", pay="cash", key="k1")
    assert refusal.value.code == "not_designated"
    assert sell(shop, sku="ACME-1", pay="cash", key="k2", company="acme").state == "delivered"


def test_the_offline_card_is_for_the_demo(shop: Desk) -> None:
    """The offline card is offered once the store says that it is a demo."""
    transact(shop.engine, lambda session: set_setting(session, "demo", "true"))
    sale = sell(shop, sku=SKU, pay="card", key="k1")
    assert sale.state == "delivered"
    assert show_order(shop, sale.order).payments[0]["method"] == "card"


def test_an_interrupted_sale_resumes_by_its_key(shop: Desk) -> None:
    """The same key goes on with the reserved profile: one order, one receipt."""
    order = leave_open(shop, sku=SKU, key="k1")
    assert (order.state, count(shop, "reserved")) == ("placed", 1)
    sale = sell(shop, sku=SKU, pay="cash", key="k1")
    assert (sale.order, sale.receipt, sale.replayed) == (order.reference, "R1-000001", False)


def test_an_interrupted_sale_can_be_finished_by_hand(shop: Desk) -> None:
    """A clerk who took the money finishes the order without its key."""
    order = leave_open(shop, sku=SKU, key="k1")
    assert resume_order(shop, order.reference).state == "delivered"
    assert sell(shop, sku=SKU, pay="cash", key="k1").replayed


def test_an_interrupted_sale_is_let_go_after_its_deadline(desk: Desk) -> None:
    """After the deadline profile and wallet hold are free and the key may start anew."""
    small_shop(desk)
    add_company(desk, "Acme")
    top_up(desk, "Acme", amount="20.00", pay="manual", key="t1")
    order = leave_open(desk, sku=SKU, pay="company-wallet", company="Acme", key="k1").reference
    assert show_wallet(desk, "Acme").held_minor == 1250
    later = at(desk, desk.clock() + timedelta(minutes=5))
    assert resume_open_orders(later) == 1
    assert show_order(later, order).state == "cancelled"
    assert show_wallet(later, "Acme").held_minor == 0
    assert count(later, "available") == 3
    sale = sell(later, sku=SKU, pay="company-wallet", company="Acme", key="k1")
    assert sale.order != order


def test_late_cash_finds_another_profile(desk: Desk) -> None:
    """A sale finished after its deadline takes a free profile, or is sold out and cancelled."""
    small_shop(desk, stock=2)
    order = leave_open(desk, sku=SKU, key="k1")
    later = at(desk, desk.clock() + timedelta(minutes=5))
    taken = [sell(later, sku=SKU, pay="cash", key=f"o{number}").iccid for number in range(2)]
    with pytest.raises(Refused) as refusal:
        resume_order(later, order.reference)
    assert refusal.value.code == "sold_out"
    assert show_order(later, order.reference).state == "cancelled"
    assert len(set(taken)) == 2


def test_a_closed_shift_stops_an_interrupted_cash_sale(shop: Desk) -> None:
    """A cash sale whose shift was closed meanwhile is cancelled, wholly outside the Z."""
    order = leave_open(shop, sku=SKU, key="k1")
    closed = close_shift(shop, counted="100.00")
    assert closed.totals["unresolved"] == [order.reference]
    with pytest.raises(Refused) as refusal:
        resume_order(shop, order.reference)
    assert refusal.value.code == "no_open_shift"
    assert count(shop, "available") == 3


def test_a_placed_order_can_be_cancelled_a_delivered_one_not(shop: Desk) -> None:
    """Cancelling frees the profile; what is delivered is refunded instead."""
    order = leave_open(shop, sku=SKU, key="k1")
    assert cancel_order(shop, order.reference).state == "cancelled"
    sale = sell(shop, sku=SKU, pay="cash", key="k2")
    with pytest.raises(Refused) as refusal:
        cancel_order(shop, sale.order)
    assert refusal.value.code == "not_cancellable"


def test_a_refill_adds_data_once(shop: Desk) -> None:
    """A refill before first use adds data only, once per key."""
    sale = sell(shop, sku=SKU, pay="cash", key="k1")
    assert [option.id for option in refill_options(shop, sale.order)] == ["1GB"]
    first = refill(shop, sale.order, refill="1GB", pay="cash", key="r1", tendered="5")
    again = refill(shop, sale.order, refill="1GB", pay="cash", key="r1", tendered="5")
    assert (first.data_left_bytes, first.expires_at, first.change_minor) == (6 * 10**9, None, 100)
    assert (again.data_left_bytes, again.replayed) == (6 * 10**9, True)
    with pytest.raises(NotFound):
        refill(shop, sale.order, refill="9TB", pay="cash", key="r2")
    with pytest.raises(NotFound):
        refill(shop, iccid(3), refill="1GB", pay="cash", key="r3")


def test_a_plan_that_is_over_is_not_sold(shop: Desk) -> None:
    """A fixed date plan whose days have passed is refused before any money."""
    add_plans(shop, plan(sku="OLD-1", start="fixed_date", start_date="2020-01-01"))
    add_stock(shop, "OLD-1", 1, first=100)
    with pytest.raises(Refused) as refusal:
        sell(shop, sku="OLD-1", pay="cash", key="k1")
    assert refusal.value.code == "plan_over"


def test_a_profile_that_can_no_longer_be_installed_is_not_sold(desk: Desk) -> None:
    """Profiles past their install-by date are passed over; the last day still counts."""
    small_shop(desk, stock=1)
    add_stock(desk, SKU, 1, first=2)
    for number, day in ((1, NOW.date() - timedelta(days=1)), (2, NOW.date())):
        change = update(StockLotRow).where(col(StockLotRow.number) == number)
        transact(desk.engine, partial(Session.execute, statement=change.values(install_by=day)))
    assert (stock_summary(desk)[0].available, quote(desk, SKU).available) == (1, 1)
    assert [card.available for card in list_plans(desk)] == [1]
    assert sell(desk, sku=SKU, pay="cash", key="k1").iccid == iccid(2)
    with pytest.raises(Refused) as refusal:
        sell(desk, sku=SKU, pay="cash", key="k2")
    assert refusal.value.code == "sold_out"
    assert (maintain(desk).withdrawn, maintain(desk).withdrawn) == (1, 0)
    gone = show_esim(desk, iccid(1))
    assert (gone.status, gone.profile_state) == ("archived", "unavailable")
    assert [view.iccid for view in list_esims(desk)] == [iccid(2)]
    assert [check for check in doctor(desk) if not check.ok] == []


def test_a_reservation_outlives_its_batch_and_ends_with_it(shop: Desk) -> None:
    """A profile reserved while its batch is rolled back is withdrawn, not sold, when let go."""
    order = leave_open(shop, sku=SKU, key="k1")
    decide_batch(shop, "B-000001", "rollback")
    cancel_order(shop, order.reference)
    assert (count(shop, "available"), count(shop, "withdrawn")) == (0, 1)
