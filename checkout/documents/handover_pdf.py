"""The page that a buyer takes along: a code to scan, what to type, and how."""

from __future__ import annotations

from contextlib import closing

from checkout.documents import handover_words as words
from checkout.documents.extra import documents_extra
from checkout.documents.handover import Handover
from checkout.documents.plain_text import one_line


def handover_pdf(handover: Handover) -> bytes:
    """One page as PDF, the same bytes at every printing; `Refused` without the libraries."""
    with documents_extra():
        from checkout.documents.handover_layout import lay_out
        from checkout.documents.sheet import Sheet

    with closing(Sheet(f"{handover!r}{handover.shop}{handover.plan_name}")) as sheet:
        sheet.set_title(f"{words.TITLE}: {one_line(handover.plan_name)}")
        sheet.set_lang("en")
        sheet.set_creation_date(handover.sold_at)
        lay_out(sheet, handover)
        return bytes(sheet.output())
