"""The paper of an invoice: its head and its foot. Imports fpdf2, which is heavy."""

from __future__ import annotations

from checkout.documents import invoice_words as words
from checkout.documents.invoice_document import InvoiceDocument
from checkout.documents.invoice_figures import address, numbers
from checkout.documents.plain_text import one_line
from checkout.documents.sheet import FAINT, MARGIN, WIDTH, Sheet


class InvoiceSheet(Sheet):
    """Pages with the seller at their foot, and from the second on the number at their head."""

    def __init__(self, document: InvoiceDocument) -> None:
        super().__init__(repr(document), document.buyer.country, compliance="PDF/A-3U")
        self._document = document

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
