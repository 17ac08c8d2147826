"""An invoice or credit note for people and programs alike: PDF/A-3 with Factur-X inside."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from checkout.documents import invoice_words as words
from checkout.documents.einvoice import cii_xml
from checkout.documents.en16931_refusals import refusals
from checkout.documents.extra import documents_extra
from checkout.documents.invoice_document import InvoiceDocument, credited
from checkout.documents.plain_text import one_line

if TYPE_CHECKING:
    from checkout.documents.invoice_sheet import InvoiceSheet

_PROGRAM = "eSIM Store"
_XML_NAME = "factur-x.xml"
_FACTUR_X = {
    "documenttype": "INVOICE",
    "urn": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "version": "1.0",
    "xml_filename": _XML_NAME,
    "xmp_level": "EN 16931",
}


def invoice_pdf(document: InvoiceDocument) -> bytes:
    """The document as PDF/A-3u, the same bytes at every printing.

    It holds `cii_xml` as `factur-x.xml`; one with `refusals` is for people only.
    """
    with documents_extra():
        from checkout.documents.invoice_layout import lay_out
        from checkout.documents.invoice_sheet import InvoiceSheet

    told = credited(document)
    with closing(InvoiceSheet(told)) as sheet:
        lay_out(sheet, told)
        sheet.set_lang(words.LOCALE.replace("_", "-"))
        sheet.set_creation_date(_issued_at(told))
        is_electronic = not refusals(told)
        sheet.set_xmp_metadata(_metadata(told, _FACTUR_X if is_electronic else {}))
        if is_electronic:
            _attach(sheet, told)
        return bytes(sheet.output())


def _attach(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    sheet.embed_file(
        bytes=cii_xml(document),
        basename=_XML_NAME,
        desc="Factur-X",
        mime_type="text/xml",
        modification_date=_issued_at(document),
        associated_file_relationship="Alternative",
        compress=True,
    )


def _metadata(document: InvoiceDocument, extension: Mapping[str, str]) -> str:
    """Title, author and dates as XMP, and what Factur-X adds to it."""
    with documents_extra():
        from facturx import generate_xmp_object
        from lxml import etree

    title = f"{words.TITLE[document.kind]} {one_line(document.number)}"
    told = {
        "author": one_line(document.seller.name),
        "creator_tool": _PROGRAM,
        "pdfa3_flavor": "U",
        "producer": _PROGRAM,
        "subject": title,
        "timestamp": _issued_at(document).isoformat(),
        "title": title,
    }
    return etree.tostring(generate_xmp_object({**told, **extension}), encoding="unicode")


def _issued_at(document: InvoiceDocument) -> datetime:
    return datetime.combine(document.issued_on, time(), UTC)
