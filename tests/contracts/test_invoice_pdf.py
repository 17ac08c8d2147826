"""Printed invoices before those who read them: veraPDF, factur-x, a PDF viewer, a phone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import facturx
import pypdfium2
import pytest
import zxingcpp
from fpdf import FPDF

from checkout.documents.einvoice import cii_xml
from checkout.documents.invoice_document import DocumentLine
from checkout.documents.invoice_pdf import invoice_pdf
from checkout.documents.transfer_code import transfer_code
from tests.invoices import COMPANY, NUMBER, SHOP, invoice, line
from tests.peers.verapdf_peer import broken_clauses

LONG = "A plan with a name that takes more than the one line that a column has room for"
DOCUMENTS = {
    "invoice": invoice(line(3750, quantity=3), line(1000, 900)),
    "credit note": invoice(line(1000), kind="credit_note", preceding="INV-2026-0041"),
    "many pages": invoice(*(DocumentLine(LONG, 2, 100 * n, 2100, "S") for n in range(1, 80))),
    "reverse charge": invoice(line(4200, 0, "AE")),
    "yen": invoice(line(1980, 1000), currency="JPY"),
    "signs of the East, and one that no typeface has": invoice(
        line(100), buyer=replace(COMPANY, name="株式会社 é 中国 한국 \U0001f600 \ue000 Ω")
    ),
    "for people only": invoice(line(12_345), currency="KWD", seller=replace(SHOP, country="")),
}


@cache
def _printed(name: str) -> bytes:
    return invoice_pdf(DOCUMENTS[name])


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What veraPDF says of each document, and of a page that is no PDF/A."""
    folder = tmp_path_factory.mktemp("invoices")
    plain = FPDF()
    plain.add_page()
    plain.set_font("helvetica")
    plain.cell(text=NUMBER)
    printed = {name: _printed(name) for name in DOCUMENTS}
    printed["plain"] = bytes(plain.output())
    paths = [_file(folder / f"{number}.pdf", pdf) for number, pdf in enumerate(printed.values())]
    return dict(zip(printed, broken_clauses(*paths), strict=True))


def _file(path: Path, pdf: bytes) -> Path:
    path.write_bytes(pdf)
    return path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_pdf_a(verdicts: dict[str, list[str]], name: str) -> None:
    """VeraPDF finds no clause of ISO 19005-3, level U, that is broken."""
    assert verdicts[name] == []


def test_a_plain_page_is_not(verdicts: dict[str, list[str]]) -> None:
    """The judge judges: a page without metadata and with a font that is not in it is refused."""
    assert len(verdicts["plain"]) == 3


@pytest.mark.parametrize("name", set(DOCUMENTS) - {"for people only"})
def test_the_xml_is_inside(name: str) -> None:
    """factur-x takes out of the PDF, and accepts, the very bytes that are written alone."""
    found = facturx.get_xml_from_pdf(_printed(name), check_xsd=True)
    assert found == ("factur-x.xml", cii_xml(DOCUMENTS[name]))


def test_the_metadata_says_factur_x() -> None:
    """Profile, file name and PDF/A level stand in the metadata, and the file is an alternative."""
    told = _printed("invoice")
    for words in (
        b"<fx:ConformanceLevel>EN 16931<",
        b"<fx:DocumentFileName>factur-x.xml<",
        b"<pdfaid:part>3<",
        b">Invoice INV-2026-0042<",
        b"<xmp:CreateDate>2026-03-01T00:00:00+00:00<",
        b"/AFRelationship /Alternative",
    ):
        assert words in told


def test_what_is_no_electronic_invoice_is_still_printed() -> None:
    """Without a country, or with three decimals, there is a page and no attachment."""
    with pypdfium2.PdfDocument(_printed("for people only")) as pdf:
        assert pdf.count_attachments() == 0
        assert "12.345" in pdf[0].get_textpage().get_text_bounded()


def test_printing_again_gives_the_same_bytes() -> None:
    """Nothing in the file tells when it was printed."""
    assert invoice_pdf(DOCUMENTS["invoice"]) == _printed("invoice")


def test_a_banking_app_reads_the_code() -> None:
    """The code on the page, as a phone sees it, is the transfer of what is due."""
    with pypdfium2.PdfDocument(_printed("invoice")) as pdf:
        image = pdf[0].render(scale=2).to_pil()
    (seen,) = zxingcpp.read_barcodes(image)
    assert seen.text == transfer_code(DOCUMENTS["invoice"])


def _text(name: str) -> list[str]:
    with pypdfium2.PdfDocument(_printed(name)) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("invoice", "Invoice"),
        ("invoice", "VAT 21 % on 37.50 7.88"),
        ("invoice", "VAT 9 % on 10.00 0.90"),
        ("invoice", "56.28 EUR"),
        ("invoice", "NL91 ABNA 0417 1643 00"),
        ("invoice", "RF73 INV2 0260 042"),
        ("invoice", "31 March 2026"),
        ("credit note", "Credit note"),
        ("credit note", "INV-2026-0041"),
        ("credit note", "To pay back 12.10 EUR"),
        ("reverse charge", "Reverse charge: the buyer accounts for the VAT."),
        ("reverse charge", "VAT DE123456789"),
        ("yen", "1,980"),
        ("signs of the East, and one that no typeface has", "株式会社 é 中国 한국 ? Ω"),
    ],
)
def test_people_read_it(name: str, told: str) -> None:
    """What matters stands on the page, as text."""
    (page,) = _text(name)
    assert told in " ".join(page.split())


def test_a_long_one_goes_on() -> None:
    """Every page repeats the columns and says which it is; only the last one has the sum."""
    pages = _text("many pages")
    count = len(pages)
    assert count > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {count}" in page
        assert ("Unit price" in page) == (LONG[:20] in page)
        assert ("To pay" in page) == (number == count)
