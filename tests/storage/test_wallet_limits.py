"""Minimum balances of both signs: spending, PAYGO at exactly the limit, changes on record."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from checkout.billing.limits import Limit, changes_of, limit_then, set_limit
from checkout.billing.tables import WalletRow
from checkout.billing.wallet_tables import WalletChangeRow
from store_app.desk.context import Desk
from store_app.desk.people import add_company
from store_app.desk.sales import sell as sell_one
from store_app.desk.sales import top_up
from store_app.desk.upkeep import doctor
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.paygo import (
    HOUR,
    MB,
    SOLD,
    give,
    money,
    new_wallet,
    sell,
    set_aside,
    state,
    take,
    tariff,
    use,
)
from tests.shop import at, small_shop

NOW = SOLD
SKU = "ES-5GB-30D"


def limit(engine: Engine, wallet_id: str, now: datetime, minimum: int, *, on: bool = True) -> bool:
    """Set a wallet's limit; whether that was a change."""
    wanted = Limit(minimum, on)
    return transact(engine, lambda session: set_limit(session, wallet_id, wanted, "mia", now))


def changes(engine: Engine, wallet_id: str) -> list[WalletChangeRow]:
    """The record of a wallet."""
    with snapshot(engine) as session:
        return changes_of(session, wallet_id)


@pytest.mark.parametrize(
    ("funds", "minimum", "megabytes", "charged", "reason"),
    [
        (100, 0, 99, 99, ""),
        (100, 0, 100, 100, "wallet at its limit"),
        (100, 30, 69, 69, ""),
        (100, 30, 70, 70, "wallet at its limit"),
        (100, 30, 71, 70, "wallet at its limit"),
        (100, -50, 100, 100, ""),
        (100, -50, 149, 149, ""),
        (100, -50, 150, 150, "wallet at its limit"),
        (100, -50, 151, 150, "wallet at its limit"),
        (0, -1, 1, 1, "wallet at its limit"),
        (100, 100, 5, 0, "wallet at its limit"),
        (100, 150, 5, 0, "wallet at its limit"),
    ],
)
def test_usage_stops_at_exactly_the_limit(
    engine: Engine, funds: int, minimum: int, megabytes: int, *, charged: int, reason: str
) -> None:
    """A cent per MB: the last cent above the minimum is spent, the next byte is overrun."""
    payer = new_wallet(engine, funds, minimum=minimum)
    line_id = sell(engine, payer)
    done = take(engine, NOW, use("a", NOW, megabytes * MB))
    assert (done.charged_minor, done.overrun_bytes) == (charged, (megabytes - charged) * MB)
    assert money(engine, payer) == funds - charged
    assert state(engine, line_id, NOW).reason == reason


@pytest.mark.parametrize("minimum", [0, 40, -40])
def test_the_first_cent_above_the_limit_resumes(engine: Engine, minimum: int) -> None:
    """At the limit it is off; one cent more and it runs, and pays that cent."""
    payer = new_wallet(engine, max(0, minimum), minimum=minimum)
    line_id = sell(engine, payer)
    if minimum < 0:
        take(engine, NOW, use("a", NOW, 40 * MB))
    assert state(engine, line_id, NOW).reason == "wallet at its limit"
    give(engine, payer, 1, NOW)
    assert state(engine, line_id, NOW).reason == ""
    assert take(engine, NOW, use("b", NOW, 2 * MB)).charged_minor == 1
    assert money(engine, payer) == minimum


@pytest.mark.parametrize(
    ("minimum", "on", "reason"),
    [
        (99, True, ""),
        (100, True, "wallet at its limit"),
        (500, True, "wallet at its limit"),
        (-500, True, ""),
        (0, False, "wallet disabled"),
        (-500, False, "wallet disabled"),
    ],
)
def test_a_changed_limit_stops_and_resumes_a_running_line(
    engine: Engine, minimum: int, *, on: bool, reason: str
) -> None:
    """No sweep, no restart: the next look and the next byte follow the new limit."""
    payer = new_wallet(engine, 100)
    line_id = sell(engine, payer)
    assert limit(engine, payer, NOW, minimum, on=on)
    assert state(engine, line_id, NOW).reason == reason
    free = 0 if reason else min(100 - minimum, 600)
    assert take(engine, NOW, use("a", NOW, 1000 * MB)).charged_minor == free
    assert limit(engine, payer, NOW, -10_000)
    assert state(engine, line_id, NOW).reason == ""


def test_mrc_follows_the_limit(engine: Engine) -> None:
    """A raised minimum leaves the month unpaid; lowering it pays at once, and only then usage."""
    payer = new_wallet(engine, 100)
    limit(engine, payer, NOW, 50)
    line_id = sell(engine, payer, terms=tariff(mrc_minor=60, mrc_anchor="assignment"))
    assert (money(engine, payer), state(engine, line_id, NOW).reason) == (100, "mrc unpaid")
    assert take(engine, NOW, use("a", NOW, MB)).overrun_bytes == MB
    limit(engine, payer, NOW, 40)
    assert (money(engine, payer), state(engine, line_id, NOW).reason) == (40, "wallet at its limit")
    limit(engine, payer, NOW, 40, on=False)
    give(engine, payer, 10, NOW)
    assert state(engine, line_id, NOW).reason == "wallet disabled"
    limit(engine, payer, NOW, 40)
    assert state(engine, line_id, NOW).reason == ""


def test_each_change_is_kept(engine: Engine) -> None:
    """Who, when, from what to what; what changes nothing leaves no trace."""
    payer = new_wallet(engine, 100)
    set_aside(engine, payer, 30, NOW)
    assert not limit(engine, payer, NOW, 0)
    limit(engine, payer, NOW, 50)
    limit(engine, payer, NOW + HOUR, 50, on=False)
    told = [
        (row.number, row.at, row.actor, row.old_minimum_minor, row.new_minimum_minor)
        for row in changes(engine, payer)
    ]
    assert told == [(1, NOW, "mia", 0, 50), (2, NOW + HOUR, "mia", 50, 50)]
    assert [(row.was_enabled, row.is_enabled) for row in changes(engine, payer)] == [
        (True, True),
        (True, False),
    ]
    assert [row.free_minor for row in changes(engine, payer)] == [70, 100]
    with snapshot(engine) as session:
        row = session.get_one(WalletRow, payer)
        seen = [limit_then(session, row, NOW + hours * HOUR) for hours in (-1, 0, 1)]
    assert seen == [Limit(0, True), Limit(50, True), Limit(50, False)]


def test_a_wallet_that_is_switched_off_pays_nothing(desk: Desk) -> None:
    """It takes money and keeps it; what was held before is still captured."""
    small_shop(desk)
    add_company(desk, "Acme")
    top_up(desk, "Acme", amount="20.00", pay="manual", key="t1")
    assert not configure_wallet(desk, "Acme", enable=False).enabled
    with pytest.raises(Refused) as refusal:
        sell_one(desk, sku=SKU, pay="company-wallet", company="Acme", key="k1")
    assert refusal.value.code == "wallet_disabled"
    assert top_up(desk, "Acme", amount="5.00", pay="manual", key="t2").balance_minor == 2500
    configure_wallet(desk, "Acme", enable=True)
    assert sell_one(desk, sku=SKU, pay="company-wallet", company="Acme", key="k1").receipt


def test_a_closed_credit_line_is_no_breach(desk: Desk) -> None:
    """A wallet may stay below a limit that was raised above it; it never sinks further."""
    small_shop(desk)
    add_company(desk, "Acme")
    configure_wallet(desk, "Acme", minimum="-20.00")
    sell_one(desk, sku=SKU, pay="company-wallet", company="Acme", key="k1")
    later = at(desk, desk.clock() + HOUR)
    view = configure_wallet(later, "Acme", minimum="0")
    assert (view.balance_minor, view.minimum_minor) == (-1250, 0)
    assert [check for check in doctor(later) if not check.ok] == []
    with pytest.raises(Refused):
        sell_one(later, sku=SKU, pay="company-wallet", company="Acme", key="k2")
    top_up(later, "Acme", amount="12.51", pay="manual", key="t1")
    assert show_wallet(later, "Acme").balance_minor == 1
    assert [check for check in doctor(later) if not check.ok] == []
