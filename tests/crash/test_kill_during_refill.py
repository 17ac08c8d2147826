"""kill -9 between each two steps of an automatic refill: one charge, one refill, honest books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_esim_refill, set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import sell
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.usage import import_usage
from store_app.desk.wallets import show_wallet
from tests.crash.own_processes import died
from tests.crash.refill_that_dies import main
from tests.refills import ANA, PAYMENTS, SKU, ana_buys, card_shop, charges
from tests.stripe_double import StripeDouble
from tests.stripe_server import serving

MOMENTS = 8
"""The sale with the episode that it opens; the order with its claim; the call; its outcome: each
with a moment before and one after it."""
USAGE_MOMENTS = 18
"""The same of an import of usage: its source, its rows, its step, then the refill."""


@pytest.fixture
def address(stripe_double: StripeDouble) -> Iterator[str]:
    """Stripe's double on a port of this machine."""
    with serving(stripe_double) as url:
        yield url


@pytest.fixture
def usage(tmp_path: Path) -> Path:
    """Where the usage of Ana's eSIM is written."""
    return tmp_path / "usage.csv"


def used(desk: Desk, usage: Path) -> str:
    """Ana's eSIM, which refills itself under 500 MB, and a file of 4.8 of 5 GB used; its number."""
    iccid = ana_buys(desk)
    set_esim_refill(desk, iccid, refill="1GB", pay="card", threshold="500")
    row = f"u1,{iccid},2026-03-01T10:00:00Z,4800000000,ES"
    usage.write_text(f"event_id,iccid,started_at,bytes,country\n{row}\n")
    return iccid


@pytest.mark.parametrize("moment", range(1, USAGE_MOMENTS + 1))
def test_a_refill_of_an_esim_that_died_is_made_once(
    desk: Desk, stripe_double: StripeDouble, address: str, usage: Path, moment: int
) -> None:
    """Killed between the first row and the refill: the file again, the upkeep, one charge."""
    shop = card_shop(desk, stripe_double)
    iccid = used(shop, usage)
    assert died(main, shop, address, moment, usage) == -9
    import_usage(shop, usage, source="mno")
    maintain(shop)
    assert charges(stripe_double) == [400]
    assert len(set(stripe_double.bodies(PAYMENTS))) == 1
    assert show_esim(shop, iccid).data_left_bytes == 1_200_000_000
    assert show_auto_refill(shop, iccid).begun_today == 1
    assert [check for check in doctor(shop) if not check.ok] == []


def test_an_esim_has_no_more_moments(
    sqlite_desk: Desk, stripe_double: StripeDouble, address: str, usage: Path
) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    shop = card_shop(sqlite_desk, stripe_double)
    used(shop, usage)
    assert died(main, shop, address, USAGE_MOMENTS + 1, usage) == 0


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_a_refill_that_died_is_made_once(
    desk: Desk, stripe_double: StripeDouble, address: str, moment: int
) -> None:
    """Killed anywhere: the same key and the upkeep end in one charge, one key, one body."""
    shop = card_shop(desk, stripe_double)
    set_wallet_refill(shop, ANA, amount="30.00", threshold="40.00")
    assert died(main, shop, address, moment) == -9
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
    assert died(main, shop, address, MOMENTS + 1) == 0
