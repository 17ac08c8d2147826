"""An invoice or credit note as a document: what every way of writing it tells, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Category = Literal["S", "Z", "E", "AE", "O"]
"""UNTDID 5305: standard, zero, exempt, reverse charge, outside the scope of VAT."""


@dataclass(frozen=True, slots=True)
class Party:
    """The seller or the buyer; what is not known is empty."""

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    """ISO 3166-1, two letters."""
    vat_number: str = ""
    registration: str = ""
    """The number in the register of companies."""
    email: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One item; its net amount is rounded, and the lines add up to the document's net total."""

    item: str
    quantity: int
    net_minor: int
    tax_rate: int
    """Hundredths of a percent."""
    category: Category


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All lines of one category and rate together."""

    category: Category
    tax_rate: int
    net_minor: int
    tax_minor: int
    exemption: str = ""
    """Why no tax is charged, where that must be said."""


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """What is owed, to whom and why. Amounts of a credit note are positive: its kind says the rest.

    Attributes:
        preceding: number of the invoice that a credit note corrects.
        reference: the payment reference (RF, ISO 11649).
        begins_on: first and last day of what is billed; a single delivery has one day.
        iban: where to pay by bank transfer, or empty.

    Raises:
        ValueError: it does not add up, or a rate does not go with its category.

    """

    kind: Literal["invoice", "credit_note"]
    number: str
    issued_on: date
    due_on: date | None
    begins_on: date
    ends_on: date
    seller: Party
    buyer: Party
    currency: str
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxSum, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    paid_minor: int = 0
    preceding: str = ""
    reference: str = ""
    iban: str = ""
    note: str = ""

    @property
    def due_minor(self) -> int:
        """What is still to be paid; below zero where too much was (EN 16931 BR-CO-16)."""
        return self.total_minor - self.paid_minor

    def __post_init__(self) -> None:
        sums, nets = Counter[tuple[Category, int]](), Counter[tuple[Category, int]]()
        for line in self.lines:
            nets[line.category, line.tax_rate] += line.net_minor
            if line.net_minor and not line.quantity:
                raise ValueError(f"{self.number}: none of an item costs something")
        for tax in self.taxes:
            sums[tax.category, tax.tax_rate] += tax.net_minor
            if (tax.tax_rate > 0) != (tax.category == "S"):
                raise ValueError(f"{self.number}: a rate other than zero is category S")
        totals = (self.net_minor, self.tax_minor, self.net_minor + self.tax_minor)
        added = (sum(nets.values()), sum(tax.tax_minor for tax in self.taxes), self.total_minor)
        if sums != nets or len(sums) != len(self.taxes) or totals != added:
            raise ValueError(f"{self.number}: the document does not add up")


def credited(document: InvoiceDocument) -> InvoiceDocument:
    """An invoice of less than nothing as the credit note that it is; every other document as is."""
    if document.kind != "invoice" or document.total_minor >= 0:
        return document
    return replace(
        document,
        kind="credit_note",
        lines=tuple(replace(line, net_minor=-line.net_minor) for line in document.lines),
        taxes=tuple(
            replace(tax, net_minor=-tax.net_minor, tax_minor=-tax.tax_minor)
            for tax in document.taxes
        ),
        net_minor=-document.net_minor,
        tax_minor=-document.tax_minor,
        total_minor=-document.total_minor,
        paid_minor=-document.paid_minor,
    )
