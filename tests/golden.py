"""Short histories at the desk, told in words: what happens, when, and what is seen in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from store_app.desk import orders, sales, upkeep, wallets
from store_app.desk.context import Desk
from store_app.desk.usage import import_usage
from tests.model.records import Row
from tests.model.usage_files import usage_file

OWNER = "ana@example.com"


def instant(text: str) -> datetime:
    """An instant as the tables write it: `2024-01-31 10:00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Use:
    """Usage that started at `at` and arrives at once, or when it is said to."""

    at: str
    size: int
    country: str = "ES"
    arrives: str = ""
    counter: bool = False
    of: int = 0
    event: str = ""


def report_use(desk: Desk, folder: Path, use: Use, iccid: str, key: str) -> None:
    """The usage of one eSIM comes in; its record is called by the key when it has no name."""
    row = Row(use.event or key, iccid, instant(use.at), use.size, use.country, use.counter)
    import_usage(desk, usage_file(folder, [row]), source="mno")


@dataclass(frozen=True)
class Refill:
    """The eSIM is refilled with 1 MB."""

    at: str


@dataclass(frozen=True)
class Refund:
    """The sale is refunded in full."""

    at: str


@dataclass(frozen=True)
class Money:
    """The wallet gets an amount, or a pack of 50.00 for 45.00 when none is named."""

    at: str
    amount: str = ""


@dataclass(frozen=True)
class Limit:
    """The wallet must hold at least this from now on."""

    at: str
    minimum: str


@dataclass(frozen=True)
class Sell:
    """One more eSIM of a plan is sold for cash."""

    at: str
    sku: str


@dataclass(frozen=True)
class Sweep:
    """Upkeep runs."""

    at: str


Step = Use | Refill | Refund | Money | Limit | Sell | Sweep


class History:
    """The steps carried out at a desk; `sold` are the sales in their order."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.sold: list[sales.Sale] = []
        self.numbers = count(1)

    def play(self, steps: Sequence[Step]) -> None:
        """Do one after the other, each at its own time."""
        for step in steps:
            late = isinstance(step, Use) and step.arrives
            self.carry_out(step, self.at(late or step.at), f"k{next(self.numbers)}")

    def at(self, text: str) -> Desk:
        """The desk at an instant."""
        return replace(self.desk, clock=lambda: instant(text))

    def carry_out(self, step: Step, desk: Desk, key: str) -> None:
        """One step."""
        match step:
            case Use():
                report_use(desk, self.folder, step, str(self.sold[step.of].iccid), key)
            case Refill():
                sales.refill(desk, self.sold[0].order, refill="1MB", pay="cash", key=key)
            case Refund():
                order = self.sold[0].order
                orders.refund_order(desk, order, key=key, supervisor="boss", reason="asked")
            case Money():
                what: dict[str, Any] = {"amount": step.amount} if step.amount else {"pack": "50"}
                sales.top_up(desk, OWNER, pay="manual", key=key, **what)
            case Limit():
                wallets.configure_wallet(desk, OWNER, minimum=step.minimum)
            case Sell():
                sale = sales.sell(desk, sku=step.sku, pay="cash", customer=OWNER, key=key)
                self.sold.append(sale)
            case Sweep():
                upkeep.maintain(desk)
