"""A card number in a text field of a file: the row is refused, the number is not repeated."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.kernel.row_errors import RowError
from catalog.plan_files import read_plan_file
from catalog.stock.raw_rows import RawRow
from catalog.stock.verdicts import Upload, judge
from checkout.billing.usage_files import UsageRow, read_usage

CARD = "4111 1111 1111 1111"
USAGE = "event_id,iccid,started_at,bytes,country\n"
PLANS = "sku,name,operator,companies,countries,currency,price,data_mb,validity_days\n"


@pytest.mark.parametrize("field", ["batch_ref", "purchase_order", "confirmation_code"])
def test_in_stock(field: str) -> None:
    """Numbers of the trade stay legal: the ICCID of this row passes Luhn too."""
    texts = {
        "iccid": "8931080000000000019",
        "activation_code": "LPA:1$smdp.example.com$K2",
        field: CARD,
    }
    refused = judge(RawRow(2, texts), Upload("Orange", "", {}, "EUR", date(2026, 3, 1)))
    assert isinstance(refused, RowError)
    assert (refused.line, refused.field) == (2, field)
    assert "4111" not in refused.reason


def test_event_ids_may_be_any_digits() -> None:
    """A network's own numbers are nobody's card, even where they pass the same check."""
    rest = ",8931080000000000019,2026-01-31T10:00:00Z,5,ES\n"
    read = list(read_usage([USAGE, "1738317600007" + rest, "4111111111111111" + rest]))
    assert all(isinstance(row, UsageRow) for row in read)


@pytest.mark.parametrize("field", ["sku", "name", "operator", "companies"])
def test_in_plans(field: str) -> None:
    """Twice, so that the SKU is also one that stands in the file already."""
    texts = {"sku": "A", "name": "B", "operator": "C", "companies": "D"}
    texts[field] = CARD.replace(" ", "-")
    row = ",".join(texts.values()) + ",ES,EUR,4.00,1000,7\n"
    read = read_plan_file("a.csv", PLANS + row + row)
    assert read.plans == ()
    assert (2, field) in [(error.line, error.field) for error in read.errors]
    assert not any("4111" in error.reason for error in read.errors)
