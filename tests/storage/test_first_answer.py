"""A repeated key gives the first answer, whatever has happened since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store_app.desk.context import Desk
from store_app.desk.orders import refund_order
from store_app.desk.people import add_company
from store_app.desk.sales import refill, sell, top_up
from tests.shop import small_shop

SKU = "ES-5GB-30D"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop with a company."""
    add_company(small_shop(desk), "Acme")
    return desk


def test_a_refunded_sale_repeats_its_answer_without_its_code(shop: Desk) -> None:
    """The state is that of the first answer; the code of an eSIM that is not sold is not shown."""
    first = sell(shop, sku=SKU, pay="cash", key="k1")
    refund_order(shop, first.order, key="r1")
    again = sell(shop, sku=SKU, pay="cash", key="k1")
    assert again == replace(first, replayed=True, activation_code="", qr_payload="")


def test_a_refill_repeats_its_balance(shop: Desk) -> None:
    """A second refill does not change the answer to the first."""
    sale = sell(shop, sku=SKU, pay="cash", key="k1")
    first = refill(shop, str(sale.iccid), refill="1GB", pay="cash", key="f1")
    refill(shop, str(sale.iccid), refill="1GB", pay="cash", key="f2")
    again = refill(shop, str(sale.iccid), refill="1GB", pay="cash", key="f1")
    assert again == replace(first, replayed=True)


def test_a_top_up_repeats_its_balance_and_tells_the_wallet_now(shop: Desk) -> None:
    """The balance after the deposit stays; limits and history are those of the wallet now."""
    first = top_up(shop, "Acme", amount="10.00", pay="cash", key="t1")
    top_up(shop, "Acme", amount="5.00", pay="cash", key="t2")
    again = top_up(shop, "Acme", amount="10.00", pay="cash", key="t1")
    assert (first.balance_minor, again.balance_minor, again.replayed) == (1000, 1000, True)
    assert [entry["balance_minor"] for entry in again.history] == [1500, 1000]
    assert (again.minimum_minor, again.held_minor) == (0, 0)
