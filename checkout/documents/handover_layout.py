"""What is written where on the page for a buyer. Imports fpdf2, which is heavy."""

from __future__ import annotations

from typing import Final

from fpdf import XPos, YPos
from fpdf.enums import WrapMode

from catalog.esim.qr import qr_matrix
from checkout.documents import handover_words as words
from checkout.documents.barcode import code_128
from checkout.documents.handover import Handover
from checkout.documents.plain_text import one_line
from checkout.documents.sheet import ACCENT, FAINT, INK, MARGIN, WIDTH, Sheet

_CODE_MM: Final = 66.0
_GAP_MM: Final = 8.0
_BARS_MM: Final = (66.0, 14.0)
_COLUMN_MM: Final = (WIDTH - _GAP_MM) / 2


def lay_out(sheet: Sheet, handover: Handover) -> None:
    """Write the whole page."""
    sheet.set_auto_page_break(auto=False)
    sheet.add_page()
    _head(sheet, handover)
    _code_and_fields(sheet, handover)
    _steps(sheet)
    _links(sheet, handover)
    _numbers(sheet, handover)


def _head(sheet: Sheet, handover: Handover) -> None:
    sheet.pen(11, FAINT)
    sheet.write_line(one_line(handover.shop) or words.TITLE, 6)
    sheet.pen(22, ACCENT, "B")
    sheet.write_line(one_line(handover.plan_name), 10)
    sheet.pen(11)
    sheet.write_line(f"{handover.offer}. {handover.start}.", 5.6)
    for told in handover.terms:
        sheet.pen(11, INK, "B" if told in (words.TEST, words.CODE_APART) else "")
        sheet.write_line(told, 5.6)
    sheet.y += 5


def _code_and_fields(sheet: Sheet, handover: Handover) -> None:
    """The code keeps its quiet zone, which is why it may stand at the margin."""
    top = sheet.y
    sheet.code(qr_matrix(handover.payload), MARGIN, top, _CODE_MM)
    left = MARGIN + _CODE_MM + _GAP_MM
    sheet.set_xy(left, top + 3)
    sheet.pen(11, INK, "B")
    sheet.write_line(words.SCAN, 5.6, width=WIDTH - _CODE_MM - _GAP_MM)
    sheet.y += 3
    sheet.pen(10, FAINT)
    sheet.write_line(words.BY_HAND, 5)
    for label, told in handover.by_hand:
        sheet.pen(9, FAINT)
        sheet.write_line(label, 4.6)
        _secret(sheet, told, WIDTH - _CODE_MM - _GAP_MM)
    sheet.set_xy(MARGIN, max(sheet.y, top + _CODE_MM) + 5)


def _secret(sheet: Sheet, told: str, width: float) -> None:
    """A code breaks anywhere; a long one is smaller."""
    sheet.pen(10.5 if len(told) <= 120 else 8.5, INK, "B")
    sheet.multi_cell(
        width, 4.8, told, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR
    )
    sheet.y += 1


def _steps(sheet: Sheet) -> None:
    top, lowest = sheet.y, sheet.y
    for column, (phone, steps) in enumerate(words.STEPS.items()):
        sheet.set_xy(MARGIN + column * (_COLUMN_MM + _GAP_MM), top)
        sheet.pen(12, ACCENT, "B")
        sheet.write_line(phone, 7)
        sheet.pen(10)
        for number, step in enumerate(steps, 1):
            sheet.write_line(f"{number}. {step}", 5, width=_COLUMN_MM)
        lowest = max(lowest, sheet.y)
    sheet.set_xy(MARGIN, lowest + 5)


def _links(sheet: Sheet, handover: Handover) -> None:
    sheet.pen(10, FAINT)
    sheet.cell(sheet.get_string_width(words.LINKS) + 4, 6, words.LINKS)
    for label, link in handover.links:
        sheet.pen(10, ACCENT, "B")
        sheet.cell(sheet.get_string_width(label) + 6, 6, label, link=link)
    sheet.set_xy(MARGIN, sheet.y + 11)


def _numbers(sheet: Sheet, handover: Handover) -> None:
    """Bars for the scanner at the till, and the same in figures."""
    sheet.rule()
    top = sheet.y + 5
    sheet.bars(code_128(handover.number), MARGIN, top, _BARS_MM)
    sheet.set_xy(MARGIN, top + _BARS_MM[1] + 1)
    sheet.pen(10)
    sheet.cell(_BARS_MM[0], 5, handover.number, align="C")
    sheet.set_xy(MARGIN + _BARS_MM[0] + _GAP_MM, top)
    sheet.pen(9, FAINT)
    sheet.write_line(words.SUPPORT, 5)
    for label, told in handover.numbers:
        sheet.pen(10)
        sheet.write_line(f"{label} {told}", 5)
    sheet.pen(9, FAINT)
    sheet.write_line(words.TO_YOURSELF, 5, width=WIDTH - _BARS_MM[0] - _GAP_MM)
