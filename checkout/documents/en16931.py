"""A document in the business terms of EN 16931."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.kernel.money import decimal_string, exponent
from checkout.documents.invoice_document import (
    Category,
    DocumentLine,
    InvoiceDocument,
    Party,
    TaxSum,
)
from checkout.documents.invoice_words import EXEMPTION, PAID_BACK, PAYABLE_AT_ONCE
from checkout.documents.plain_text import compact, one_line

Terms = dict[str, Any]
"""BT and BG numbers (EN 16931-1, 6.3) to texts, dates and lists of terms: what factur-x takes."""

_ONE = "C62"  # UN/ECE recommendation 20
_TYPES = {"invoice": "380", "credit_note": "381"}  # UNTDID 1001
_UNDEFINED, _TRANSFER, _SEPA_TRANSFER = "1", "30", "58"  # UNTDID 4461
_REASON_CODES: Mapping[Category, str] = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O"}


def business_terms(document: InvoiceDocument) -> Terms:
    """All terms of a document without `refusals`."""
    currency = document.currency
    outside = any(line.category == "O" for line in document.lines)
    terms = {
        "BT-1": one_line(document.number),
        "BT-2": document.issued_on,
        "BT-3": _TYPES[document.kind],
        "BT-5": currency,
        "BG-4": _party(document.seller, outside=outside),
        "BG-7": _party(document.buyer, outside=outside),
        "BG-23": [_tax(tax, currency) for tax in document.taxes],
        "BT-106": _amount(document.net_minor, currency),
        "BT-109": _amount(document.net_minor, currency),
        "BT-110": _amount(document.tax_minor, currency),
        "BT-112": _amount(document.total_minor, currency),
        "BT-115": _amount(document.due_minor, currency),
        "BG-25": [_line(*numbered, currency) for numbered in enumerate(document.lines, 1)],
    }
    return terms | _when(document) | _payment(document) | _remarks(document)


def _when(document: InvoiceDocument) -> Terms:
    """A day of delivery always: without one factur-x writes an element that says it is nil."""
    delivered = {"BT-72": document.ends_on}
    if document.begins_on == document.ends_on:
        return delivered
    return delivered | {"BT-73": document.begins_on, "BT-74": document.ends_on}


def _payment(document: InvoiceDocument) -> Terms:
    paid = (
        {"BT-113": _amount(document.paid_minor, document.currency)} if document.paid_minor else {}
    )
    if document.kind == "credit_note":
        return paid | {"BT-20": PAID_BACK}
    when = {"BT-9": document.due_on} if document.due_on else {"BT-20": PAYABLE_AT_ONCE}
    means = {"BT-81": _UNDEFINED}
    if iban := compact(document.iban):
        code = _SEPA_TRANSFER if document.currency == "EUR" else _TRANSFER
        means = {"BT-81": code, "BT-84": iban, "BT-85": one_line(document.seller.name)}
    return paid | when | means | {"BT-83": one_line(document.reference)}


def _remarks(document: InvoiceDocument) -> Terms:
    note, preceding = one_line(document.note), one_line(document.preceding)
    return {
        "BG-1": [{"BT-22": note}] if note else [],
        "BG-3": [{"BT-25": preceding}] if preceding else [],
    }


def _party(party: Party, *, outside: bool) -> Terms:
    """Outside the scope of VAT nobody has a VAT number (EN 16931 BR-O-02)."""
    email = one_line(party.email)
    terms = {
        "name": one_line(party.name),
        "vat_identifier": "" if outside else compact(party.vat_number),
        "legal_identifier": one_line(party.registration),
        "addr_l1": one_line(party.street),
        "postcode": one_line(party.postcode),
        "city": one_line(party.city),
        "country_code": party.country,
        "einvoicing_addr": email,
        "einvoicing_addr_schemeid": "EM" if email else "",
    }
    return _told(terms)


def _tax(tax: TaxSum, currency: str) -> Terms:
    is_exempt = tax.category in EXEMPTION
    terms = {
        "BT-116": _amount(tax.net_minor, currency),
        "BT-117": _amount(tax.tax_minor, currency),
        "BT-118": tax.category,
        "BT-119": _rate(tax.category, tax.tax_rate),
        "BT-120": one_line(tax.exemption) or EXEMPTION[tax.category] if is_exempt else "",
        "BT-121": _REASON_CODES.get(tax.category, ""),
    }
    return _told(terms)


def _line(position: int, line: DocumentLine, currency: str) -> Terms:
    """The sign goes with the quantity, because a price has none (EN 16931 BR-27).

    A price that is no whole amount is told for the quantity, so that nothing is rounded.
    """
    size, net_minor = abs(line.quantity), abs(line.net_minor)
    is_whole = not size or not net_minor % size
    price_minor = net_minor // max(size, 1) if is_whole else net_minor
    terms = {
        "BT-126": str(position),
        "BT-129": str(-size if line.net_minor < 0 else size),
        "BT-130": _ONE,
        "BT-131": _amount(line.net_minor, currency),
        "BT-146": decimal_string(price_minor, currency),
        "BT-149": "" if is_whole else str(size),
        "BT-151": line.category,
        "BT-152": _rate(line.category, line.tax_rate),
        "BT-153": one_line(line.item),
    }
    return _told(terms)


def _told(terms: Terms) -> Terms:
    """Without what is empty: factur-x takes an absent term, but not an empty one."""
    return {term: told for term, told in terms.items() if told}


def _rate(category: Category, tax_rate: int) -> str:
    return "" if category == "O" else f"{tax_rate // 100}.{tax_rate % 100:02}"


def _amount(minor: int, currency: str) -> str:
    """Two decimals at most (EN 16931 BR-DEC): the third is a zero here."""
    text = decimal_string(minor, currency)
    return text[:-1] if exponent(currency) > 2 else text
