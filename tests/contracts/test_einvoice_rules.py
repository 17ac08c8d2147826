"""Electronic invoices before the rule sets of EN 16931, in both syntaxes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import facturx
import pytest

from checkout.documents.einvoice import cii_xml, ubl_xml
from checkout.documents.invoice_document import InvoiceDocument
from tests.invoices import COMPANY, SHOP, invoice, line
from tests.peers.en16931_rules import Syntax, broken_rules

ONE_DAY = date(2026, 3, 1)
WRITERS = {"cii": cii_xml, "ubl": ubl_xml}
SYNTAXES = pytest.mark.parametrize("syntax", WRITERS)

DOCUMENTS = {
    "one rate": invoice(line(3750, quantity=3)),
    "mixed rates": invoice(line(3750, quantity=3), line(1000, 900), line(250, 0, "Z")),
    "prices with VAT": invoice(line(1513, quantity=2), line(999), line(777, 900), inclusive=True),
    "a price that is no whole cent": invoice(line(1000, quantity=3)),
    "a credit on a bill": invoice(line(5000, quantity=5), line(-1000, quantity=2)),
    "credit note": invoice(line(1000), kind="credit_note", preceding="INV-2026-0041"),
    "credit note of several rates": invoice(line(1), line(-3, 900), kind="credit_note"),
    "less than nothing": invoice(line(-5000, quantity=2), line(1000)),
    "nothing": invoice(line(500), line(-500)),
    "reverse charge": invoice(line(4200, 0, "AE")),
    "exempt": invoice(line(4200, 0, "E"), line(100)),
    "outside the scope of VAT": invoice(line(4200, 0, "O")),
    "zero rate alone": invoice(line(4200, 0, "Z")),
    "no decimals": invoice(line(1980, 1000, quantity=3), line(55, 800), currency="JPY"),
    "three decimals": invoice(line(12340, 0, "Z"), line(1000, 1000), currency="KWD"),
    "paid": invoice(line(3750), paid_minor=4538),
    "part paid": invoice(line(3750), paid_minor=1000),
    "paid too much": invoice(line(3750), paid_minor=9000),
    "one day, no IBAN, no date due": invoice(
        line(100), begins_on=ONE_DAY, ends_on=ONE_DAY, iban="", due_on=None
    ),
    "no reference, odd words": invoice(
        line(100), reference="", note="a <b> & \x00\n“c”", buyer=replace(COMPANY, name=" É\tß ")
    ),
    "another country's IBAN and currency": invoice(
        line(100), currency="CHF", iban="CH93 0076 2011 6238 5295 7"
    ),
    "an account that is no IBAN": invoice(line(100), currency="USD", iban="123-456"),
    "none of an item": invoice(line(0, quantity=0), line(100)),
}


@SYNTAXES
@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_rule_is_broken(syntax: Syntax, name: str) -> None:
    """Schema and rules of EN 16931 accept every kind of document that the store issues."""
    assert broken_rules(WRITERS[syntax](DOCUMENTS[name]), syntax) == []


@SYNTAXES
@pytest.mark.parametrize("name", ["one rate", "credit note"])
def test_factur_x_accepts_what_it_wrote(syntax: Syntax, name: str) -> None:
    """Its own check finds out by itself what it is given, and takes it."""
    assert facturx.xml_check_xsd(WRITERS[syntax](DOCUMENTS[name]))


TAMPERED: dict[str, tuple[Syntax, bytes, bytes, bytes]] = {
    "BR-CO-10": ("cii", b"<ram:LineTotalAmount>37.50</ram:LineTotalAmount>", b"37.50", b"37.51"),
    "BR-CO-15": ("cii", b"<ram:GrandTotalAmount>45.38</ram:GrandTotalAmount>", b"45.38", b"45.37"),
    "BR-CO-16": ("ubl", b'<cbc:PayableAmount currencyID="EUR">45.38', b"45.38", b"45.39"),
    "BR-CO-14": ("ubl", b'<cbc:TaxAmount currencyID="EUR">7.88', b"7.88", b"9.99"),
    "BR-27": ("ubl", b'<cbc:PriceAmount currencyID="EUR">12.50', b"12.50", b"-12.50"),
    "BR-CO-09": ("cii", b"DE123456789", b"DE", b"??"),
}


@pytest.mark.parametrize("rule", TAMPERED)
def test_a_tampered_document_is_refused(rule: str) -> None:
    """The judges judge: each altered amount breaks the rule that guards it."""
    syntax, where, old, new = TAMPERED[rule]
    told = WRITERS[syntax](DOCUMENTS["one rate"])
    assert where in told
    broken = broken_rules(told.replace(where, where.replace(old, new), 1), syntax)
    assert any(f"[{rule}]" in words for words in broken), broken


@SYNTAXES
def test_the_schema_is_looked_at(syntax: Syntax) -> None:
    """A document with an element that nobody knows is refused by its schema."""
    told = WRITERS[syntax](DOCUMENTS["one rate"])
    broken = told.replace(b"CountryID>", b"Land>").replace(b"IdentificationCode>", b"Land>")
    assert broken_rules(broken, syntax)[0].startswith("XSD")


@pytest.mark.parametrize(
    ("document", "type_code", "root"),
    [
        (DOCUMENTS["one rate"], b"380", b"<Invoice "),
        (DOCUMENTS["credit note"], b"381", b"<CreditNote "),
        (DOCUMENTS["less than nothing"], b"381", b"<CreditNote "),
    ],
)
def test_kinds(document: InvoiceDocument, type_code: bytes, root: bytes) -> None:
    """An invoice of less than nothing is a credit note, by code and by element."""
    assert b"<ram:TypeCode>" + type_code in cii_xml(document)
    assert root in ubl_xml(document)


def test_outside_the_scope_nobody_has_a_vat_number() -> None:
    """The VAT numbers that are known are left out where VAT has no say (BR-O-02)."""
    assert SHOP.vat_number.encode() not in cii_xml(DOCUMENTS["outside the scope of VAT"])
