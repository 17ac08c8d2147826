"""PAYGO for tests: its plan, and on the billing core alone wallets, lines, records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.ids import new_id
from catalog.kernel.row_errors import RowError
from catalog.plan_rules import build_plan
from catalog.plans import Plan
from checkout.billing.holds import Hold, place_hold
from checkout.billing.ledger import Posting, balance, bank, post, wallet
from checkout.billing.lines import LineState, line_state
from checkout.billing.paygo_lines import open_paygo
from checkout.billing.paygo_months import bring_up_to_date, charge_months
from checkout.billing.paygo_rows import Paygo, paygo_lines
from checkout.billing.tables import WalletRow
from checkout.billing.tariff import Tariff
from checkout.billing.usage_feed import UsageImport, feed
from checkout.billing.usage_files import UsageRow

SOLD = datetime(2026, 1, 31, 10, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MB = 10**6
SKU = "PAYGO-EU"


def paygo(**changes: object) -> Plan:
    """A PAYGO plan of 0.01 a MB with a pack of 50.00 for 45.00."""
    terms = {
        "sku": SKU,
        "kind": "paygo",
        "countries": ["ES", "CH", "MC"],
        "currency": "EUR",
        "price": "1.00",
        "rate_per_mb": "0.01",
        "country_rates": {"CH": "0.02"},
        "barred": ["MC"],
        "refill": [{"id": "50", "credit": "50.00", "price": "45.00"}],
    }
    built = build_plan(terms | changes)
    assert isinstance(built, Plan), built
    return built


def tariff(**changes: Any) -> Tariff:
    """A cent per MB, two in Switzerland, barred in Monaco, no MRC."""
    terms: dict[str, Any] = {
        "currency": "EUR",
        "megabyte": MB,
        "rate_per_mb_micro": 10_000,
        "country_rates_micro": {"CH": 20_000},
        "barred": ("MC",),
    }
    return Tariff(**terms | changes)


def new_wallet(engine: Engine, money: int = 0, *, minimum: int = 0) -> str:
    """A wallet with money in it; its id."""
    row = WalletRow(
        id=new_id(),
        owner_kind="end_user",
        owner_id=new_id(),
        currency="EUR",
        minimum_minor=minimum,
        created_at=SOLD,
    )
    transact(engine, lambda session: session.add(row))
    if money:
        give(engine, row.id, money, SOLD)
    return row.id


def give(engine: Engine, wallet_id: str, money: int, at: datetime) -> None:
    """Money arrives in a wallet."""

    def work(session: Session) -> None:
        account = wallet(wallet_id, "EUR")
        came = Posting(
            bank("EUR"), account, money, "top_up", "top-up", "T", wallet_id, "me", at, at
        )
        post(session, [came])
        bring_up_to_date(session, [wallet_id], at, "me")

    transact(engine, work)


def set_aside(engine: Engine, wallet_id: str, money: int, now: datetime) -> str:
    """A hold on a wallet for one hour; its id."""
    hold = Hold(new_id(), wallet_id, money, "EUR", now + HOUR, "a sale under way")
    transact(engine, lambda session: place_hold(session, hold, "clerk", now))
    return hold.id


def sell(engine: Engine, wallet_id: str, number: int = 0, terms: Tariff | None = None) -> str:
    """Open line `number`; its id."""
    line_id = new_id()

    def work(session: Session) -> None:
        open_paygo(
            session,
            line_id=line_id,
            iccid=iccid(number),
            wallet_id=wallet_id,
            tariff=terms or tariff(),
            now=SOLD,
            actor="clerk",
        )

    transact(engine, work)
    return line_id


def iccid(number: int) -> str:
    """The card of line `number`."""
    return f"8931080{number:011}0"


def use(
    event: str,
    at: datetime,
    size: int,
    *,
    n: int = 0,
    country: str = "ES",
    counter: bool = False,
    line: int = 2,
) -> UsageRow:
    """One record."""
    return UsageRow(line, event, iccid(n), at, size, country, counter)


def take(engine: Engine, now: datetime, *rows: UsageRow | RowError) -> UsageImport:
    """Import rows that arrive at `now`."""
    return feed(engine, rows, source="mno", now=now)


def maintain(engine: Engine, now: datetime) -> int:
    """Debit what is due; how many months were."""
    total, after = 0, ""
    while True:
        work = partial(charge_months, now=now, actor="me", after=after)
        charged, further = transact(engine, work)
        total += charged
        if further is None:
            return total
        after = further


def money(engine: Engine, wallet_id: str) -> int:
    """What a wallet holds."""
    with snapshot(engine) as session:
        return balance(session, wallet(wallet_id, "EUR"))


def state(engine: Engine, line_id: str, now: datetime) -> LineState:
    """A line at an instant."""
    with snapshot(engine) as session:
        return line_state(session, line_id, now)


def meter(engine: Engine, line_id: str) -> Paygo:
    """What a line was charged."""
    with snapshot(engine) as session:
        return paygo_lines(session, [line_id])[line_id]
