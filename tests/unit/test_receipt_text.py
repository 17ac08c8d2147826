"""Receipts on paper: who issued them, when by which clock, and for how much."""

from __future__ import annotations

import pytest

from checkout.documents.receipt_text import receipt_text

CONTENT = {
    "document": "receipt",
    "number": "R1-000001",
    "order": "O-7K3M9QXA",
    "register": "R1",
    "clerk": "ines",
    "at": "2026-11-22T16:19:49.779165Z",
    "currency": "EUR",
    "tax_rate": 2100,
    "method": "cash",
    "item": "Spain 5 GB",
    "net_minor": 1250,
    "tax_minor": 263,
    "total_minor": 1513,
}


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        ({}, "2026-11-22 16:19 UTC  ines"),
        ({"zone": "UTC"}, "2026-11-22 16:19 UTC  ines"),
        ({"zone": "Europe/Madrid"}, "2026-11-22 17:19 CET  ines"),
        ({"zone": "Asia/Tokyo"}, "2026-11-23 01:19 JST  ines"),
    ],
)
def test_the_time_is_told_to_the_minute_with_its_zone(kept: dict[str, str], line: str) -> None:
    """The zone is the one kept on the day of issue; receipts from before that are in UTC."""
    assert line in receipt_text(CONTENT | kept).splitlines()


def test_the_shop_stands_on_top() -> None:
    """In the middle of the first line; without a name the receipt begins with its number."""
    assert receipt_text(CONTENT | {"shop": "Casa Móvil"}).splitlines()[0].strip() == "Casa Móvil"
    assert receipt_text(CONTENT | {"shop": ""}) == receipt_text(CONTENT)
    assert receipt_text(CONTENT).startswith("RECEIPT R1-000001\n")
