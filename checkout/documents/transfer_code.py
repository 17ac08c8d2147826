"""The QR code that a banking app reads: EPC069-12, a SEPA credit transfer."""

from __future__ import annotations

from catalog.kernel.money import decimal_string
from checkout.documents.invoice_document import InvoiceDocument
from checkout.documents.plain_text import compact, one_line

_MOST_MINOR = 99_999_999_999
_LONGEST_NAME = 70


def transfer_code(document: InvoiceDocument) -> str | None:
    """The payload that fills in a transfer of what is due, or None where there can't be one.

    There is one for an invoice in EUR with a valid IBAN and something left to pay.
    """
    from stdnum import iban

    payable = document.kind == "invoice" and 0 < document.due_minor <= _MOST_MINOR
    if not payable or document.currency != "EUR" or not iban.is_valid(document.iban):
        return None
    amount = f"EUR{decimal_string(document.due_minor, 'EUR')}"
    name = one_line(document.seller.name)[:_LONGEST_NAME]
    reference = compact(document.reference)
    fields = ("BCD", "002", "1", "SCT", "", name, compact(document.iban), amount, "", reference)
    return "\n".join(fields)
