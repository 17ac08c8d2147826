"""Issued documents as they are printed: what was posted, with the parties of that day."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session

from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import set_setting
from checkout.documents.en16931_refusals import refusals
from store_app.desk.assignments import end_assignment
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice
from store_app.desk.invoice_files import invoice_document, invoice_file
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import list_invoices
from store_app.desk.people import add_company, set_company
from store_app.desk.sales import sell
from tests.office import assign, bill, issued, later, open_office, sound
from tests.shop import add_plans, small_shop
from tests.subscriptions import plan

SKU = "ES-5GB-30D"
SELLER = {
    "seller_name": "eSIM Shop SL",
    "seller_country": "ES",
    "seller_vat_number": "ESB12345678",
    "seller_iban": "ES9121000418450200051332",
}
ACME = {"country": "ES", "vat_number": "ESB87654321", "street": "Calle Mayor 1", "city": "Madrid"}


def _name_the_seller(session: Session) -> None:
    for name, text in SELLER.items():
        set_setting(session, name, text)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A seller and a buyer with all that invoices name, and one eSIM on invoice."""
    small_shop(desk, vat_rate="21")
    transact(desk.engine, _name_the_seller)
    add_company(desk, "Acme", credit_limit="100.00", details=ACME)
    sell(desk, sku=SKU, pay="invoice", company="Acme", key="k1")
    return desk


def test_an_order_on_invoice_as_a_document(shop: Desk) -> None:
    """Item, parties, tax and reference; what happens later changes nothing of it."""
    document = invoice_document(shop, "INV-000001")
    assert (document.kind, document.number) == ("invoice", "INV-000001")
    assert (document.issued_on, document.due_on) == (date(2026, 3, 1), date(2026, 3, 15))
    assert (document.begins_on, document.ends_on) == (date(2026, 3, 1), date(2026, 3, 1))
    assert [(line.item, line.net_minor) for line in document.lines] == [("Spain 5 GB", 1_250)]
    assert (document.net_minor, document.tax_minor, document.total_minor) == (1_250, 263, 1_513)
    assert (document.taxes[0].category, document.taxes[0].tax_rate) == ("S", 2_100)
    assert (document.seller.name, document.buyer.city) == ("eSIM Shop SL", "Madrid")
    assert document.iban == SELLER["seller_iban"]
    assert document.reference.startswith("RF")
    assert refusals(document) == ()
    set_company(shop, "Acme", details={"city": "Toledo"})
    pay_invoice(shop, "INV-000001", amount="1.00", method="bank")
    assert invoice_document(shop, "INV-000001") == document


def test_a_credit_note_names_what_it_corrects(shop: Desk) -> None:
    """Its amounts are positive, its kind says the rest."""
    credit_invoice(shop, "INV-000001", amount="5.00", reason="late")
    document = invoice_document(shop, "CRN-000001")
    assert (document.kind, document.preceding) == ("credit_note", "INV-000001")
    assert (document.net_minor, document.tax_minor, document.total_minor) == (413, 87, 500)
    assert [(line.quantity, line.net_minor) for line in document.lines] == [(1, 413)]
    assert document.note == "late"
    assert refusals(document) == ()


@pytest.mark.parametrize("inclusive", ["true", "false"])
def test_prices_with_and_without_vat_add_up(shop: Desk, inclusive: str) -> None:
    """The lines of a document are net whatever the prices are."""
    transact(shop.engine, lambda s: set_setting(s, "prices_include_vat", inclusive))
    sell(shop, sku=SKU, pay="invoice", company="Acme", key="k2")
    document = invoice_document(shop, "INV-000002")
    assert sum(line.net_minor for line in document.lines) == document.net_minor
    assert document.total_minor == (1_250 if inclusive == "true" else 1_513)
    assert sound(shop)


def test_reverse_charge_and_no_vat_say_why(shop: Desk) -> None:
    """The buyer accounts for it (AE); a store without a VAT number is outside its scope (O)."""
    set_company(shop, "Acme", reverse_charge=True)
    sell(shop, sku=SKU, pay="invoice", company="Acme", key="k2")
    assert invoice_document(shop, "INV-000002").taxes[0].category == "AE"
    set_company(shop, "Acme", reverse_charge=False, vat_rate="0")
    sell(shop, sku=SKU, pay="invoice", company="Acme", key="k3")
    assert invoice_document(shop, "INV-000003").taxes[0].category == "Z"


def test_a_bill_and_one_that_gives_back(desk: Desk) -> None:
    """A bill has its period; below zero it is a credit note under a number of that series."""
    open_office(desk)
    add_plans(desk, plan("monthly_bundle", sku="ADV", billing="advance", prorate=True))
    card = assign(desk, sku="ADV")
    bill(desk)
    (first,) = issued(desk)
    end_assignment(later(desk, 10), card)
    bill(later(desk, 31))
    (second,) = issued(later(desk, 31))
    assert (first.number, second.number, second.total_minor) == ("INV-000001", "CRN-000001", -1016)
    whole = invoice_document(desk, "INV-000001")
    assert (whole.begins_on, whole.ends_on) == (date(2026, 3, 1), date(2026, 3, 31))
    back = invoice_document(desk, "CRN-000001")
    assert (back.kind, back.total_minor, back.due_on) == ("credit_note", 1_016, None)
    assert sound(later(desk, 31))


def test_what_is_not_issued_has_no_document(desk: Desk) -> None:
    """A pre-bill may still change."""
    open_office(desk)
    assign(desk)
    bill(later(desk, 31))
    (view,) = list_invoices(desk)
    with pytest.raises(Refused) as refusal:
        invoice_file(desk, view.ref)
    assert refusal.value.code == "not_issued"


def test_the_three_files(shop: Desk) -> None:
    """The PDF is the same at every printing."""
    made = invoice_file(shop, "INV-000001")
    assert (made.name, made.content[:5]) == ("INV-000001.pdf", b"%PDF-")
    assert invoice_file(shop, "INV-000001") == made
    assert b"CrossIndustryInvoice" in invoice_file(shop, "INV-000001", "xml").content
    assert b"urn:oasis:names:specification:ubl" in invoice_file(shop, "INV-000001", "ubl").content
