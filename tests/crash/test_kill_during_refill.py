"""kill -9 between each two steps of an automatic refill: one charge, one refill, honest books."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import show_wallet
from tests.refills import ANA, PAYMENTS, SKU, card_shop, charges
from tests.stripe_double import StripeDouble
from tests.stripe_server import serving

MOMENTS = 8
"""The sale with the episode that it opens; the order with its claim; the call; its outcome: each
with a moment before and one after it."""


@pytest.fixture
def address(stripe_double: StripeDouble) -> Iterator[str]:
    """Stripe's double on a port of this machine."""
    with serving(stripe_double) as url:
        yield url


def die(desk: Desk, address: str, moment: int) -> int:
    """Sell in a process that kills itself; its exit status."""
    store = desk.engine.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.crash.refill_that_dies", store, address, str(moment)]
    return subprocess.run(program, check=False).returncode


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_a_refill_that_died_is_made_once(
    desk: Desk, stripe_double: StripeDouble, address: str, moment: int
) -> None:
    """Killed anywhere: the same key and the upkeep end in one charge, one key, one body."""
    shop = card_shop(desk, stripe_double)
    set_wallet_refill(shop, ANA, amount="30.00", threshold="40.00")
    assert die(shop, address, moment) == -9
    sell(shop, sku=SKU, pay="wallet", key="w1", customer=ANA)
    maintain(shop)
    assert charges(stripe_double) == [3_000]
    assert len(set(stripe_double.bodies(PAYMENTS))) == 1
    assert show_wallet(shop, ANA).balance_minor == 5_000 - 1_250 + 3_000
    assert show_auto_refill(shop, ANA).begun_today == 1
    assert [check for check in doctor(shop) if not check.ok] == []


def test_there_are_no_more_moments(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str
) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    shop = card_shop(sqlite_desk, stripe_double)
    set_wallet_refill(shop, ANA, amount="30.00", threshold="40.00")
    assert die(shop, address, MOMENTS + 1) == 0
