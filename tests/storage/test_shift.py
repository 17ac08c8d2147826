"""The drawer: float, sales, movements and the count make one sum."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused
from store_app.desk.context import Desk
from store_app.desk.orders import refund_order
from store_app.desk.sales import sell
from store_app.desk.shifts import (
    close_shift,
    current_shift,
    last_z_report,
    move_cash,
    open_shift,
    x_report,
)
from tests.shop import small_shop

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop with VAT and an open shift of 100.00."""
    return small_shop(desk, vat_rate="21")


def test_expected_is_float_plus_sales_minus_refunds_plus_movements(shop: Desk) -> None:
    """The X report adds up at any time and changes nothing."""
    sell(shop, sku=SKU, pay="cash", key="k1", tendered="50")
    second = sell(shop, sku=SKU, pay="cash", key="k2")
    refund_order(shop, second.order, key="r1")
    move_cash(shop, amount="-20.00", reason="Bank")
    move_cash(shop, amount="5.00", reason="Coins")
    report = x_report(shop)
    assert report.expected_minor == 10000 + 1513 - 2000 + 500
    assert report.totals["sales"] == 2
    assert report.totals["by_tender"] == [
        {"method": "cash", "currency": "EUR", "total_minor": 3026}
    ]
    assert report.totals["by_tax_rate"] == [
        {"rate": 2100, "currency": "EUR", "net_minor": 2500, "tax_minor": 526}
    ]
    assert report.totals["refunds"] == [
        {"destination": "drawer", "currency": "EUR", "total_minor": 1513}
    ]
    assert x_report(shop) == report


def test_closing_numbers_and_freezes_the_report(shop: Desk) -> None:
    """The Z report has the next number, the variance, and never changes afterwards."""
    sell(shop, sku=SKU, pay="cash", key="k1")
    closed = close_shift(shop, counted="115.00", reason="a coin rolled away")
    assert (closed.number, closed.expected_minor, closed.variance_minor) == (1, 11513, -13)
    assert current_shift(shop) is None
    open_shift(shop, float_amount="50.00")
    sell(shop, sku=SKU, pay="cash", key="k2")
    assert last_z_report(shop, 1).totals == closed.totals
    assert close_shift(shop, counted="65.13").number == 2
    assert x_raises(shop)


def x_raises(desk: Desk) -> bool:
    """Whether there is no X report without a shift."""
    with pytest.raises(NotFound):
        x_report(desk)
    return True


def test_one_open_shift_per_register(shop: Desk) -> None:
    """A second shift is refused while one is open."""
    with pytest.raises(Refused) as refusal:
        open_shift(shop, float_amount="1.00")
    assert refusal.value.code == "shift_open"


def test_closing_twice_with_one_key_is_one_z(shop: Desk) -> None:
    """The same key gives the same Z again; another body is a conflict."""
    first = close_shift(shop, counted="100.00", key="z1")
    again = close_shift(shop, counted="100.00", key="z1")
    assert (first.number, first.replayed) == (1, False)
    assert again == replace(first, replayed=True)
    with pytest.raises(IdempotencyConflict):
        close_shift(shop, counted="99.00", key="z1")


def test_a_repeated_opening_shows_the_shift_as_it_was_opened(desk: Desk) -> None:
    """The first answer stands, whatever was sold since."""
    small_shop(desk, shift=False)
    first = open_shift(desk, float_amount="100.00", key="o1")
    sell(desk, sku=SKU, pay="cash", key="k1")
    assert open_shift(desk, float_amount="100.00", key="o1") == replace(first, replayed=True)


@pytest.mark.parametrize(
    ("amount", "reason", "code"),
    [("0", "Nothing", "bad_amount"), ("5", " ", "bad_amount"), ("-500", "Bank", "drawer_too_low")],
)
def test_impossible_movements_are_refused(shop: Desk, amount: str, reason: str, code: str) -> None:
    """A movement needs an amount, a reason, and that much in the drawer."""
    with pytest.raises(Refused) as refusal:
        move_cash(shop, amount=amount, reason=reason)
    assert refusal.value.code == code
    assert x_report(shop).expected_minor == 10000


@pytest.mark.parametrize("text", ["-1", "abc", "1.234", ""])
def test_counted_cash_is_a_decimal_amount(shop: Desk, text: str) -> None:
    """Nonsense is refused and the shift stays open."""
    with pytest.raises(Refused):
        close_shift(shop, counted=text)
    assert current_shift(shop) is not None
