"""What becomes of each row of a usage feed: new, known, unknown, or refused with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from catalog.kernel.database import chunks
from catalog.kernel.row_errors import RowError
from checkout.billing.line_rows import RECORDS, Line
from checkout.billing.usage_files import MAX_BYTES, UsageRow

FUTURE = timedelta(minutes=5)
"""How far a source's clock may run ahead of the store's (decision 17)."""

MAX_TOTAL = 9 * 10**18
"""Most bytes that a line may have used in all: what 64 bits hold."""

Unsold = Callable[[Session, Collection[str]], set[str]]
"""Which of these ICCID keys are in stock and not sold; the billing core does not know stock."""

_Content = tuple[str, datetime, int, str, bool]
_CONTENT = ("line_id", "started_at", "bytes", "country", "cumulative")
_IDENTITY = select(RECORDS.c.event_id, *(RECORDS.c[name] for name in _CONTENT))


@dataclass(frozen=True, slots=True)
class Run:
    """One import: whose records, when they arrive, how late is late (decision 7)."""

    id: str
    source: str
    now: datetime
    grace: timedelta
    actor: str
    unsold: Unsold | None = None


@dataclass(slots=True)
class Verdicts:
    """The rows of a slice sorted by what becomes of them.

    New ones are in `fresh` by line, those of PAYGO lines in `metered` in the order of arrival,
    those of subscriptions in `subscribed`.
    """

    fresh: dict[str, list[UsageRow]] = field(default_factory=lambda: defaultdict(list))
    metered: list[tuple[Line, UsageRow]] = field(default_factory=list)
    subscribed: list[tuple[Line, UsageRow]] = field(default_factory=list)
    applied: int = 0
    duplicates: int = 0
    unknown: list[RowError] = field(default_factory=list)
    rejected: list[RowError] = field(default_factory=list)


def judge(
    session: Session,
    rows: Sequence[UsageRow],
    keys: Mapping[str, str],
    lines: Mapping[str, Line],
    run: Run,
) -> Verdicts:
    """Sort the rows of a slice, in file order: the first of two with one event id stands.

    `keys` are the ICCID keys of the rows, `lines` the lines by these keys.
    """
    verdicts = Verdicts()
    known = _known(session, run.source, [row.event_id for row in rows])
    strangers = {key for key in keys.values() if key not in lines}
    unsold = run.unsold(session, strangers) if run.unsold and strangers else set()
    for row in rows:
        key = keys[row.iccid]
        line = lines.get(key)
        content = _content(row, line.id if line else "")
        if row.event_id in known:
            _recall(verdicts, row, is_same=known[row.event_id] == content)
        elif line is None:
            _turn_away(verdicts, row, is_unsold=key in unsold)
        elif error := _untimely(row, line, run.now) or _beyond(
            row, line, verdicts.fresh.get(line.id, ())
        ):
            verdicts.rejected.append(error)
        else:
            known[row.event_id] = content
            verdicts.applied += 1
            if line.kind == "paygo":
                verdicts.metered.append((line, row))
            elif line.kind == "subscription":
                verdicts.subscribed.append((line, row))
            else:
                verdicts.fresh[line.id].append(row)
    return verdicts


def _known(session: Session, source: str, event_ids: Sequence[str]) -> dict[str, _Content]:
    """What is stored under these event ids; (source, event id) is the identity of a record."""
    known: dict[str, _Content] = {}
    for part in chunks(event_ids):
        mine = (RECORDS.c.source == source) & RECORDS.c.event_id.in_(part)
        for event_id, *content in session.execute(_IDENTITY.where(mine)):
            known[event_id] = tuple(content)
    return known


def _content(row: UsageRow, line_id: str) -> _Content:
    return line_id, row.started_at, row.bytes, row.country, row.cumulative


def _recall(verdicts: Verdicts, row: UsageRow, *, is_same: bool) -> None:
    if is_same:
        verdicts.duplicates += 1
        return
    reason = "This event id came before with other content; the first one stands."
    verdicts.rejected.append(RowError(row.line, "event_id", reason))


def _turn_away(verdicts: Verdicts, row: UsageRow, *, is_unsold: bool) -> None:
    if is_unsold:
        error = RowError(row.line, "iccid", "This eSIM is not sold yet; it cannot have usage.")
        verdicts.rejected.append(error)
    else:
        verdicts.unknown.append(RowError(row.line, "iccid", "No eSIM of this store has it."))


def _beyond(row: UsageRow, line: Line, fresh: Sequence[UsageRow]) -> RowError | None:
    """The refusal of a row that the totals of its line could not hold."""
    so_far = line.state.served + line.state.overrun
    if so_far + (len(fresh) + 1) * MAX_BYTES <= MAX_TOTAL:
        return None  # without a sum per row
    if so_far + sum(one.bytes for one in fresh) + row.bytes <= MAX_TOTAL:
        return None
    return RowError(row.line, "bytes", f"The eSIM would have used more than {MAX_TOTAL} bytes.")


def _untimely(row: UsageRow, line: Line, now: datetime) -> RowError | None:
    if row.started_at > now + FUTURE:
        return RowError(row.line, "started_at", "It is more than 5 minutes in the future.")
    if row.started_at < line.assigned_at:
        return RowError(row.line, "started_at", "It is before the eSIM was sold.")
    return None
