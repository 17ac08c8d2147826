"""PAYGO, one row for each rule: a short history at the desk and what everybody sees of it.

An eSIM at 0.01 a MB is sold on 31 January 2024 at noon to somebody whose wallet holds 10.00;
usage costs 0.02 in Switzerland and nothing in Andorra, and Monaco is barred.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.kernel.errors import Refused
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.people import add_user
from store_app.desk.sales import sell, top_up
from store_app.desk.shifts import open_shift
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import show_wallet
from tests.golden import OWNER, History, Limit, Money, Refund, Sell, Step, Sweep, Use, instant
from tests.paygo import MB, paygo
from tests.shop import add_plans, add_stock, at

SOLD = "2024-01-31 12:00:00"
DAY_2 = "2024-02-01 12:00:00"
DAY_3 = "2024-02-02 12:00:00"
FEB = "2024-02-29 12:00:00"
BEFORE_FEB = "2024-02-29 11:59:59"
MAR = "2024-03-31 12:00:00"
APR = "2024-04-30 12:00:00"

NO_MRC: dict[str, Any] = {}
MRC = {"mrc": "4.00"}
AT_ONCE = {"mrc": "4.00", "mrc_anchor": "assignment"}
LIMIT = "wallet at its limit"

# words: terms, steps, look at, (balance, charged, used, overrun, barred, status, reason)
GOLDEN: dict[str, tuple[dict[str, Any], list[Step], str, tuple[object, ...]]] = {
    "sold": (NO_MRC, [], SOLD, (1000, 0, 0, 0, 0, "activation_ready", "")),
    "the default rate": (
        NO_MRC,
        [Use(DAY_2, 100 * MB)],
        DAY_2,
        (900, 100, 100 * MB, 0, 0, "active", ""),
    ),
    "an unknown country has the default rate": (
        NO_MRC,
        [Use(DAY_2, 100 * MB, "")],
        DAY_2,
        (900, 100, 100 * MB, 0, 0, "active", ""),
    ),
    "a country's own rate": (
        NO_MRC,
        [Use(DAY_2, 100 * MB, "CH")],
        DAY_2,
        (800, 200, 100 * MB, 0, 0, "active", ""),
    ),
    "a country that costs nothing": (
        NO_MRC,
        [Use(DAY_2, 100 * MB, "AD")],
        DAY_2,
        (1000, 0, 100 * MB, 0, 0, "active", ""),
    ),
    "a barred country is recorded and starts nothing": (
        MRC,
        [Use(DAY_2, 100 * MB, "MC")],
        DAY_2,
        (1000, 0, 0, 0, 100 * MB, "activation_ready", ""),
    ),
    "less than a cent is kept": (
        NO_MRC,
        [Use(DAY_2, MB - 1)],
        DAY_2,
        (1000, 0, MB - 1, 0, 0, "active", ""),
    ),
    "until the byte that completes it": (
        NO_MRC,
        [Use(DAY_2, MB - 1), Use(DAY_3, 1)],
        DAY_3,
        (999, 1, MB, 0, 0, "active", ""),
    ),
    "cents of two countries complete each other": (
        NO_MRC,
        [Use(DAY_2, MB // 2), Use(DAY_3, MB // 4, "CH")],
        DAY_3,
        (999, 1, MB // 2 + MB // 4, 0, 0, "active", ""),
    ),
    "the exact last byte": (
        NO_MRC,
        [Use(DAY_2, 1000 * MB)],
        DAY_2,
        (0, 1000, 1000 * MB, 0, 0, "suspended", LIMIT),
    ),
    "one byte before it the service goes on": (
        NO_MRC,
        [Use(DAY_2, 1000 * MB - 1)],
        DAY_2,
        (1, 999, 1000 * MB - 1, 0, 0, "active", ""),
    ),
    "one byte too many": (
        NO_MRC,
        [Use(DAY_2, 1000 * MB + 1)],
        DAY_2,
        (0, 1000, 1000 * MB, 1, 0, "suspended", LIMIT),
    ),
    "at the limit nothing is served, even what costs nothing": (
        NO_MRC,
        [Use(DAY_2, 1000 * MB), Use(DAY_3, 5), Use(DAY_3, 6, "AD"), Use(DAY_3, 7, "MC")],
        DAY_3,
        (0, 1000, 1000 * MB, 11, 7, "suspended", LIMIT),
    ),
    "a limit above zero": (
        NO_MRC,
        [Limit(DAY_2, "7.50"), Use(DAY_3, 300 * MB)],
        DAY_3,
        (750, 250, 250 * MB, 50 * MB, 0, "suspended", LIMIT),
    ),
    "a credit line": (
        NO_MRC,
        [Limit(DAY_2, "-2.50"), Use(DAY_3, 1300 * MB)],
        DAY_3,
        (-250, 1250, 1250 * MB, 50 * MB, 0, "suspended", LIMIT),
    ),
    "a cent resumes it by itself": (
        NO_MRC,
        [Use(DAY_2, 1000 * MB), Money(DAY_3, "0.01")],
        DAY_3,
        (1, 1000, 1000 * MB, 0, 0, "active", ""),
    ),
    "a pack gives more than it costs": (
        NO_MRC,
        [Money(DAY_2)],
        DAY_2,
        (6000, 0, 0, 0, 0, "activation_ready", ""),
    ),
    "late usage is paid by what is there on arrival": (
        NO_MRC,
        [
            Use(DAY_3, 1000 * MB),
            Money(FEB, "1.00"),
            Use(DAY_2, 150 * MB, arrives="2024-03-01 12:00:00"),
        ],
        "2024-03-01 12:00:00",
        (0, 1100, 1100 * MB, 50 * MB, 0, "suspended", LIMIT),
    ),
    "a counter is paid by what it grows by": (
        NO_MRC,
        [
            Use(DAY_2, 100 * MB, counter=True),
            Use(FEB, 250 * MB, counter=True),
            Use(DAY_3, 200 * MB, counter=True, arrives=FEB),
        ],
        FEB,
        (750, 250, 250 * MB, 0, 0, "active", ""),
    ),
    "the MRC waits for first usage": (
        MRC,
        [Sweep(FEB)],
        FEB,
        (1000, 0, 0, 0, 0, "activation_ready", ""),
    ),
    "and is taken before it": (
        MRC,
        [Use(SOLD, 700 * MB)],
        SOLD,
        (0, 600, 600 * MB, 100 * MB, 0, "suspended", LIMIT),
    ),
    "or at the sale": (AT_ONCE, [], SOLD, (600, 0, 0, 0, 0, "activation_ready", "")),
    "31 January: the second before 29 February": (
        AT_ONCE,
        [Sweep(BEFORE_FEB)],
        BEFORE_FEB,
        (600, 0, 0, 0, 0, "activation_ready", ""),
    ),
    "31 January: 29 February": (
        AT_ONCE,
        [Sweep(FEB)],
        FEB,
        (200, 0, 0, 0, 0, "activation_ready", ""),
    ),
    "31 January: 31 March, not 29": (
        AT_ONCE,
        [Money(DAY_2, "2.00"), Sweep("2024-03-31 11:59:59")],
        "2024-03-31 11:59:59",
        (400, 0, 0, 0, 0, "activation_ready", ""),
    ),
    "31 January: the whole of it in one sweep": (
        AT_ONCE,
        [Money(DAY_2, "10.00"), Sweep(APR)],
        APR,
        (400, 0, 0, 0, 0, "activation_ready", ""),
    ),
    "a month that cannot be paid suspends": (
        AT_ONCE,
        [Use(DAY_2, 300 * MB), Sweep(FEB)],
        FEB,
        (300, 300, 300 * MB, 0, 0, "suspended", "mrc unpaid"),
    ),
    "without a sweep too": (
        AT_ONCE,
        [Use(DAY_2, 300 * MB)],
        FEB,
        (300, 300, 300 * MB, 0, 0, "suspended", "mrc unpaid"),
    ),
    "usage of an unpaid month is overrun, also where it costs nothing": (
        AT_ONCE,
        [Use(DAY_2, 300 * MB), Use(FEB, 5), Use(FEB, 6, "AD")],
        FEB,
        (300, 300, 300 * MB, 11, 0, "suspended", "mrc unpaid"),
    ),
    "money pays the month first": (
        AT_ONCE,
        [Use(DAY_2, 300 * MB), Money(FEB, "1.00")],
        FEB,
        (0, 300, 300 * MB, 0, 0, "suspended", LIMIT),
    ),
    "and then the service goes on": (
        AT_ONCE,
        [Use(DAY_2, 300 * MB), Money(FEB, "1.01"), Use(FEB, 2 * MB)],
        FEB,
        (0, 301, 301 * MB, MB, 0, "suspended", LIMIT),
    ),
    "every month that has begun is owed": (
        AT_ONCE,
        [Use(DAY_2, 600 * MB), Money(MAR, "7.99")],
        MAR,
        (399, 600, 600 * MB, 0, 0, "suspended", "mrc unpaid"),
    ),
    "a new limit comes after the months before it": (
        AT_ONCE,
        [Limit("2024-03-01 12:00:00", "3.00")],
        "2024-03-01 12:00:00",
        (200, 0, 0, 0, 0, "suspended", LIMIT),
    ),
    "a refund ends it after the months before it": (
        AT_ONCE,
        [Refund("2024-03-01 12:00:00"), Sweep(APR)],
        APR,
        (200, 0, 0, 0, 0, "archived", "refunded"),
    ),
    "usage of a refunded eSIM is overrun": (
        NO_MRC,
        [Refund(DAY_2), Use(DAY_3, 5), Use(DAY_3, 6, "AD"), Use(DAY_3, 7, "MC")],
        DAY_3,
        (1000, 0, 0, 11, 7, "archived", "refunded"),
    ),
}


@pytest.mark.parametrize("words", GOLDEN)
def test_golden(sqlite_desk: Desk, tmp_path: Path, words: str) -> None:
    """Each rule by an example that a person can check, before and after a sweep."""
    terms, steps, look, expected = GOLDEN[words]
    history = opened(sqlite_desk, tmp_path, terms)
    history.play([Sell(SOLD, "PAYGO-EU"), *steps])
    now = history.at(look)
    seen = show_esim(now, history.sold[0].order)
    maintain(now)
    assert show_esim(now, history.sold[0].order).status_reason == seen.status_reason
    used = (seen.charged_minor, seen.data_used_bytes, seen.overrun_bytes, seen.barred_bytes)
    balance = show_wallet(now, OWNER).balance_minor
    assert (balance, *used, seen.status, seen.status_reason) == expected
    assert [check for check in doctor(now) if not check.ok] == []


def opened(desk: Desk, folder: Path, terms: dict[str, Any]) -> History:
    """A shop with the PAYGO plan and a wallet of 10.00."""
    desk = at(desk, instant(SOLD))
    add_plans(desk, paygo(country_rates={"CH": "0.02", "AD": "0"}, **terms))
    add_stock(desk, "PAYGO-EU", 3)
    add_user(desk, OWNER)
    open_shift(desk, float_amount="10.00")
    top_up(desk, OWNER, amount="10.00", pay="manual", key="t1")
    return History(desk, folder)


def test_one_months_money_for_two_esims(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Who has service is the same before and after the sweep: the one whose month is older."""
    history = opened(sqlite_desk, tmp_path, AT_ONCE)
    history.play([Sell(SOLD, "PAYGO-EU"), Sell(DAY_2, "PAYGO-EU"), Money(DAY_3, "2.50")])
    now = history.at("2024-03-05 12:00:00")

    def seen() -> list[tuple[str, int | None]]:
        views = [show_esim(now, sale.order) for sale in history.sold]
        return [(view.status_reason, view.wallet_available_minor) for view in views]

    assert seen() == [("", 50), ("mrc unpaid", 50)]
    assert maintain(now).charged == 1
    assert seen() == [("", 50), ("mrc unpaid", 50)]


def test_money_that_a_month_takes_sells_nothing(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A wallet whose last money is due for a month is not above its minimum."""
    history = opened(sqlite_desk, tmp_path, AT_ONCE)
    history.play([Sell(SOLD, "PAYGO-EU"), Use(DAY_2, 200 * MB)])
    with pytest.raises(Refused) as refusal:
        sell(history.at(FEB), sku="PAYGO-EU", pay="cash", customer=OWNER, key="second")
    assert refusal.value.code == "wallet_too_low"
