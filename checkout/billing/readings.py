"""Counter readings into bytes used: each reading counts what it adds to its chain."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Record:
    """One usage record of a line: `bytes` used, or where the counter stood when `cumulative`."""

    source: str
    event_id: str
    started_at: datetime
    bytes: int
    cumulative: bool
    rated_at: datetime


def growth(before: int | None, reading: int) -> int:
    """Bytes from one reading to the next; a lower one is a reset and counts whole."""
    return reading if before is None or reading < before else reading - before


def used_bytes(records: Iterable[Record]) -> list[tuple[Record, int]]:
    """Each record of a line with the bytes it stands for, by the instant at which it counts.

    Readings form one chain per source, ordered by `started_at`, ties by event id. One that
    arrived too late for its own day is put into its place of the chain and counts only what the
    chain grew by, which is never negative.
    """
    chains: dict[str, list[Record]] = {}
    used = []
    for record in sorted(records, key=attrgetter("rated_at", "started_at", "event_id")):
        chain = chains.setdefault(record.source, [])
        used.append((record, link(chain, record) if record.cumulative else record.bytes))
    return used


def _place(record: Record) -> tuple[datetime, str]:
    return record.started_at, record.event_id


def link(chain: list[Record], record: Record) -> int:
    """Put a reading into its place of a chain; the bytes by which the chain grew."""
    place = bisect(chain, _place(record), key=_place)
    before, after = _at(chain, place - 1), _at(chain, place)
    chain.insert(place, record)
    grown = growth(before, record.bytes)
    if after is None:
        return grown
    return grown + growth(record.bytes, after) - growth(before, after)


def _at(chain: Sequence[Record], place: int) -> int | None:
    return chain[place].bytes if 0 <= place < len(chain) else None
