"""Refunds: the verdict with its rule first, never more than was paid, back to its origin."""

from __future__ import annotations

from dataclasses import replace
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
from store_app.desk.order_views import show_order
from store_app.desk.orders import receipt_text, refund_order, refund_verdict
from store_app.desk.people import add_company
from store_app.desk.sales import Sale, refill, sell, top_up
from store_app.desk.shifts import close_shift, open_shift, x_report
from store_app.desk.upkeep import doctor
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
        free = available_count(session, plan_row(session, SKU), shop.clock())
        return (
            esim.stock_state,
            line.left_bytes,
            line.status,
            free,
        )

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


def test_cash_leaves_the_drawer_of_the_register_that_pays(shop: Desk, sale: Sale) -> None:
    """A sale of R1 refunded at R2: R2's drawer, shift, credit note and Z all agree."""
    other = replace(shop, register_id="R2")
    open_shift(other, float_amount="100.00")
    order = refund_order(other, sale.order, key="r1")
    assert order.refunds[0]["number"] == "R2-C000001"
    assert "Register R2" in receipt_text(other, "R2-C000001")
    assert x_report(shop).expected_minor == 11513
    assert close_shift(other, counted="84.87").variance_minor == 0
    assert [check for check in doctor(shop) if not check.ok] == []


def test_a_drawer_pays_out_only_what_it_holds(shop: Desk, sale: Sale) -> None:
    """A refund above the cash in the drawer is refused and moves nothing."""
    other = replace(shop, register_id="R2")
    open_shift(other, float_amount="15.12")
    with pytest.raises(Refused) as refusal:
        refund_order(other, sale.order, key="r1")
    assert refusal.value.code == "drawer_too_low"
    assert show_order(shop, sale.order).state == "delivered"


def test_a_refilled_sale_says_what_is_not_given_back(shop: Desk, sale: Sale) -> None:
    """Money of a refill is named in the verdict, and a supervisor is needed."""
    refill(shop, str(sale.iccid), refill="1GB", pay="cash", key="f1")
    verdict = refund_verdict(shop, sale.order)
    assert verdict.needs_supervisor
    assert "refilled for 4.84 EUR" in verdict.rule


def test_a_repeated_refund_gives_its_first_answer(shop: Desk, sale: Sale) -> None:
    """Later refunds of the order do not show in the answer of an earlier key."""
    first = refund_order(shop, sale.order, key="r1", amount="5.00")
    refund_order(shop, sale.order, key="r2", supervisor="boss", reason="kind")
    again = refund_order(shop, sale.order, key="r1", amount="5.00")
    assert (again.state, again.refunds) == (first.state, first.refunds)
    assert (first.replayed, again.replayed) == (False, True)
