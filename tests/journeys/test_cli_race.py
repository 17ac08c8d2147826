"""Many processes at one store, and processes killed in the middle: nothing is sold twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from tests.journeys.shop_program import SPAIN, Shop, finish

_SELL_EACH = (
    "import sys; from store_app.__main__ import main\n"
    "for key in sys.argv[2:]:\n"
    f"    main(['sell', '--plan', '{SPAIN}', '--pay', 'cash', '--key', key,\n"
    "          '--store', sys.argv[1], '--json'])\n"
)


def _seller(shop: Shop, keys: Sequence[str]) -> subprocess.Popen[str]:
    """A process that sells once per key and prints a document a line."""
    return subprocess.Popen(
        [sys.executable, "-c", _SELL_EACH, str(shop.path), *keys],
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _sales(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def _sound(shop: Shop, sold: int) -> None:
    """So many orders, each with an eSIM of its own, the cash for each, and a content doctor."""
    orders = shop.ask("order", "list")["orders"]
    assert [order["state"] for order in orders] == ["delivered"] * sold
    assert len({order["iccid"] for order in orders}) == sold
    assert len({order["receipt"] for order in orders}) == sold
    assert shop.ask("shift", "x")["expected_minor"] == 10000 + sold * 1513
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])


def test_eight_processes_send_fifty_sales_with_every_key_twice(shop: Shop) -> None:
    """Each key sells once, in whichever process comes first; the other one gets its result."""
    keys = [f"k{number}" for number in range(25)]
    pairs = [keys[lane::4] for lane in range(4)]
    said = [finish(seller) for seller in [_seller(shop, lane) for lane in [*pairs, *pairs]]]
    by_key = defaultdict(list)
    for sale in [sale for each in said for sale in _sales(each.out)]:
        assert "error" not in sale
        by_key[sale["key"]].append(sale)
    assert set(by_key) == set(keys)
    for first, second in by_key.values():
        assert {first["replayed"], second["replayed"]} == {False, True}
        assert first["iccid"] == second["iccid"]
        assert first["order"] == second["order"]
    _sound(shop, 25)


def test_more_buyers_than_profiles_leave_clean_refusals(shop: Shop) -> None:
    """Thirty profiles, forty buyers: thirty sales and ten times `sold_out`."""
    lanes = [[f"k{lane}-{number}" for number in range(10)] for lane in range(4)]
    said = [finish(seller) for seller in [_seller(shop, lane) for lane in lanes]]
    sales = [sale for each in said for sale in _sales(each.out)]
    refused = [sale["error"]["code"] for sale in sales if "error" in sale]
    assert refused == ["sold_out"] * 10
    _sound(shop, 30)


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_sale_is_finished_by_its_key(shop: Shop, seed: int) -> None:
    """Kill -9 at a random moment while selling; the same keys again make everything whole."""
    keys = [f"k{number}" for number in range(12)]
    seller = _seller(shop, keys)
    assert seller.stdout is not None
    assert seller.stdout.readline()  # it is selling now
    try:
        seller.wait(timeout=random.Random(seed).uniform(0.0, 0.25))
    except subprocess.TimeoutExpired:
        seller.kill()
    told = _sales(finish(seller).out.rpartition("\n")[0])
    again = {sale["key"]: sale for sale in _sales(finish(_seller(shop, keys)).out)}
    assert set(again) == set(keys)
    for sale in told:
        assert again[sale["key"]] == sale | {"replayed": True}
    _sound(shop, 12)
