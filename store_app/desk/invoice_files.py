"""Invoices and credit notes as files: for people, for programs, or both in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.quoting import quoted
from checkout.billing.subscriptions.invoices import invoice_named
from checkout.documents.document_of import document_of
from checkout.documents.einvoice import cii_xml, ubl_xml
from checkout.documents.invoice_document import InvoiceDocument
from checkout.documents.invoice_pdf import invoice_pdf
from store_app.desk.context import Desk

_WRITERS: Final[dict[str, tuple[str, Callable[[InvoiceDocument], bytes]]]] = {
    "pdf": (".pdf", invoice_pdf),
    "xml": (".xml", cii_xml),
    "ubl": (".ubl.xml", ubl_xml),
}


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """A document as it is written, and the name that it goes by."""

    number: str
    name: str
    content: bytes = field(repr=False)


def invoice_file(desk: Desk, number: str, form: str = "pdf") -> InvoiceFile:
    """An issued invoice or credit note as `pdf` (Factur-X), `xml` (CII) or `ubl`.

    Raises:
        Refused: not issued, or nothing that EN 16931 can tell, or the libraries are missing.

    """
    if form not in _WRITERS:
        raise Refused(f"{quoted(form)} is none of pdf, xml and ubl.", code="bad_form", field="form")
    ending, write = _WRITERS[form]
    document = invoice_document(desk, number)
    return InvoiceFile(document.number, f"{document.number}{ending}", write(document))


def invoice_document(desk: Desk, number: str) -> InvoiceDocument:
    """What an issued invoice or credit note tells."""
    with snapshot(desk.engine) as session:
        return document_of(session, invoice_named(session, number))
