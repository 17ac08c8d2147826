"""What keeps a document from being an electronic invoice (EN 16931)."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.kernel.money import exponent
from checkout.documents.invoice_document import InvoiceDocument, Party
from checkout.documents.plain_text import compact, one_line

_LEAST_RATE = 50
_ALSO_PREFIXES = ("EL", "XI")  # Greece and Northern Ireland, before a VAT number only


def refusals(document: InvoiceDocument) -> tuple[str, ...]:
    """Why a document can't be an electronic invoice, in sentences; none when it can be one."""
    return (
        *(() if one_line(document.number) else ("It has no number.",)),
        *_party_refusals("seller", document.seller),
        *_party_refusals("buyer", document.buyer),
        *_tax_refusals(document),
        *_amount_refusals(document),
    )


def _party_refusals(who: str, party: Party) -> Iterator[str]:
    import pycountry

    if not one_line(party.name):
        yield f"The {who} has no name."
    if pycountry.countries.get(alpha_2=party.country) is None:
        yield f"The {who} has no country."
    prefix = compact(party.vat_number)[:2]
    if prefix and prefix not in _ALSO_PREFIXES and pycountry.countries.get(alpha_2=prefix) is None:
        yield f"The VAT number of the {who} does not begin with a country."


def _tax_refusals(document: InvoiceDocument) -> Iterator[str]:
    categories = {line.category for line in document.lines}
    seller, buyer = document.seller, document.buyer
    if not categories:
        yield "It has no lines."
    if not all(one_line(line.item) for line in document.lines):
        yield "A line has no words."
    if categories == {"O"} and not one_line(seller.registration):
        yield "A seller outside the scope of VAT needs a number in the register of companies."
    if categories - {"O"} and not compact(seller.vat_number):
        yield "The seller has no VAT number."
    if "O" in categories and len(categories) > 1:
        yield "What is outside the scope of VAT needs a document of its own."
    if any(0 < line.tax_rate < _LEAST_RATE for line in document.lines):
        yield "A rate of less than half a percent is none to the rules of EN 16931 (BR-CO-17)."
    if "AE" in categories and not compact(buyer.vat_number):
        yield "Reverse charge needs the buyer's VAT number."


def _amount_refusals(document: InvoiceDocument) -> Iterator[str]:
    import pycountry

    if pycountry.currencies.get(alpha_3=document.currency) is None:
        yield f"{document.currency} is not a currency of ISO 4217."
    if exponent(document.currency) > 2 and any(amount % 10 for amount in _amounts(document)):
        yield "EN 16931 knows two decimals, and an amount here needs three."


def _amounts(document: InvoiceDocument) -> Iterator[int]:
    yield from (line.net_minor for line in document.lines)
    for tax in document.taxes:
        yield from (tax.net_minor, tax.tax_minor)
    yield document.paid_minor
