"""An invoice or credit note as a document: what every way of writing it tells, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
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
