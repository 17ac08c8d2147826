"""The words of invoices and credit notes, all in one place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from checkout.documents.invoice_document import Category

LOCALE: Final = "en_GB"
"""Of the words below, and of the numbers, dates and countries between them."""

PAYABLE_AT_ONCE: Final = "Payable on receipt."
PAID_BACK: Final = "Paid back, or set off against an invoice."
PAID_IN_FULL: Final = "Settled in full. Thank you."

EXEMPTION: Final[Mapping[Category, str]] = MappingProxyType(
    {
        "E": "Exempt from VAT.",
        "AE": "Reverse charge: the buyer accounts for the VAT.",
        "O": "Outside the scope of VAT.",
    }
)
"""Why no tax is charged, where the document itself does not say."""

TAX: Final[Mapping[Category, str]] = MappingProxyType(
    {"S": "VAT", "Z": "VAT", "E": "VAT, exempt,", "AE": "VAT, reverse charge,", "O": "No VAT"}
)
"""How the tax on a sum is introduced."""

TITLE: Final[Mapping[Literal["invoice", "credit_note"], str]] = MappingProxyType(
    {"invoice": "Invoice", "credit_note": "Credit note"}
)

BILLED_TO: Final = "Billed to"
CREDITED_TO: Final = "Credited to"
NUMBER: Final = "Number"
ISSUED: Final = "Date"
DUE: Final = "Due"
DELIVERED: Final = "Delivered"
PERIOD: Final = "Period"
CORRECTS: Final = "For invoice"
VAT_NUMBER: Final = "VAT {}"
REGISTRATION: Final = "Reg. {}"

COLUMNS: Final = ("Item", "Quantity", "Unit price", "VAT", "Amount, {}")

NET: Final = "Total without VAT"
TAX_ON: Final = "{} {} on {}"
TOTAL: Final = "Total"
PAID: Final = "Paid"
TO_PAY: Final = "To pay"
TO_PAY_BACK: Final = "To pay back"
PAID_TOO_MUCH: Final = "Paid too much"

PAY_BY_TRANSFER: Final = "By bank transfer"
TO: Final = "To"
IBAN: Final = "IBAN"
AMOUNT: Final = "Amount"
REFERENCE: Final = "Reference"
BEFORE: Final = "By"
SCAN: Final = "Scan with a banking app"

PAGE: Final = "Page {} of {}"
"""The second gap is filled when the last page is there."""
