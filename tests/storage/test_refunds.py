"""Refunds: the verdict with its rule first, never more than was paid, back to its origin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.repository import plan_row
from catalog.stock.reserve import available_count
from checkout.billing.lines import line_state
from store_app.desk.context import Desk
from store_app.desk.orders import receipt_text, refund_order, refund_verdict, show_order
from store_app.desk.people import add_company
from store_app.desk.sales import Sale, sell, top_up
from store_app.desk.shifts import close_shift, x_report
from store_app.desk.wallets import show_wallet
from tests.shop import at, small_shop

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop with VAT."""
    return small_shop(desk, vat_rate="21")


@pytest.fixture
def sale(shop: Desk) -> Sale:
    """One cash sale of 15.13."""
    return sell(shop, sku=SKU, pay="cash", key="k1")


def test_an_unused_sale_is_refundable_in_full(shop: Desk, sale: Sale) -> None:
    """The verdict names the rule; the money leaves the drawer; the profile leaves the trade."""
    verdict = refund_verdict(shop, sale.order)
    assert (verdict.allowed, verdict.needs_supervisor, verdict.destination) == (
        True,
        False,
        "drawer",
    )
    order = refund_order(shop, sale.order, key="r1")
    assert (order.state, order.refunds[0]["amount_minor"]) == ("refunded", 1513)
    assert x_report(shop).expected_minor == 10000

    def after(session: Session) -> tuple[str, int | None, str, int]:
        esim = session.exec(select(EsimRow).where(EsimRow.iccid == sale.iccid)).one()
        line = line_state(session, esim.id, shop.clock())
        plan = plan_row(session, SKU)
        return esim.stock_state, line.left_bytes, line.status, available_count(session, plan)

    assert transact(shop.engine, after) == ("withdrawn", 0, "archived", 2)


def test_a_refund_happens_once_per_key(shop: Desk, sale: Sale) -> None:
    """A repeated key gives no money twice."""
    first = refund_order(shop, sale.order, key="r1")
    again = refund_order(shop, sale.order, key="r1")
    assert (first.replayed, again.replayed, len(again.refunds)) == (False, True, 1)


def test_parts_never_exceed_what_was_paid(shop: Desk, sale: Sale) -> None:
    """Partial refunds add up to the total with its tax and not one cent more."""
    refund_order(shop, sale.order, key="r1", amount="5.00")
    verdict = refund_verdict(shop, sale.order)
    assert (verdict.refundable_minor, verdict.needs_supervisor) == (1013, True)
    with pytest.raises(Refused) as refusal:
        refund_order(shop, sale.order, key="r2", amount="10.14", supervisor="boss", reason="kind")
    assert refusal.value.code == "above_paid"
    order = refund_order(shop, sale.order, key="r3", supervisor="boss", reason="kind")
    assert order.state == "refunded"
    assert sum(each["amount_minor"] for each in order.refunds) == 1513


def test_an_old_sale_needs_a_supervisor_and_a_reason(shop: Desk, sale: Sale) -> None:
    """After 30 days the rule is said and only a supervisor with a reason may refund."""
    later = at(shop, shop.clock() + timedelta(days=31))
    assert "older than 30 days" in refund_verdict(later, sale.order).rule
    with pytest.raises(Refused) as refusal:
        refund_order(later, sale.order, key="r1")
    assert refusal.value.code == "not_refundable"
    assert show_order(later, sale.order).refunds == []
    order = refund_order(later, sale.order, key="r1", supervisor="boss", reason="goodwill")
    assert order.state == "refunded"


def test_cash_needs_an_open_shift_to_go_back(shop: Desk, sale: Sale) -> None:
    """No cash leaves a closed drawer."""
    close_shift(shop, counted="115.13")
    with pytest.raises(Refused) as refusal:
        refund_order(shop, sale.order, key="r1")
    assert refusal.value.code == "no_open_shift"


def test_wallet_money_goes_back_to_the_wallet(shop: Desk) -> None:
    """What a company wallet paid comes back to it."""
    add_company(shop, "Acme")
    top_up(shop, "Acme", amount="20.00", pay="manual", key="t1")
    sale = sell(shop, sku=SKU, pay="company-wallet", company="Acme", key="k1")
    assert refund_verdict(shop, sale.order).destination == "wallet"
    refund_order(shop, sale.order, key="r1")
    assert show_wallet(shop, "Acme").balance_minor == 2000


def test_credit_notes_are_numbered_without_gaps(shop: Desk, sale: Sale) -> None:
    """Credit notes have a series of their own and name the receipt they correct."""
    order = refund_order(shop, sale.order, key="r1")
    number = order.refunds[0]["number"]
    assert number == "R1-C000001"
    text = receipt_text(shop, number)
    assert "CREDIT NOTE" in text
    assert sale.receipt in text
    assert "-15.13 EUR" in text
