"""A shop as plain lists: its lines, its wallets, and what it says of each usage file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.model.paygo import Paygo, Wallet
from tests.model.records import Line, Record, Row

AHEAD = timedelta(minutes=5)
"""How far a source's clock may run ahead."""


@dataclass
class Told:
    """What an import says of itself."""

    events: int = 0
    applied: int = 0
    duplicates: int = 0
    unknown: int = 0
    rejected: int = 0
    charged_minor: int = 0
    overrun_bytes: int = 0
    suspended: int = 0


@dataclass
class Shop:
    """Lines by card, wallets by owner, cards in stock, and every event that ever came."""

    lines: dict[str, Line] = field(default_factory=dict)
    wallets: dict[str, Wallet] = field(default_factory=dict)
    stock: set[str] = field(default_factory=set)
    known: dict[tuple[str, str], Row] = field(default_factory=dict)

    def pass_time(self, now: datetime) -> None:
        """Months that have begun are debited."""
        for wallet in self.wallets.values():
            wallet.pass_time(now)

    def look(self, *wallets: Wallet) -> int:
        """The store debits what is due on these wallets; how many months were."""
        months = sum(len(wallet.unposted) for wallet in wallets)
        for wallet in wallets:
            wallet.unposted.clear()
        return months

    def end(self, card: str, now: datetime) -> None:
        """A sale is refunded in full."""
        line = self.lines[card]
        line.settle(now)
        line.end(now)
        if isinstance(line, Paygo):
            self.look(line.wallet)

    def take(self, source: str, rows: list[Row | None], now: datetime) -> Told:
        """A file arrives; a row that can't be read is None."""
        told = Told(events=len(rows))
        self.pass_time(now)
        before = self._sums(now)
        accepted = [row for row in rows if self._judge(told, source, row, now)]
        for line in {row.card: self.lines[row.card] for row in accepted if row}.values():
            line.settle(now)
        for row in accepted:
            assert row is not None
            self.lines[row.card].use(Record(row, source, now))
        after = self._sums(now)
        told.charged_minor, told.overrun_bytes = after[0] - before[0], after[1] - before[1]
        told.suspended = len(after[2] - before[2])
        used = [self.lines[row.card] for row in accepted if row]
        self.look(*(line.wallet for line in used if isinstance(line, Paygo)))
        return told

    def _judge(self, told: Told, source: str, row: Row | None, now: datetime) -> bool:
        """Count a row; whether it is new and acceptable."""
        if row is None:
            told.rejected += 1
        elif (source, row.event) in self.known:
            same = self.known[source, row.event] == row
            told.duplicates += same
            told.rejected += not same
        elif row.card not in self.lines:
            told.rejected += row.card in self.stock
            told.unknown += row.card not in self.stock
        elif row.start > now + AHEAD or row.start < self.lines[row.card].sold_at:
            told.rejected += 1
        else:
            told.applied += 1
            self.known[source, row.event] = row
            return True
        return False

    def _sums(self, now: datetime) -> tuple[int, int, set[str]]:
        seen = {card: line.seen(now) for card, line in self.lines.items()}
        return (
            sum(one.charged or 0 for one in seen.values()),
            sum(one.overrun - one.beyond for one in seen.values()),
            {card for card, one in seen.items() if one.status == "suspended"},
        )
