"""What holds for every invoice: the rules of EN 16931 find nothing, in either syntax."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from facturx import get_xml_from_pdf
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.money import exponent
from checkout.documents.einvoice import cii_xml, ubl_xml
from checkout.documents.invoice_document import (
    Category,
    DocumentLine,
    InvoiceDocument,
    credited,
)
from checkout.documents.invoice_pdf import invoice_pdf
from tests.invoices import COMPANY, SHOP, invoice
from tests.peers.en16931_rules import broken_rules

CURRENCIES = st.sampled_from(["EUR", "JPY", "USD", "KWD"])
Kinds = st.SearchStrategy[tuple[Category, int]]
STANDARD: Kinds = st.sampled_from([("S", rate) for rate in (50, 550, 700, 2100, 2500)])
NO_TAX: Kinds = st.sampled_from([("Z", 0), ("E", 0), ("AE", 0)])
OUTSIDE: Kinds = st.just(("O", 0))
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
WORDS = st.text(max_size=40)


@st.composite
def documents(draw: st.DrawFn) -> InvoiceDocument:
    """Invoices and credit notes of every category, with credits on them and prices with VAT."""
    currency = draw(CURRENCIES)
    # Of three decimals EN 16931 takes those that end in a zero, and the tax of those does not.
    taxed = OUTSIDE if exponent(currency) > 2 else st.one_of(STANDARD, NO_TAX)
    kinds = draw(st.one_of(st.lists(taxed, min_size=1, max_size=8), st.lists(OUTSIDE, min_size=1)))
    begins_on, ends_on = sorted([draw(DAYS), draw(DAYS)])
    streets = {"street": draw(WORDS), "city": draw(WORDS), "email": draw(WORDS)}
    terms: dict[str, Any] = {
        "number": "x" + draw(WORDS),
        "seller": replace(SHOP, name="x" + draw(WORDS), **streets),
        "buyer": replace(COMPANY, name="x" + draw(WORDS), **streets),
        "kind": draw(st.sampled_from(["invoice", "credit_note"])),
        "due_on": draw(st.none() | DAYS),
        "note": draw(WORDS),
        "reference": draw(WORDS),
        "preceding": draw(WORDS),
        "iban": draw(st.sampled_from(["", "NL91ABNA0417164300", "12 34"])),
        "paid_minor": draw(st.integers(0, 10**6)) * 10,
    }
    lines = [draw(_line(category, rate, exponent(currency))) for category, rate in kinds]
    inclusive = draw(st.booleans())
    dates = {"issued_on": draw(DAYS), "begins_on": begins_on, "ends_on": ends_on}
    return invoice(*lines, inclusive=inclusive, currency=currency, **terms, **dates)


@st.composite
def _line(draw: st.DrawFn, category: Category, rate: int, digits: int) -> DocumentLine:
    quantity = draw(st.integers(-5, 10**6).filter(bool))
    net_minor = draw(st.integers(-(10**6), 10**9)) * (10 if digits > 2 else 1)
    return DocumentLine("x" + draw(WORDS), quantity, net_minor, rate, category)


@given(documents())
@settings(max_examples=40)
def test_no_rule_is_broken_by_any_document(document: InvoiceDocument) -> None:
    """Lines, rates, quantities and words of any kind: schema and rules accept both syntaxes."""
    assert broken_rules(cii_xml(document), "cii") == []
    assert broken_rules(ubl_xml(document), "ubl") == []


@given(documents())
@settings(max_examples=5)
def test_every_document_can_be_printed(document: InvoiceDocument) -> None:
    """Whatever the words and amounts, the page holds the very XML that is written alone."""
    _, inside = get_xml_from_pdf(invoice_pdf(document), check_xsd=False)
    assert inside == cii_xml(document)


@given(documents())
@settings(max_examples=50)
def test_crediting_changes_no_document_twice(document: InvoiceDocument) -> None:
    """What is owed is the same before and after, and a credit note stays one."""
    turned = credited(document)
    sign = {"invoice": 1, "credit_note": -1}
    owed = sign[document.kind] * document.due_minor
    assert sign[turned.kind] * turned.due_minor == owed
    assert turned.kind == "credit_note" or turned.total_minor >= 0
    assert credited(turned) == turned
