"""What can't be an electronic invoice says why, all at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from catalog.kernel.errors import Refused
from checkout.documents.einvoice import cii_xml, ubl_xml
from checkout.documents.en16931_refusals import refusals
from checkout.documents.invoice_document import DocumentLine, InvoiceDocument, Party
from checkout.documents.invoice_pdf import invoice_pdf
from tests.invoices import COMPANY, SHOP, invoice, line

NOBODY = Party("")


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"number": " "}, "It has no number."),
        ({"seller": replace(SHOP, country="")}, "The seller has no country."),
        ({"seller": replace(SHOP, country="NLD")}, "The seller has no country."),
        ({"seller": replace(SHOP, name="\x00")}, "The seller has no name."),
        ({"seller": replace(SHOP, vat_number="")}, "The seller has no VAT number."),
        ({"buyer": replace(COMPANY, country="")}, "The buyer has no country."),
        ({"buyer": replace(COMPANY, vat_number="123")}, "does not begin with a country"),
        ({"currency": "ABC"}, "ABC is not a currency"),
        ({"currency": "KWD"}, "an amount here needs three"),
    ],
)
def test_reasons(terms: dict[str, Any], reason: str) -> None:
    """One thing that is missing is one sentence."""
    (told,) = refusals(invoice(line(3751), **terms))
    assert reason in told


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (invoice(line(100, 0, "AE"), buyer=replace(COMPANY, vat_number="")), "Reverse charge"),
        (invoice(line(100, 0, "O"), line(100)), "a document of its own"),
        (invoice(line(100, 0, "O"), seller=replace(SHOP, registration="")), "register"),
        (invoice(line(100, 49)), "BR-CO-17"),
        (invoice(DocumentLine("\t", 1, 100, 2100, "S")), "A line has no words."),
        (invoice(), "It has no lines."),
    ],
)
def test_reasons_of_tax(document: InvoiceDocument, reason: str) -> None:
    """Categories ask for numbers, and one of them for a document of its own."""
    (told,) = refusals(document)
    assert reason in told


@pytest.mark.parametrize("prefix", ["EL", "XI", "nl"])
def test_prefixes_of_vat_numbers(prefix: str) -> None:
    """Greece and Northern Ireland have prefixes of their own; small letters are letters."""
    assert refusals(invoice(line(100), buyer=replace(COMPANY, vat_number=f"{prefix}1"))) == ()


@pytest.mark.parametrize("write", [cii_xml, ubl_xml])
def test_all_reasons_are_told_at_once(write: Any) -> None:
    """The person hears everything that is missing, and that nothing was written."""
    with pytest.raises(Refused, match="nothing was written") as refused:
        write(invoice(line(100), seller=NOBODY, buyer=NOBODY))
    assert refused.value.code == "not_en16931"
    assert refused.value.message.count("has no") == 5


@pytest.mark.parametrize(
    "missing", ["facturx", "fpdf", "font_source_sans_pro", "noto_cjk_sans_otc"]
)
def test_a_store_without_the_extra_says_so(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever library is missing, the person learns what to install."""
    drawn = ("invoice_", "sheet", "typefaces")
    known = tuple(f"checkout.documents.{name}" for name in drawn)
    for name in [name for name in sys.modules if name.startswith(known)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(Refused, match="esim-store\\[documents\\]"):
        invoice_pdf(invoice(line(100)))
