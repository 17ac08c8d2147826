"""Invoices to look at: a Dutch shop bills a German company, and the sums follow from the lines."""

from __future__ import annotations

from datetime import date
from itertools import accumulate
from typing import Any

from catalog.kernel.money import round_div
from checkout.billing.subscriptions.bill_lines import taxed
from checkout.documents.invoice_document import (
    Category,
    DocumentLine,
    InvoiceDocument,
    Party,
    TaxSum,
)
from checkout.documents.payment_reference import payment_reference

SHOP = Party(
    name="Tulip Telecom B.V.",
    street="Keizersgracht 100",
    postcode="1015 AA",
    city="Amsterdam",
    country="NL",
    vat_number="NL123456789B01",
    registration="34567890",
    email="billing@tulip.example",
)
COMPANY = Party(
    name="Müller & Söhne GmbH",
    street="Lindenallee 3",
    postcode="10115",
    city="Berlin",
    country="DE",
    vat_number="DE123456789",
)
NUMBER = "INV-2026-0042"


def line(
    net_minor: int, tax_rate: int = 2100, category: Category = "S", *, quantity: int = 1
) -> DocumentLine:
    """One item of which only the figures matter."""
    return DocumentLine("Europe 10 GB, 30 days", quantity, net_minor, tax_rate, category)


def invoice(*lines: DocumentLine, inclusive: bool = False, **terms: Any) -> InvoiceDocument:
    """An invoice of these lines; `inclusive`: their amounts hold the VAT, which is taken out."""
    nets: list[DocumentLine] = []
    taxes: list[TaxSum] = []
    for category, rate in dict.fromkeys((each.category, each.tax_rate) for each in lines):
        group = [each for each in lines if (each.category, each.tax_rate) == (category, rate)]
        made = taxed(sum(each.net_minor for each in group), rate, inclusive=inclusive)
        taxes.append(TaxSum(category, rate, made.net_minor, made.tax_minor))
        nets += _without_tax(group, made.tax_minor) if inclusive else group
    net_minor = sum(tax.net_minor for tax in taxes)
    tax_minor = sum(tax.tax_minor for tax in taxes)
    given = {
        "kind": "invoice",
        "number": NUMBER,
        "issued_on": date(2026, 3, 1),
        "due_on": date(2026, 3, 31),
        "begins_on": date(2026, 2, 1),
        "ends_on": date(2026, 2, 28),
        "seller": SHOP,
        "buyer": COMPANY,
        "currency": "EUR",
        "reference": payment_reference(NUMBER),
        "iban": "NL91ABNA0417164300",
    }
    sums = {"net_minor": net_minor, "tax_minor": tax_minor, "total_minor": net_minor + tax_minor}
    return InvoiceDocument(lines=tuple(nets), taxes=tuple(taxes), **{**given, **sums, **terms})


def _without_tax(group: list[DocumentLine], tax_minor: int) -> list[DocumentLine]:
    """The tax of the group is cut as the running sum of its lines grows."""
    running = list(accumulate(each.net_minor for each in group))
    whole = running[-1]
    sign = -1 if whole < 0 else 1
    cuts = [round_div(tax_minor * each * sign, abs(whole)) if whole else 0 for each in running]
    return [
        DocumentLine(each.item, each.quantity, each.net_minor - after + before, *_tax_of(each))
        for each, before, after in zip(group, [0, *cuts], cuts, strict=False)
    ]


def _tax_of(each: DocumentLine) -> tuple[int, Category]:
    return each.tax_rate, each.category
