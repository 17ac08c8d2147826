"""Eight processes sell ten thousand profiles: each is sold once, and none is left."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store_app.desk.context import Desk
from store_app.desk.stock import decide_batch, stock_summary
from tests.shop import add_plans, iccid, plan
from tests.stock_files import row, upload, write

SKU = "ES-5GB-30D"
TILLS = 8
PROFILES = 10_000


def till(engine: Engine) -> subprocess.Popen[str]:
    """A till that waits for the word to begin."""
    store = engine.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.crash.till_that_drains", store, SKU]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.long
def test_ten_thousand_profiles_are_sold_once_each(desk: Desk, tmp_path: Path) -> None:
    """Two lots of the plan and generic stock, one batch approved while the tills sell."""
    add_plans(desk, plan(operator="Telefonica"))
    parts = [range(4_000), range(4_000, 7_000), range(7_000, PROFILES)]
    files = [write(tmp_path / f"{part.start}.csv", map(row, part)) for part in parts]
    upload(desk, files[0], plan_sku=SKU, approve=True)
    upload(desk, files[1], approve=True)
    late = str(upload(desk, files[2], plan_sku=SKU).batch)
    never = write(tmp_path / "never.csv", map(row, range(20_000, 20_100)))
    upload(desk, never, plan_sku=SKU)
    tills = [till(desk.engine) for _ in range(TILLS)]
    with ThreadPoolExecutor(TILLS) as pool:
        said = [pool.submit(each.communicate, "go\n") for each in tills]
        decide_batch(desk, late, "approve")
        sold = Counter(card for each in said for card in each.result()[0].split())
    assert [each.returncode for each in tills] == [0] * TILLS
    assert len(sold) == sold.total() == PROFILES
    assert sold.keys() == {iccid(number) for number in range(PROFILES)}
    levels = [(level.available, level.sold) for level in stock_summary(desk)]
    assert levels == [(0, 7_000), (0, 3_000)]
