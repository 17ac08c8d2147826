"""A document adds up, or there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.documents.invoice_document import TaxSum, credited
from tests.invoices import invoice, line


@pytest.mark.parametrize(
    "change",
    [
        {"net_minor": 3751},
        {"tax_minor": 789},
        {"total_minor": 4539},
        {"net_minor": 3751, "total_minor": 4539},
        {"lines": (line(3749),)},
        {"lines": (line(3750, 900),)},
        {"lines": (line(3750, quantity=0),)},
        {"taxes": ()},
        {"taxes": (TaxSum("S", 2100, 3750, 787),)},
        {"taxes": (TaxSum("S", 2100, 3750, 788), TaxSum("S", 2100, 0, 0))},
    ],
)
def test_what_does_not_add_up_is_refused(change: dict[str, object]) -> None:
    """Lines, taxes and totals agree, each rate is summed once, and nothing is billed for none."""
    document = invoice(line(3750))
    with pytest.raises(ValueError, match="INV-2026-0042"):
        replace(document, **change)  # type: ignore[arg-type]  # a table of every field


@pytest.mark.parametrize("tax", [("S", 0), ("Z", 2100), ("AE", 100)])
def test_a_rate_goes_with_its_category(tax: tuple[str, int]) -> None:
    """Only the standard category has a rate, and it has one."""
    category, rate = tax
    with pytest.raises(ValueError, match="category S"):
        invoice(line(100, rate, category))  # type: ignore[arg-type]  # a word from a table


def test_what_is_due() -> None:
    """The total without what is paid, below zero where too much is."""
    assert invoice(line(1000)).due_minor == 1210
    assert invoice(line(1000), paid_minor=1500).due_minor == -290


def test_less_than_nothing_is_a_credit_note() -> None:
    """All amounts turn, the quantities stay, and what is owed is the same."""
    turned = credited(invoice(line(-5000, quantity=2), line(1000), paid_minor=-100))
    assert turned.kind == "credit_note"
    assert [(each.quantity, each.net_minor) for each in turned.lines] == [(2, 5000), (1, -1000)]
    assert (turned.net_minor, turned.tax_minor, turned.total_minor) == (4000, 840, 4840)
    assert turned.due_minor == 4740


@pytest.mark.parametrize(
    "document", [invoice(line(1)), invoice(line(0)), invoice(line(-1), kind="credit_note")]
)
def test_every_other_document_stays(document: object) -> None:
    """Nothing is owed back by an invoice of nothing, nor twice by a credit note."""
    assert credited(document) is document  # type: ignore[arg-type]  # a table of documents
