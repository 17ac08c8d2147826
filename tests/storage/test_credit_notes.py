"""Credit notes: refunds, voids and credit of orders on invoice, never above the invoice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog.kernel.errors import Refused
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, void_invoice
from store_app.desk.esims import show_esim
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.order_views import show_order
from store_app.desk.orders import cancel_order, receipt_text, refund_order, refund_verdict
from store_app.desk.people import add_company
from store_app.desk.sales import sell
from tests.office import sound
from tests.on_invoice import SKU, TOTAL, available, buy, credit_shop, earned, invoice, owed


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Three profiles, 21 % VAT, an open shift, and Acme with a credit of 40.00: two eSIMs."""
    return credit_shop(desk)


def test_a_refund_is_a_credit_note(shop: Desk) -> None:
    """By the rules of all refunds; the eSIM is withdrawn and the receivable is gone."""
    sale = buy(shop)
    assert refund_verdict(shop, sale.order).destination == "invoice"
    view = refund_order(shop, sale.order, key="r1", amount="5.00")
    assert view.refunds[0]["number"] == "CRN-000001"
    assert (owed(shop), invoice(shop).open_minor) == (TOTAL - 500, TOTAL - 500)
    view = refund_order(shop, sale.order, key="r2", supervisor="mia", reason="no coverage")
    assert view.state == "refunded"
    assert (owed(shop), earned(shop)) == (0, (0, 0))
    assert invoice(shop).state == "void"
    assert "CREDIT NOTE CRN-000002" in receipt_text(shop, "CRN-000002")
    assert show_esim(shop, str(sale.iccid)).status == "archived"
    assert sound(shop)


def test_credit_of_a_paid_invoice_pays_the_next(shop: Desk) -> None:
    """What was paid is the company's credit: it pays when the next invoice is issued."""
    buy(shop)
    pay_invoice(shop, "INV-000001", amount="15.13", method="bank", key="p1")
    done = credit_invoice(shop, "INV-000001", amount="5.00", reason="late", key="c1")
    assert (done["number"], done["credit_minor"], done["state"]) == ("CRN-000001", 500, "paid")
    again = credit_invoice(shop, "INV-000001", amount="5.00", reason="late", key="c1")
    assert again == done | {"replayed": True}
    note = invoice(shop, "CRN-000001")
    assert (note.total_minor, note.preceding, note.reason) == (-500, "INV-000001", "late")
    assert owed(shop) == -500
    buy(shop, "k2")
    view = invoice(shop, "INV-000002")
    assert (view.state, view.paid_minor, view.open_minor) == ("part_paid", 500, TOTAL - 500)
    assert invoice(shop).open_minor == 0
    assert sound(shop)


def test_credit_never_exceeds_the_invoice(shop: Desk) -> None:
    """Two together are at most the whole; the numbers stay without a gap."""
    buy(shop)
    credit_invoice(shop, "INV-000001", amount="10.00")
    for amount in ("5.14", "0.00", "-1.00"):
        with pytest.raises(Refused) as refusal:
            credit_invoice(shop, "INV-000001", amount=amount)
        assert refusal.value.code == "above_invoice"
    assert credit_invoice(shop, "INV-000001")["number"] == "CRN-000002"
    for document in ("INV-000001", "CRN-000001"):
        with pytest.raises(Refused):
            credit_invoice(shop, document)
    assert earned(shop) == (0, 0)
    assert sound(shop)


def test_void_takes_back_what_is_not_paid(shop: Desk) -> None:
    """A credit note for all of it; once something is paid it is refused."""
    sale = buy(shop)
    done = void_invoice(shop, "INV-000001", key="v1")
    assert (done["state"], done["open_minor"]) == ("void", 0)
    assert show_order(shop, sale.order).state == "refunded"
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000001", amount="1.00", method="bank")
    assert refusal.value.code == "not_payable"
    buy(shop, "k2")
    pay_invoice(shop, "INV-000002", amount="1.00", method="bank")
    with pytest.raises(Refused) as refusal:
        void_invoice(shop, "INV-000002")
    assert refusal.value.code == "not_voidable"
    assert sound(shop)


@pytest.mark.parametrize("by", ["cancel", "void"])
def test_a_waiting_order_is_cancelled_with_its_invoice(shop: Desk, by: str) -> None:
    """Whichever is undone, the other is too, and the profile is free again."""
    add_company(shop, "Poor")
    sale = sell(shop, sku=SKU, pay="invoice", company="Poor", key="k1", when_paid=True)
    if by == "cancel":
        cancel_order(shop, sale.order)
    else:
        void_invoice(shop, "INV-000001")
    assert show_order(shop, sale.order).state == "cancelled"
    assert (invoice(shop).state, available(shop)) == ("void", 3)
    assert sound(shop)


def test_credit_pays_an_open_invoice_when_told(shop: Desk) -> None:
    """Not more than there is."""
    buy(shop, "k1")
    buy(shop, "k2")
    pay_invoice(shop, "INV-000001", amount="15.13", method="bank")
    credit_invoice(shop, "INV-000001", amount="3.00")
    with pytest.raises(Refused) as refusal:
        pay_invoice(shop, "INV-000002", amount="3.01", method="credit")
    assert refusal.value.code == "credit_too_low"
    done = pay_invoice(shop, "INV-000002", amount="3.00", method="credit")
    assert done["open_minor"] == TOTAL - 300
    assert sound(shop)


def test_credited_twice_at_once_is_within_the_invoice(shop: Desk) -> None:
    """Three of 10.00 each out of 15.13: one note, no gap in its series."""
    buy(shop)

    def take_back(number: int) -> str:
        try:
            return str(
                credit_invoice(shop, "INV-000001", amount="10.00", key=f"c{number}")["number"]
            )
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(take_back, range(3)))
    assert said == ["CRN-000001", "above_invoice", "above_invoice"]
    assert sound(shop)
