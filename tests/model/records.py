"""Usage as it is reported, what a line shows, and the bytes that counters stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Row:
    """A row of a usage file; `size` is where a counter stands when `counter`."""

    event: str
    card: str
    start: datetime
    size: int
    country: str = "ES"
    counter: bool = False


@dataclass(frozen=True)
class Record:
    """A row that was accepted, with its source and the instant at which it came."""

    row: Row
    source: str
    arrived: datetime


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What everybody may see of a line at one instant.

    Attributes:
        left: None for a kind that has no balance of its own.
        lost: what was left at an expiry; `revoked` what was left when it was refunded.
        charged, barred, mrc_minor: only of kinds that are charged to a wallet.
        payable: what that wallet can still pay.
        beyond: of the overrun, what no usage file says: more than a month includes, unpriced.
        month: what only lines show that are billed by the month, by the names that the desk has.

    """

    status: str
    reason: str
    activated_at: datetime | None
    expires_at: datetime | None
    used: int
    overrun: int
    left: int | None = None
    lost: int = 0
    revoked: int = 0
    charged: int | None = None
    barred: int = 0
    mrc_minor: int = 0
    payable: int | None = None
    beyond: int = 0
    month: Mapping[str, Any] = field(default_factory=dict)


class Line(Protocol):
    """What the shop needs of a line of any kind: a new kind is one more class like this."""

    card: str
    sold_at: datetime

    def settle(self, now: datetime) -> None:
        """What has passed until now is not taken back by what is reported later."""

    def use(self, record: Record) -> None:
        """Usage was reported."""

    def end(self, now: datetime) -> None:
        """The sale was refunded in full."""

    def dates(self, now: datetime) -> list[datetime]:
        """Instants about which something changes, for those who draw usage."""

    def sizes(self, now: datetime) -> list[int]:
        """Numbers of bytes about which something changes."""

    def seen(self, now: datetime) -> Seen:
        """The line at an instant that is not before anything it was told."""


def counted(readings: list[Row]) -> int:
    """The bytes that the readings of one counter stand for, a lower one being a reset."""
    total = last = 0
    for reading in sorted(readings, key=lambda row: (row.start, row.event)):
        total += reading.size - last if reading.size >= last else reading.size
        last = reading.size
    return total


class Counters:
    """The counters of one line, one for each source."""

    def __init__(self) -> None:
        self._readings: dict[str, list[Row]] = {}

    def bytes_of(self, record: Record) -> int:
        """What a record stands for: its bytes, or what its counter comes to more with it."""
        if not record.row.counter:
            return record.row.size
        readings = self._readings.setdefault(record.source, [])
        before = counted(readings)
        readings.append(record.row)
        return counted(readings) - before
