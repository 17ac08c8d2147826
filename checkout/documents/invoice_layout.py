"""What is written where on the sheets of an invoice. Imports fpdf2, which is heavy."""

from __future__ import annotations

from typing import Final

from fpdf.enums import TableBordersLayout

from catalog.esim.qr import qr_matrix
from checkout.documents import invoice_figures as figures
from checkout.documents import invoice_words as words
from checkout.documents.invoice_document import InvoiceDocument
from checkout.documents.invoice_sheet import InvoiceSheet
from checkout.documents.plain_text import one_line
from checkout.documents.sheet import ACCENT, FAINT, INK, MARGIN, TINT, WIDTH
from checkout.documents.transfer_code import transfer_code

_COLUMNS: Final = (78, 20, 26, 16, 30)
_ALIGNMENTS: Final = ("LEFT", "RIGHT", "RIGHT", "RIGHT", "RIGHT")
_FACTS: Final = (24.0, 56.0)
_SUMS: Final = (68.0, 30.0)
_CODE_MM: Final = 34.0


def lay_out(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    """Write the whole document, on as many pages as it takes."""
    sheet.add_page()
    _letterhead(sheet, document)
    _buyer_and_facts(sheet, document)
    _lines(sheet, document)
    _sums(sheet, document)
    _remarks(sheet, document)
    _transfer(sheet, document)


def _letterhead(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    seller, top = document.seller, sheet.y
    sheet.x = MARGIN + WIDTH - 70
    sheet.pen(26, ACCENT, "B")
    sheet.write_line(words.TITLE[document.kind], 11, width=70, align="R")
    sheet.set_xy(MARGIN, top + 1)
    sheet.pen(14, INK, "B")
    sheet.write_line(one_line(seller.name), 7, width=WIDTH - 75)
    sheet.pen(9.5, FAINT)
    for told in figures.address(seller, document.buyer.country):
        sheet.write_line(told, 4.6, width=WIDTH - 75)
    sheet.y = max(sheet.y, top + 22) + 8


def _buyer_and_facts(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    buyer, top = document.buyer, sheet.y
    is_invoice = document.kind == "invoice"
    sheet.pen(9, FAINT)
    sheet.write_line(words.BILLED_TO if is_invoice else words.CREDITED_TO, 5)
    sheet.pen(11, INK, "B")
    sheet.write_line(one_line(buyer.name), 5.4, width=WIDTH - 90)
    sheet.pen(10.5)
    for told in (*figures.address(buyer, document.seller.country), *figures.numbers(buyer)):
        sheet.write_line(told, 5, width=WIDTH - 90)
    below = sheet.y
    sheet.set_xy(MARGIN + WIDTH - sum(_FACTS), top)
    for label, told in figures.heading(document):
        _pair(sheet, label, told)
    sheet.set_xy(MARGIN, max(below, sheet.y) + 10)


def _pair(sheet: InvoiceSheet, label: str, told: str) -> None:
    left, top = sheet.x, sheet.y
    sheet.pen(10, FAINT)
    sheet.cell(_FACTS[0], 5.6, label)
    sheet.pen(10.5)
    sheet.write_line(told, 5.6, width=_FACTS[1], align="R")
    sheet.set_xy(left, max(sheet.y, top + 5.6))


def _lines(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    sheet.pen(10)
    with sheet.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=_COLUMNS,
        headings_style=sheet.face(9, FAINT),
        line_height=5,
        padding=(1.6, 0),
        text_align=_ALIGNMENTS,
        v_align="TOP",
        width=WIDTH,
    ) as table:
        table.row([name.format(document.currency) for name in words.COLUMNS])
        for line in document.lines:
            table.row(figures.line_cells(line, document.currency))
    sheet.rule()
    sheet.y += 4


def _sums(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    rows = figures.sums(document)
    sheet.room(len(rows) * 6 + 14)
    sheet.set_left_margin(MARGIN + WIDTH - sum(_SUMS))
    for label, told in rows:
        sheet.pen(10, INK, "B" if label == words.TOTAL else "")
        sheet.write_pair(label, told, 6, _SUMS)
    sheet.y += 2
    _due(sheet, document)
    sheet.set_left_margin(MARGIN)
    sheet.set_xy(MARGIN, sheet.y + 6)


def _due(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    label, told = figures.due(document)
    sheet.set_fill_color(*ACCENT)
    sheet.rect(sheet.x - 4, sheet.y, sum(_SUMS) + 4, 10, style="F")
    sheet.pen(11.5, (255, 255, 255), "B")
    sheet.write_pair(label, told, 10, (_SUMS[0] - 20, _SUMS[1] + 17))


def _remarks(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    sheet.pen(10)
    for told in figures.remarks(document):
        sheet.write_line(told, 5, width=WIDTH)
    sheet.y += 4


def _transfer(sheet: InvoiceSheet, document: InvoiceDocument) -> None:
    if not (rows := figures.transfer(document)):
        return
    height = max(_CODE_MM + 12, len(rows) * 6 + 16)
    sheet.room(height)
    top = sheet.y
    sheet.set_fill_color(*TINT)
    sheet.rect(MARGIN, top, WIDTH, height, style="F")
    sheet.set_xy(MARGIN + 6, top + 5)
    sheet.pen(10.5, ACCENT, "B")
    sheet.write_line(words.PAY_BY_TRANSFER, 6)
    for label, told in rows:
        left = sheet.x
        sheet.pen(9.5, FAINT)
        sheet.cell(24, 6, label)
        sheet.pen(10.5)
        sheet.write_line(told, 6, width=90)
        sheet.x = left
    if payload := transfer_code(document):
        _code(sheet, payload, top, height)


def _code(sheet: InvoiceSheet, payload: str, top: float, height: float) -> None:
    left = MARGIN + WIDTH - _CODE_MM - 6
    sheet.set_fill_color(255, 255, 255)
    sheet.rect(left, top + 4, _CODE_MM, _CODE_MM, style="F")
    sheet.code(qr_matrix(payload), left, top + 4, _CODE_MM)
    sheet.set_xy(left - 6, top + height - 7)
    sheet.pen(8, FAINT)
    sheet.write_line(words.SCAN, 4, width=_CODE_MM + 12, align="C")
