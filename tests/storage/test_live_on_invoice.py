"""Live plans on invoice: ordered within the credit or when it is paid, never owed for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.kernel.errors import Refused, StoreError
from store_app.cart import Cart, line_of
from store_app.cart_sale import Tender, sell_cart
from store_app.desk.card_orders import stranded_orders
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, void_invoice
from store_app.desk.invoice_cards import collect_invoice
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.order_views import show_order
from store_app.desk.orders import (
    cancel_order,
    check_order,
    receipt_text,
    refund_order,
    resume_order,
)
from store_app.desk.people import add_company
from store_app.desk.replacements import replace_order
from store_app.desk.sales import Sale, quote
from store_app.desk.sales_together import SoldTogether, sell_together
from store_app.desk.suppliers import fulfil_order
from store_app.desk.upkeep import maintain
from tests.card_shop import with_card
from tests.live_shop import SKU, buy, is_sound, later, live_shop, only
from tests.office import later as days_later
from tests.on_invoice import invoice, owed
from tests.peers.smdp_peer import Served
from tests.shop import add_stock
from tests.stripe_double import StripeDouble

NUMBER = "INV-000001"


@pytest.fixture
def shop(desk: Desk, served: Served) -> Desk:
    """The shop without uploaded stock, and Acme with a credit of 40.00: two eSIMs of 15.13."""
    shop = live_shop(desk, served)
    add_company(shop, "Acme", credit_limit="40.00")
    return shop


def bill(desk: Desk, key: str = "k1", **more: Any) -> Sale:
    """One eSIM on Acme's invoice."""
    return buy(desk, key, pay="invoice", company="Acme", **more)


def bill_many(desk: Desk, count: int, **more: Any) -> SoldTogether:
    """So many on one invoice."""
    wanted = [(SKU, f"k-{number}") for number in range(count)]
    return sell_together(desk, wanted, company="Acme", pay="invoice", **more)


def refused(desk: Desk, **more: Any) -> StoreError:
    """What the sale is refused with."""
    with pytest.raises(StoreError) as refusal:
        bill(desk, **more)
    return refusal.value


def test_within_the_credit_it_is_ordered_at_once(shop: Desk, served: Served) -> None:
    """Billed, ordered once, delivered; its number is on the printed invoice. Again: the same."""
    sale = bill(shop)
    (profile,) = served.smdp.profiles.values()
    assert (sale.state, sale.invoice, sale.iccid) == ("delivered", NUMBER, profile.iccid)
    assert (owed(shop), invoice(shop).state) == (1_513, "open")
    assert f"{profile.iccid}" in receipt_text(shop, NUMBER)
    again = bill(shop)
    assert (again.order, again.replayed, again.activation_code) == (
        sale.order,
        True,
        sale.activation_code,
    )
    assert served.smdp.count("downloadOrder") == 1
    is_sound(shop)


def test_above_the_credit_nobody_is_asked(shop: Desk, served: Served) -> None:
    """Refused before the supplier hears of it."""
    bill(shop, "k1")
    bill(shop, "k2")
    asked = len(served.smdp.asked)
    assert refused(shop, key="k3").code == "credit_limit"
    assert len(served.smdp.asked) == asked
    is_sound(shop)


def test_a_definite_no_leaves_nothing_owed(shop: Desk, served: Served) -> None:
    """The invoice stands with its credit note, and the same key may sell later."""
    served.smdp.faults["downloadOrder"] = ["Failed 8.2.5/3.7"]
    said = refused(shop)
    assert said.code == "sold_out"
    assert "was credited" in said.message
    assert (only(shop).state, owed(shop), invoice(shop).state) == ("refunded", 0, "void")
    assert invoice(shop, "CRN-000001").total_minor == -1_513
    is_sound(shop)
    assert bill(shop).invoice == "INV-000002"
    is_sound(shop)


def test_what_nobody_knows_waits(shop: Desk, served: Served) -> None:
    """In the queue, ordered no second time, whether it is paid meanwhile or not."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    said = refused(shop)
    assert (said.code, "is billed" in said.message) == ("checking", True)
    order = only(shop).order
    assert (stranded_orders(shop), owed(shop)) == ([order], 1_513)
    is_sound(shop)
    late = later(shop)
    pay_invoice(late, NUMBER, amount="15.13", method="bank")
    maintain(late)
    check_order(late, order)
    with pytest.raises(StoreError):
        resume_order(late, order)
    assert served.smdp.count("downloadOrder") == 1
    assert only(late).state == "paid"
    is_sound(late)
    assert fulfil_order(late, order, iccid=next(iter(served.smdp.profiles), None)).state == (
        "delivered"
    )
    is_sound(late)


def test_it_is_ordered_when_it_is_paid(shop: Desk, served: Served) -> None:
    """Nothing is ordered before; the money of the last part brings all of them."""
    done = bill_many(shop, 3, when_paid=True)
    assert (done.invoice, served.smdp.count("downloadOrder")) == (NUMBER, 0)
    pay_invoice(shop, NUMBER, amount="40.00", method="bank", key="p1")
    assert served.smdp.count("downloadOrder") == 0
    paid = pay_invoice(shop, NUMBER, amount="5.38", method="bank", key="p2")
    assert [one["state"] for one in paid["orders"]] == ["delivered"] * 3
    assert served.smdp.count("downloadOrder") == 3
    again = pay_invoice(shop, NUMBER, amount="5.38", method="bank", key="p2")
    assert again["replayed"]
    assert served.smdp.count("downloadOrder") == 3
    is_sound(shop)


def test_a_card_for_it_orders_it(shop: Desk, served: Served, stripe_double: StripeDouble) -> None:
    """The page is paid: the profile is ordered in the same look."""
    shop = with_card(shop, stripe_double)
    done = bill_many(shop, 3, when_paid=True)
    paying = collect_invoice(shop, NUMBER, key="c1")
    stripe_double.pay()
    check_order(shop, paying.order)
    assert {show_order(shop, order).state for order in done.orders} == {"delivered"}
    assert served.smdp.count("downloadOrder") == 3
    is_sound(shop)


def test_a_no_after_the_money_is_the_companys_credit(shop: Desk, served: Served) -> None:
    """Of the one that was refused; the others are delivered."""
    bill_many(shop, 3, when_paid=True)
    served.smdp.faults["downloadOrder"] = ["Failed 8.2.5/3.7"]
    paid = pay_invoice(shop, NUMBER, amount="45.38", method="bank")
    assert sorted(one["state"] for one in paid["orders"]) == ["delivered", "delivered", "refunded"]
    assert invoice(shop).open_minor in (-1_512, -1_513)
    is_sound(shop)


def test_one_of_a_cart_is_refused(shop: Desk, served: Served) -> None:
    """It is credited on the invoice, the other one stands."""
    served.smdp.faults["downloadOrder"] = ["Failed 8.2.5/3.7"]
    done = bill_many(shop, 2)
    assert [sale.state if sale else None for sale in done.sales] == [None, "delivered"]
    assert (bool(done.reasons[0]), done.reasons[1]) == (True, "")
    assert owed(shop) == 1_512
    again = bill_many(shop, 2)
    assert (again.orders, again.reasons, again.replayed) == (done.orders, done.reasons, True)
    assert (owed(shop), served.smdp.count("downloadOrder")) == (1_512, 2)
    is_sound(shop)


def test_a_cart_that_is_refused_as_a_whole(shop: Desk, served: Served) -> None:
    """It is a refusal with its reason, nothing is owed, and the same keys may sell later."""
    served.smdp.faults["downloadOrder"] = ["Failed 8.2.5/3.7"] * 2
    with pytest.raises(Refused, match=r"Nothing was sold .* credited"):
        bill_many(shop, 2)
    assert (owed(shop), invoice(shop).state) == (0, "void")
    again = bill_many(shop, 2)
    assert (again.invoice, again.replayed, owed(shop)) == ("INV-000002", False, 3_025)
    is_sound(shop)


def test_what_is_on_its_way_leaves_the_cart(shop: Desk, served: Served) -> None:
    """It is billed and stands in the queue: paying what is left in the cart asks nothing anew."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    line = line_of(quote(shop, SKU, pay="invoice", company="Acme"))
    cart = Cart(company="Acme", key="K").add(line).add(line)
    outcome = sell_cart(shop, cart, Tender("invoice"))
    assert ([each.line.number for each in outcome.sold], outcome.cart.lines) == ([2], ())
    assert "Billed, and the eSIM is not there yet" in outcome.words
    assert len(stranded_orders(shop)) == 1
    is_sound(shop)


def test_the_upkeep_takes_it_up(shop: Desk, served: Served) -> None:
    """The supplier is away when the money comes: brought later, each ordered once."""
    bill_many(shop, 3, when_paid=True)
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 6
    pay_invoice(shop, NUMBER, amount="45.38", method="bank")
    is_sound(shop)
    late = later(later(shop))
    maintain(late)
    assert {show_order(late, one).state for one in invoice(late).orders} == {"delivered"}
    assert served.smdp.count("downloadOrder") == 3
    is_sound(late)


def test_stock_that_went_is_ordered_live(desk: Desk, served: Served) -> None:
    """The reserved profile went to somebody else after the day: late money orders one."""
    shop = live_shop(desk, served, stock=1)
    add_company(shop, "Acme", credit_limit="0")
    bill(shop, when_paid=True)
    late = days_later(shop, 20)
    assert buy(late, "cash").state == "delivered"
    assert served.smdp.count("downloadOrder") == 0
    done = pay_invoice(late, NUMBER, amount="15.13", method="bank")
    assert (done["order_state"], served.smdp.count("downloadOrder")) == ("delivered", 1)
    is_sound(late)


def test_it_is_given_up_by_finance(shop: Desk, served: Served) -> None:
    """Void or credited while a step is open: taken back at the supplier, nothing owed."""
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    refused(shop)
    late = later(shop)
    with pytest.raises(Refused, match="not delivered yet"):
        credit_invoice(late, NUMBER, amount="5.00")
    void_invoice(late, NUMBER)
    assert (only(late).state, owed(late), served.smdp.states()) == ("refunded", 0, ["available"])
    is_sound(late)


def test_it_is_cancelled_refunded_or_comes_from_stock(shop: Desk, served: Served) -> None:
    """As an order of any other method."""
    waits = bill(shop, "k0", when_paid=True)
    assert waits.state == "delivered"
    done = bill_many(shop, 2, when_paid=True)
    assert {show_order(shop, order).state for order in done.orders} == {"placed"}
    cancel_order(shop, done.orders[0])
    cancel_order(shop, done.orders[1])
    assert owed(shop) == 1_513
    refund_order(shop, waits.order, key="r1")
    is_sound(shop)
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    said = refused(shop, key="k9")
    assert said.code == "checking"
    late = later(shop)
    add_stock(late, SKU, 1, first=50)
    (order,) = stranded_orders(late)
    assert replace_order(late, order).status == "activation_ready"
    assert served.smdp.states().count("available") == 1
    is_sound(late)
