"""Paper: inks, margins, sharp codes. Imports fpdf2, which is heavy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from fpdf import FPDF, FontFace, XPos, YPos
from fpdf.fonts import TTFFont

from catalog.esim.qr import Matrix
from checkout.documents.typefaces import FAMILY, add_typefaces

MARGIN: Final = 20.0
WIDTH: Final = 210.0 - 2 * MARGIN
"""Millimetres of an A4 page, and what of them is written on."""

INK: Final = (28, 37, 48)
FAINT: Final = (98, 110, 123)
HAIRLINE: Final = (214, 220, 227)
ACCENT: Final = (11, 83, 122)
TINT: Final = (240, 245, 249)

_MISSING: Final = "?"


class Sheet(FPDF):
    """Pages of A4 in the house's typeface."""

    def __init__(self, written: str, country: str = "", compliance: str | None = None) -> None:
        """What will be `written` decides the typefaces, the reader's country the Eastern one."""
        super().__init__(format="A4", enforce_compliance=compliance)
        self._known = add_typefaces(self, written, country)
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
        """A QR code of sharp squares."""
        module = size / len(matrix)
        for down, row in enumerate(matrix):
            self.bars(row, left, top + down * module, (size, module))

    def bars(
        self, modules: Sequence[bool], left: float, top: float, size: tuple[float, float]
    ) -> None:
        """A row of modules, width and height; runs of dark ones are one rectangle."""
        module, at = size[0] / len(modules), 0
        self.set_fill_color(0, 0, 0)
        for dark, run in groupby(modules):
            count = len(list(run))
            if dark:
                self.rect(left + at * module, top, count * module, size[1], style="F")
            at += count

    def room(self, height: float) -> None:
        """Begin a page unless this one has room."""
        if self.will_page_break(height):
            self.add_page()
