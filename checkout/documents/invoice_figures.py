"""What stands on the page of an invoice, as texts: money, dates, addresses, rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from catalog.kernel.money import decimal_string, exponent, round_div
from checkout.documents import invoice_words as words
from checkout.documents.invoice_document import DocumentLine, InvoiceDocument, Party, TaxSum
from checkout.documents.plain_text import one_line

_MINUS = "\N{MINUS SIGN}"  # as wide as a figure, and never the end of a line

Row = tuple[str, str]
"""What it is, and how much or when."""


def money(minor: int, currency: str) -> str:
    """An amount without its currency, with the decimals of that: `1,250.00`."""
    from babel.numbers import format_decimal

    digits = exponent(currency)
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    amount = Decimal(decimal_string(minor, currency))
    return str(format_decimal(amount, pattern, locale=words.LOCALE)).replace("-", _MINUS)


def rate(tax_rate: int) -> str:
    """Hundredths of a percent as people write them: `21 %`, `5.5 %`."""
    return f"{Decimal(tax_rate).scaleb(-2).normalize():f} %"


def day(when: date) -> str:
    """A day as the customer reads it: `1 March 2026`."""
    from babel.dates import format_date

    return str(format_date(when, "long", locale=words.LOCALE))


def address(party: Party, home: str) -> list[str]:
    """Street, town, and the country where it is not `home`."""
    from babel import Locale

    country = Locale.parse(words.LOCALE).territories.get(party.country, party.country)
    town = f"{party.postcode} {party.city}"
    lines = (party.street, town, "" if party.country == home else country)
    return [line for line in map(one_line, lines) if line]


def numbers(party: Party) -> list[str]:
    """What tax offices and registers know a party by."""
    told = ((words.VAT_NUMBER, party.vat_number), (words.REGISTRATION, party.registration))
    return [form.format(one_line(number)) for form, number in told if number]


def heading(document: InvoiceDocument) -> list[Row]:
    """Number and days."""
    begins, ends = document.begins_on, document.ends_on
    period = (words.DELIVERED, day(ends))
    if begins != ends:
        period = (words.PERIOD, f"{day(begins)} – {day(ends)}")
    rows = [(words.NUMBER, one_line(document.number)), (words.ISSUED, day(document.issued_on))]
    if document.due_on and document.kind == "invoice":
        rows.append((words.DUE, day(document.due_on)))
    rows.append(period)
    if document.preceding:
        rows.append((words.CORRECTS, one_line(document.preceding)))
    return rows


def line_cells(line: DocumentLine, currency: str) -> tuple[str, str, str, str, str]:
    """One row below `COLUMNS`; a price that is rounded says so."""
    size, net_minor = abs(line.quantity), abs(line.net_minor)
    quantity = -size if line.net_minor < 0 else size
    price = money(round_div(net_minor, size or 1), currency)
    is_rounded = bool(size and net_minor % size)
    return (
        one_line(line.item),
        f"{quantity:,}".replace("-", _MINUS),
        f"≈ {price}" if is_rounded else price,
        "–" if line.category == "O" else rate(line.tax_rate),
        money(line.net_minor, currency),
    )


def sums(document: InvoiceDocument) -> list[Row]:
    """From the net total down to the total, without what is due."""
    currency = document.currency
    taxes = [(_tax_words(tax, currency), money(tax.tax_minor, currency)) for tax in document.taxes]
    net = (words.NET, money(document.net_minor, currency))
    return [net, *taxes, (words.TOTAL, money(document.total_minor, currency)), *_paid(document)]


def _tax_words(tax: TaxSum, currency: str) -> str:
    percent = "" if tax.category == "O" else rate(tax.tax_rate)
    told = words.TAX_ON.format(words.TAX[tax.category], percent, money(tax.net_minor, currency))
    return " ".join(told.split())


def _paid(document: InvoiceDocument) -> list[Row]:
    paid_minor = document.paid_minor
    return [(words.PAID, money(-paid_minor, document.currency))] if paid_minor else []


def due(document: InvoiceDocument) -> Row:
    """What is left, with its currency."""
    label = words.TO_PAY if document.kind == "invoice" else words.TO_PAY_BACK
    if document.due_minor < 0:
        label = words.PAID_TOO_MUCH
    return label, f"{money(abs(document.due_minor), document.currency)} {document.currency}"


def remarks(document: InvoiceDocument) -> Iterator[str]:
    """Why no tax is charged, what was agreed, and how it is settled, each a sentence."""
    for tax in document.taxes:
        if tax.category in words.EXEMPTION:
            yield one_line(tax.exemption) or words.EXEMPTION[tax.category]
    if document.note:
        yield one_line(document.note)
    if document.due_minor <= 0:
        yield words.PAID_IN_FULL
    elif document.kind == "credit_note":
        yield words.PAID_BACK
    elif document.due_on is None:
        yield words.PAYABLE_AT_ONCE


def transfer(document: InvoiceDocument) -> list[Row]:
    """How to pay it by bank, or nothing where that is not asked for."""
    from stdnum import iban, iso11649

    if document.kind == "credit_note" or document.due_minor <= 0 or not document.iban:
        return []
    rows = [
        (words.TO, one_line(document.seller.name)),
        (words.IBAN, iban.format(document.iban)),
        (words.REFERENCE, iso11649.format(document.reference)),
        (words.AMOUNT, due(document)[1]),
    ]
    return rows + ([(words.BEFORE, day(document.due_on))] if document.due_on else [])
