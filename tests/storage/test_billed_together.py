"""Several eSIMs on one invoice: one number, one limit, a line each, undone one by one or whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session

from catalog.kernel.database import transact
from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused
from catalog.kernel.settings import set_setting
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, void_invoice
from store_app.desk.invoice_cards import collect_invoice
from store_app.desk.invoice_files import invoice_document, invoice_file
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import list_invoices, show_invoice
from store_app.desk.order_views import show_order
from store_app.desk.orders import cancel_order, check_order, receipt_text, refund_order
from store_app.desk.people import set_company
from store_app.desk.sales import sell
from store_app.desk.sales_together import SoldTogether, quote_together, sell_together
from store_app.desk.shifts import close_shift
from store_app.desk.upkeep import maintain
from tests.card_shop import with_card
from tests.office import later, sound
from tests.on_invoice import SKU, available, credit_shop, earned, invoice, owed
from tests.peers.en16931_rules import Syntax, broken_rules
from tests.shop import add_plans, add_stock, plan
from tests.stripe_double import StripeDouble

FRANCE = "FR-1GB-7D"
NUMBER = "INV-000001"
WHOLE = 3_025
"""Two of 12.50 with 21 %: the tax is rounded once, to 5.25 and not to twice 2.63."""
SELLER = {
    "seller_name": "eSIM Shop SL",
    "seller_country": "ES",
    "seller_vat_number": "ESB12345678",
    "seller_iban": "ES9121000418450200051332",
}
ACME = {"country": "ES", "vat_number": "ESB87654321", "street": "Calle Mayor 1", "city": "Madrid"}


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Three profiles of 12.50 at 21 % VAT, and Acme with a credit of 40.00."""
    return credit_shop(desk)


def two(desk: Desk, **more: Any) -> SoldTogether:
    """Two eSIMs on Acme's invoice."""
    return buy(desk, SKU, SKU, **more)


def buy(desk: Desk, *skus: str, key: str = "k", **more: Any) -> SoldTogether:
    """So many eSIMs on one invoice of Acme's."""
    wanted = [(sku, f"{key}-{number}") for number, sku in enumerate(skus, 1)]
    return sell_together(desk, wanted, company="Acme", pay="invoice", **more)


def states(desk: Desk, done: SoldTogether) -> list[str]:
    """The state of each order."""
    return [show_order(desk, order).state for order in done.orders]


def test_two_esims_are_on_one_invoice(shop: Desk) -> None:
    """One number and due date, a line each; the tax rounded once, and shared by the orders."""
    done = two(shop)
    assert states(shop, done) == ["delivered", "delivered"]
    assert {sale.invoice for sale in done.sales if sale} == {NUMBER}
    assert len({sale.qr_payload for sale in done.sales if sale}) == 2
    (view,) = list_invoices(shop)
    assert (view.number, view.orders, view.order) == (NUMBER, done.orders, done.orders[0])
    assert (view.net_minor, view.tax_minor, view.total_minor) == (2_500, 525, WHOLE)
    assert [sale.tax_minor for sale in done.sales if sale] == [263, 262]
    assert [one.amount_minor for one in show_invoice(shop, NUMBER).items] == [1_250, 1_250]
    assert (owed(shop), earned(shop)) == (WHOLE, (2_500, 525))
    offers = quote_together(shop, [SKU, SKU], pay="invoice", customer=None, company="Acme")
    assert [one.total_minor for one in offers] == [sale.total_minor for sale in done.sales if sale]
    assert sound(shop)
    close_shift(shop, counted="100.00")
    assert sound(shop)


def test_it_prints_with_a_line_for_each(shop: Desk) -> None:
    """The paper of the till names both orders and both numbers, whichever is asked for."""
    done = two(shop)
    text = receipt_text(shop, NUMBER)
    for sale in done.sales:
        assert sale is not None
        assert f"Order {sale.order}" in text
        assert f"ICCID {sale.iccid}" in text
    assert "30.25 EUR" in text
    assert text.count("Spain 5 GB") == 2


@pytest.mark.parametrize("inclusive", ["true", "false"])
def test_the_document_follows_the_rules(shop: Desk, inclusive: str) -> None:
    """A line for each eSIM, one reference; EN 16931 accepts it in both syntaxes, and its notes."""

    def named(session: Session) -> None:
        for name, text in {**SELLER, "prices_include_vat": inclusive}.items():
            set_setting(session, name, text)

    transact(shop.engine, named)
    set_company(shop, "Acme", details=ACME)
    add_plans(shop, plan(sku=FRANCE, name="France 1 GB", price="3.33"))
    add_stock(shop, FRANCE, 1, first=40)
    done = buy(shop, SKU, FRANCE)
    document = invoice_document(shop, NUMBER)
    assert [line.item for line in document.lines] == ["Spain 5 GB", "France 1 GB"]
    assert document.note == f"Orders {done.orders[0]}, {done.orders[1]}"
    assert document.reference.startswith("RF")
    refund_order(shop, done.orders[1], key="r1")
    for number in (NUMBER, "CRN-000001"):
        written: dict[Syntax, str] = {"cii": "xml", "ubl": "ubl"}
        for syntax, form in written.items():
            assert broken_rules(invoice_file(shop, number, form).content, syntax) == []
    assert invoice_file(shop, NUMBER).content[:5] == b"%PDF-"
    assert sound(shop)


def test_the_limit_is_for_all_of_them(shop: Desk) -> None:
    """Three are 45.38 and the credit is 40.00: none is sold, and no number is lost."""
    with pytest.raises(Refused) as refusal:
        buy(shop, SKU, SKU, SKU)
    assert refusal.value.code == "credit_limit"
    assert "45.38" in refusal.value.message
    assert (available(shop), list_invoices(shop), owed(shop)) == (3, [], 0)
    add_stock(shop, SKU, 1, first=60)
    with pytest.raises(Refused, match="sold out"):
        buy(shop, *[SKU] * 5, when_paid=True)
    assert (available(shop), list_invoices(shop)) == (4, [])
    two(shop)
    assert invoice(shop).number == NUMBER


def test_all_are_delivered_when_it_is_paid(shop: Desk) -> None:
    """A part delivers none of them, the rest all three."""
    done = buy(shop, SKU, SKU, SKU, when_paid=True)
    assert (states(shop, done), available(shop)) == (["placed"] * 3, 0)
    assert done.waiting == ()
    first = pay_invoice(shop, NUMBER, amount="40.00", method="bank")
    assert {one["state"] for one in first["orders"]} == {"placed"}
    last = pay_invoice(shop, NUMBER, amount="5.38", method="cash")
    assert [one["state"] for one in last["orders"]] == ["delivered"] * 3
    assert receipt_text(shop, NUMBER).count("ICCID") == 3
    again = buy(shop, SKU, SKU, SKU, when_paid=True)
    assert (again.orders, again.replayed) == (done.orders, True)
    assert sound(shop)


def test_a_card_for_the_invoice_delivers_all(shop: Desk, stripe_double: StripeDouble) -> None:
    """Three orders wait for what one order collects."""
    shop = with_card(shop, stripe_double)
    done = buy(shop, SKU, SKU, SKU, when_paid=True)
    paying = collect_invoice(shop, NUMBER, key="c1")
    stripe_double.pay()
    check_order(shop, paying.order)
    assert states(shop, done) == ["delivered"] * 3
    assert sound(shop)


def test_a_sold_out_one_waits_alone(shop: Desk) -> None:
    """Late money delivers what is there; the rest is delivered when there is stock again."""
    done = buy(shop, SKU, SKU, SKU, when_paid=True)
    late = later(shop, 20)
    add_stock(late, SKU, 1, first=70)
    for key in ("x-1", "x-2"):
        sell(late, sku=SKU, pay="cash", key=key)
    pay_invoice(late, NUMBER, amount="45.38", method="bank")
    assert sorted(states(late, done)) == ["delivered", "delivered", "paid"]
    assert sound(late)
    add_stock(late, SKU, 1, first=80)
    maintain(late)
    assert states(late, done) == ["delivered"] * 3
    assert sound(late)


def test_one_of_them_is_refunded(shop: Desk) -> None:
    """A credit note for its line with its own share of the tax; the other stands."""
    done = two(shop)
    refund_order(shop, done.orders[0], key="r1")
    assert states(shop, done) == ["refunded", "delivered"]
    note = invoice(shop, "CRN-000001")
    assert (note.total_minor, note.tax_minor, note.preceding) == (-1_513, -263, NUMBER)
    assert done.orders[0] in show_invoice(shop, "CRN-000001").items[0].item
    assert owed(shop) == 1_512
    with pytest.raises(Refused):
        credit_invoice(shop, NUMBER, amount="20.00")
    credit_invoice(shop, NUMBER)
    assert (states(shop, done), owed(shop), earned(shop)) == (["refunded"] * 2, 0, (0, 0))
    assert invoice(shop).state == "void"
    assert sound(shop)


def test_a_part_is_of_one_order(shop: Desk) -> None:
    """Finance says of which; more than that one has is refused, and so is a stranger."""
    done = two(shop)
    with pytest.raises(Refused) as refusal:
        credit_invoice(shop, NUMBER, amount="5.00")
    assert refusal.value.code == "order_needed"
    assert done.orders[1] in refusal.value.message
    with pytest.raises(Refused, match=r"15\.12"):
        credit_invoice(shop, NUMBER, amount="20.00", order=done.orders[1])
    with pytest.raises(NotFound):
        credit_invoice(shop, NUMBER, amount="5.00", order="O-AAAAAAAA")
    credit_invoice(shop, NUMBER, amount="5.00", order=done.orders[1], key="c1")
    assert credit_invoice(shop, NUMBER, amount="5.00", order=done.orders[1], key="c1")["replayed"]
    answer = credit_invoice(shop, NUMBER, order=done.orders[1])
    assert [one["state"] for one in answer["orders"]] == ["delivered", "refunded"]
    assert owed(shop) == 1_513
    credit_invoice(shop, NUMBER, amount="1.00")
    assert owed(shop) == 1_413
    assert sound(shop)


def test_void_takes_all_of_it_back(shop: Desk) -> None:
    """A credit note for each line; the eSIMs are withdrawn, the credit is free again."""
    done = two(shop)
    answer = void_invoice(shop, NUMBER)
    assert answer["numbers"] == ["CRN-000001", "CRN-000002"]
    assert (answer["state"], states(shop, done)) == ("void", ["refunded"] * 2)
    assert (owed(shop), earned(shop), available(shop)) == (0, (0, 0), 1)
    assert sound(shop)


@pytest.mark.parametrize("undo", ["void", "credit"])
def test_void_cancels_what_waits(shop: Desk, undo: str) -> None:
    """All profiles are free again; a part that was paid is the company's credit."""
    done = buy(shop, SKU, SKU, SKU, when_paid=True)
    if undo == "credit":
        pay_invoice(shop, NUMBER, amount="20.00", method="bank")
        assert credit_invoice(shop, NUMBER)["credit_minor"] == 2_000
    else:
        void_invoice(shop, NUMBER)
    assert (states(shop, done), available(shop)) == (["cancelled"] * 3, 3)
    assert sound(shop)


def test_one_that_waits_is_cancelled(shop: Desk) -> None:
    """Its line is credited; when that leaves nothing open, the others are delivered."""
    done = buy(shop, SKU, SKU, SKU, when_paid=True)
    cancel_order(shop, done.orders[1])
    assert states(shop, done) == ["placed", "cancelled", "placed"]
    assert (invoice(shop).open_minor, available(shop)) == (3_026, 1)
    assert sound(shop)
    pay_invoice(shop, NUMBER, amount="15.13", method="bank")
    assert states(shop, done) == ["placed", "cancelled", "placed"]
    cancel_order(shop, done.orders[2])
    assert states(shop, done) == ["delivered", "cancelled", "cancelled"]
    assert sound(shop)


def test_its_keys_are_of_that_many(shop: Desk) -> None:
    """The same keys tell the same sale, at once as well; with another number it is refused."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: two(shop), range(4)))
    assert len({done.orders for done in found}) == 1
    assert [done.replayed for done in found].count(False) == 1
    assert len(list_invoices(shop)) == 1
    with pytest.raises(IdempotencyConflict):
        buy(shop, SKU)
    with pytest.raises(IdempotencyConflict):
        buy(shop, SKU, SKU, SKU)
    assert available(shop) == 1


def test_plans_of_two_currencies_are_sold_apart(shop: Desk) -> None:
    """An invoice has one currency."""
    add_plans(shop, plan(sku=FRANCE, currency="USD"))
    add_stock(shop, FRANCE, 1, first=40)
    with pytest.raises(Refused) as refusal:
        buy(shop, SKU, FRANCE)
    assert refusal.value.code == "currency_mismatch"
    assert list_invoices(shop) == []
