"""The words of invoices and credit notes, all in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.documents.invoice_document import Category

PAYABLE_AT_ONCE: Final = "Payable on receipt."
PAID_BACK: Final = "Paid back, or set off against an invoice."

EXEMPTION: Final[Mapping[Category, str]] = {
    "E": "Exempt from VAT.",
    "AE": "Reverse charge: the buyer accounts for the VAT.",
    "O": "Outside the scope of VAT.",
}
"""Why no tax is charged, where the document itself does not say."""
