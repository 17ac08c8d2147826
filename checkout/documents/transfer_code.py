"""The QR code that a banking app reads: EPC069-12, a SEPA credit transfer."""

from __future__ import annotations

from catalog.kernel.money import decimal_string
from checkout.documents.invoice_document import InvoiceDocument
from checkout.documents.plain_text import compact, one_line

_MOST_MINOR = 99_999_999_999
_LONGEST_NAME = 70


def transfer_code(document: InvoiceDocument) -> str | None:
    """The payload that fills in a transfer of what is due, or None where there can't be one.

    There is one for an invoice in EUR with a valid IBAN and something left to pay. It tells the
    reference where that is one (ISO 11649), and otherwise the number.
    """
    from stdnum import iban, iso11649

    payable = document.kind == "invoice" and 0 < document.due_minor <= _MOST_MINOR
    if not payable or document.currency != "EUR" or not iban.is_valid(document.iban):
        return None
    amount = f"EUR{decimal_string(document.due_minor, 'EUR')}"
    name = one_line(document.seller.name)[:_LONGEST_NAME]
    is_checked = iso11649.is_valid(document.reference)
    number = one_line(document.number)[:_LONGEST_NAME]
    remittance = (compact(document.reference),) if is_checked else ("", number)
    fields = ("BCD", "002", "1", "SCT", "", name, compact(document.iban), amount, "", *remittance)
    return "\n".join(fields)
