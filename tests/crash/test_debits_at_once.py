"""Fifty debits under a threshold by ten processes at once: one order, one charge, one refill."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlmodel import select

from catalog.kernel.database import snapshot
from checkout.billing.refill_tables import RefillEpisodeRow
from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.sales import top_up
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import show_wallet
from tests.refills import ANA, PAYMENTS, ana_buys, card_shop, charges
from tests.stripe_double import StripeDouble
from tests.stripe_server import serving

PROCESSES = 10
DEBITS = 50


def started(desk: Desk, address: str, iccid: str, keys: list[str]) -> subprocess.Popen[str]:
    """A process with so many debits, which waits to be told to begin."""
    store = desk.engine.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.crash.debits_at_once", store, address, iccid, *keys]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def begin(process: subprocess.Popen[str]) -> None:
    """Let a process that is ready begin."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.long
def test_fifty_debits_of_ten_processes_are_one_refill(
    desk: Desk, stripe_double: StripeDouble
) -> None:
    """All debits are made, each under the threshold, each looking for what is due: one charge."""
    shop = card_shop(desk, stripe_double)
    iccid = ana_buys(shop)
    top_up(shop, ANA, amount="250.00", pay="manual", key="more")
    set_wallet_refill(shop, ANA, amount="500.00", threshold="290.00")
    keys = [f"d{number}" for number in range(DEBITS)]
    with serving(stripe_double) as address:
        lanes = [started(shop, address, iccid, keys[at::PROCESSES]) for at in range(PROCESSES)]
        said = [lane.stdout.readline() for lane in lanes if lane.stdout is not None]
        for lane in lanes:
            begin(lane)
        ends = [lane.wait(timeout=120) for lane in lanes]
        for lane in lanes:
            lane.communicate()
    assert (said, ends) == (["ready\n"] * PROCESSES, [0] * PROCESSES)
    maintain(shop)
    assert charges(stripe_double) == [50_000]
    assert len(set(stripe_double.bodies(PAYMENTS))) == 1
    assert show_wallet(shop, ANA).balance_minor == 30_000 - DEBITS * 400 + 50_000
    assert show_auto_refill(shop, ANA).begun_today == 1
    with snapshot(shop.engine) as session:
        assert [one.state for one in session.exec(select(RefillEpisodeRow))] == ["refilled"]
    assert [check for check in doctor(shop) if not check.ok] == []
