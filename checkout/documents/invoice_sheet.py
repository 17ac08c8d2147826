"""The paper of an invoice: inks, margins, footer. Imports fpdf2, which is heavy."""

from __future__ import annotations

from typing import Final

from fpdf import FPDF, FontFace, XPos, YPos
from fpdf.fonts import TTFFont

from catalog.esim.qr import Matrix
from checkout.documents import invoice_words as words
from checkout.documents.invoice_document import InvoiceDocument
from checkout.documents.invoice_figures import address, numbers
from checkout.documents.invoice_typefaces import FAMILY, add_typefaces
from checkout.documents.plain_text import one_line

MARGIN: Final = 20.0
WIDTH: Final = 210.0 - 2 * MARGIN
"""Millimetres of an A4 page, and what of them is written on."""

INK: Final = (28, 37, 48)
FAINT: Final = (98, 110, 123)
HAIRLINE: Final = (214, 220, 227)
ACCENT: Final = (11, 83, 122)
TINT: Final = (240, 245, 249)

_MISSING: Final = "?"


class InvoiceSheet(FPDF):
    """Pages with the seller at their foot, and from the second on the number at their head."""

    def __init__(self, document: InvoiceDocument) -> None:
        super().__init__(format="A4", enforce_compliance="PDF/A-3U")
        self._document = document
        self._known = add_typefaces(self, document)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=30)
        self.c_margin = 0
        self.set_draw_color(*HAIRLINE)
        self.set_line_width(0.2)

    def close(self) -> None:
        """Close the files of the typefaces, which fpdf2 leaves open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def normalize_text(self, text: str) -> str:
        """What no typeface has is a question mark: PDF/A shows no missing glyph."""
        known = self._known
        return "".join(sign if ord(sign) in known or sign == "\n" else _MISSING for sign in text)

    def pen(self, size: float, ink: tuple[int, int, int] = INK, style: str = "") -> None:
        """What is written next: points, colour, and B for semibold."""
        self.set_font(FAMILY, style, size)
        self.set_text_color(*ink)

    def face(self, size: float, ink: tuple[int, int, int], style: str = "") -> FontFace:
        """The same for the cells of a table."""
        return FontFace(FAMILY, style, size, ink)

    def write_line(self, text: str, height: float, *, width: float = 0, align: str = "L") -> None:
        """One line or, where it is long, several, at the left edge that `x` is on."""
        self.multi_cell(width, height, text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)

    def write_pair(self, label: str, text: str, height: float, widths: tuple[float, float]) -> None:
        """A label and what it is, at the right edge of its column."""
        left = self.x
        self.cell(widths[0], height, label)
        self.cell(widths[1], height, text, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.x = left

    def rule(self) -> None:
        """A hairline over the whole width."""
        self.line(MARGIN, self.y, MARGIN + WIDTH, self.y)

    def code(self, matrix: Matrix, left: float, top: float, size: float) -> None:
        """A QR code of sharp squares; runs of dark modules are one rectangle."""
        module = size / len(matrix)
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(matrix):
            across = 0
            while across < len(row):
                run = 1
                while across + run < len(row) and row[across + run] == row[across]:
                    run += 1
                if row[across]:
                    place = (left + across * module, top + down * module)
                    self.rect(*place, run * module, module, style="F")
                across += run

    def room(self, height: float) -> None:
        """Begin a page unless this one has room."""
        if self.will_page_break(height):
            self.add_page()

    def header(self) -> None:
        """Nothing on the first page; then what this is a page of."""
        if self.page_no() > 1:
            told = self._document
            self.pen(9, FAINT)
            self.write_line(f"{words.TITLE[told.kind]} {one_line(told.number)}", 5, align="R")
            self.y += 4

    def footer(self) -> None:
        """Who sells, where, and by which numbers; and the page."""
        seller = self._document.seller
        first = " · ".join([one_line(seller.name), *address(seller, "")])
        second = " · ".join([*numbers(seller), *([seller.email] if seller.email else [])])
        self.set_y(-24)
        self.rule()
        self.y += 2.5
        self.pen(8, FAINT)
        top, width = self.y, self.get_string_width(words.PAGE.format(self.page_no(), 9))
        self.write_line(f"{first}\n{second}", 4, width=WIDTH - width - 5)
        self.set_xy(MARGIN + WIDTH - width, top)
        self.cell(width, 4, words.PAGE.format(self.page_no(), "{nb}"))
