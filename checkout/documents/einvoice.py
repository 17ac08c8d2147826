"""Invoices and credit notes for programs: EN 16931 in both its syntaxes, built by factur-x.

The library is imported where it is used because it is heavy.
"""

from __future__ import annotations

from typing import Literal

from catalog.kernel.errors import Refused
from checkout.documents.en16931 import business_terms
from checkout.documents.en16931_refusals import refusals
from checkout.documents.extra import documents_extra
from checkout.documents.invoice_document import InvoiceDocument, credited


def cii_xml(document: InvoiceDocument) -> bytes:
    """The document as UN/CEFACT Cross Industry Invoice, which Factur-X puts into a PDF.

    `Refused` where EN 16931 can't tell it: nobody's country or VAT number, three decimals.
    """
    return _written(document, "factur-x")


def ubl_xml(document: InvoiceDocument) -> bytes:
    """The document as UBL 2.1, an `Invoice` or a `CreditNote`; `Refused` as `cii_xml`."""
    return _written(document, "ubl-2.1")


def _written(document: InvoiceDocument, flavor: Literal["factur-x", "ubl-2.1"]) -> bytes:
    told = credited(document)
    if reasons := refusals(told):
        raise Refused(
            f"{told.number} can't be an electronic invoice; nothing was written. "
            + " ".join(reasons),
            code="not_en16931",
        )
    with documents_extra():
        from facturx import generate_xml

    # Its check by rules would ask a server on this machine; the tests run the same rules.
    written: bytes = generate_xml(
        business_terms(told),
        flavor=flavor,
        level="en16931",
        check_xsd=False,
        check_schematron=None,
    )
    return written
