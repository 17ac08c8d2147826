"""Figures and words on the page of an invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from checkout.documents import invoice_figures as figures
from checkout.documents.transfer_code import transfer_code
from tests.invoices import COMPANY, invoice, line


@pytest.mark.parametrize(
    ("minor", "currency", "told"),
    [
        (123456789, "EUR", "1,234,567.89"),
        (-5, "EUR", "−0.05"),
        (0, "EUR", "0.00"),
        (1980, "JPY", "1,980"),
        (12345, "KWD", "12.345"),
        (10**15, "USD", "10,000,000,000,000.00"),
    ],
)
def test_money(minor: int, currency: str, told: str) -> None:
    """Thousands are set apart, and the decimals are the currency's own."""
    assert figures.money(minor, currency) == told


@pytest.mark.parametrize(
    ("rate", "told"), [(2100, "21 %"), (550, "5.5 %"), (0, "0 %"), (1, "0.01 %"), (10000, "100 %")]
)
def test_rates(rate: int, told: str) -> None:
    """No zeros behind, no power of ten."""
    assert figures.rate(rate) == told


def test_addresses() -> None:
    """The country stands there where it is another; what is not known takes no line."""
    assert figures.address(COMPANY, "DE") == ["Lindenallee 3", "10115 Berlin"]
    assert figures.address(COMPANY, "NL") == ["Lindenallee 3", "10115 Berlin", "Germany"]
    assert figures.address(replace(COMPANY, street="", postcode="", city=""), "DE") == []
    assert figures.address(replace(COMPANY, country="XQ"), "NL")[-1] == "XQ"


def test_heading_of_a_single_day() -> None:
    """One day of delivery is no period, and a credit note is not due."""
    day = date(2026, 3, 1)
    credit = invoice(line(1), kind="credit_note", begins_on=day, ends_on=day, preceding="A-1")
    labels = [label for label, _ in figures.heading(credit)]
    assert labels == ["Number", "Date", "Delivered", "For invoice"]


@pytest.mark.parametrize(
    ("quantity", "net_minor", "told"),
    [
        (3, 3750, ("3", "12.50", "37.50")),
        (3, 1000, ("3", "≈ 3.33", "10.00")),
        (2, -1000, ("−2", "5.00", "−10.00")),
        (-2, 1000, ("2", "5.00", "10.00")),
        (0, 0, ("0", "0.00", "0.00")),
        (12000, 12000, ("12,000", "0.01", "120.00")),
    ],
)
def test_lines(quantity: int, net_minor: int, told: tuple[str, str, str]) -> None:
    """The sign stands with quantity and amount; a rounded price says that it is."""
    _, number, price, rate, amount = figures.line_cells(line(net_minor, quantity=quantity), "EUR")
    assert (number, price, amount) == told
    assert rate == "21 %"


@pytest.mark.parametrize(
    ("terms", "due", "remark"),
    [
        ({}, ("To pay", "1.21 EUR"), []),
        ({"due_on": None}, ("To pay", "1.21 EUR"), ["Payable on receipt."]),
        ({"paid_minor": 121}, ("To pay", "0.00 EUR"), ["Settled in full. Thank you."]),
        ({"paid_minor": 200}, ("Paid too much", "0.79 EUR"), ["Settled in full. Thank you."]),
        (
            {"kind": "credit_note"},
            ("To pay back", "1.21 EUR"),
            ["Paid back, or set off against an invoice."],
        ),
    ],
)
def test_what_is_due(terms: dict[str, Any], due: tuple[str, str], remark: list[str]) -> None:
    """Who owes whom, and how that is settled."""
    document = invoice(line(100), **terms)
    assert figures.due(document) == due
    assert list(figures.remarks(document)) == remark


def test_why_no_tax_is_charged() -> None:
    """The document's own reason goes before the usual one."""
    exempt = invoice(line(100, 0, "E"))
    own = replace(exempt.taxes[0], exemption="Article 44.")
    assert next(figures.remarks(exempt)) == "Exempt from VAT."
    assert next(figures.remarks(replace(exempt, taxes=(own,)))) == "Article 44."


def test_what_the_banking_app_is_told() -> None:
    """EPC069-12, version 2: to whom, where, how much, and the reference that is checked."""
    assert transfer_code(invoice(line(1000))) == (
        "BCD\n002\n1\nSCT\n\nTulip Telecom B.V.\nNL91ABNA0417164300\nEUR12.10\n\nRF73INV20260042"
    )
    free = transfer_code(invoice(line(1000), reference="order 7", number="A\n7"))
    assert str(free).splitlines()[-2:] == ["", "A 7"]


@pytest.mark.parametrize(
    "terms",
    [
        {"currency": "USD"},
        {"iban": ""},
        {"iban": "NL91ABNA0417164301"},
        {"kind": "credit_note"},
        {"paid_minor": 1210},
        {"paid_minor": -(10**11)},
    ],
)
def test_what_no_banking_app_can_pay(terms: dict[str, Any]) -> None:
    """Another currency, no valid account, nothing to pay, or too much for one transfer."""
    assert transfer_code(invoice(line(1000), **terms)) is None
