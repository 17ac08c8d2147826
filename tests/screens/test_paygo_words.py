"""What the screens say of a PAYGO eSIM: money instead of data, and why it is off."""

from __future__ import annotations

import pytest

from store_app.desk.context import Desk
from store_app.desk.esims import EsimView, show_esim
from store_app.desk.people import add_user
from store_app.desk.sales import sell, top_up
from store_app.desk.wallets import configure_wallet
from store_app.screens.esim_words import gauge, left_words, row_cells, state_cell, state_sentence
from store_app.screens.plan_words import describe_plan
from store_app.shelf import read_shelf
from tests.paygo import SKU, paygo
from tests.shop import add_plans, add_stock, small_shop

ANA = "ana@example.com"


@pytest.fixture
def view(sqlite_desk: Desk) -> EsimView:
    """A PAYGO eSIM whose wallet holds 4.00 and has just reached its minimum."""
    small_shop(sqlite_desk)
    add_plans(sqlite_desk, paygo())
    add_stock(sqlite_desk, SKU, 2, first=100)
    add_user(sqlite_desk, ANA)
    top_up(sqlite_desk, ANA, amount="5.00", pay="manual", key="t1")
    sale = sell(sqlite_desk, sku=SKU, pay="wallet", customer=ANA, key="k1")
    assert show_esim(sqlite_desk, sale.order).status == "activation_ready"
    configure_wallet(sqlite_desk, ANA, minimum="4.00")
    return show_esim(sqlite_desk, sale.order)


def test_money_stands_where_data_would(view: EsimView) -> None:
    """Balance and charges in words; the gauge shows what can still be spent."""
    assert left_words(view) == "4.00 EUR in the wallet, 0.00 EUR charged for usage"
    assert gauge(view) == (0, 0)
    assert "0.00 EUR" in str(row_cells(view)[4])


def test_the_reason_says_what_to_do(view: EsimView) -> None:
    """At its limit: a top-up resumes it."""
    assert state_cell(view).text == "Limit"
    assert "A top-up resumes it." in state_sentence(view)


def test_the_shelf_offers_it(sqlite_desk: Desk) -> None:
    """PAYGO plans are sold over the counter."""
    add_plans(sqlite_desk, paygo())
    assert [card.is_offered for card in read_shelf(sqlite_desk)] == [True]


def test_a_paygo_plan_is_described_as_on_sale(view: EsimView, sqlite_desk: Desk) -> None:
    """Stock and packs, as it is sold at the till."""
    del view
    lines = describe_plan(sqlite_desk, SKU)
    assert "in stock" in lines[1]
    assert lines[4].startswith("Packs with VAT: ")
