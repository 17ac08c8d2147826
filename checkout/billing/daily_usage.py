"""What a line used, day by day, out of its records."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlmodel import Session

from checkout.billing.line_rows import LINES, read_line
from checkout.billing.readings import used_bytes
from checkout.billing.usage_history import read_histories


def usage_by_day(
    session: Session, line_id: str, days: int, *, now: datetime, zone: tzinfo = UTC
) -> list[tuple[date, int]]:
    """Bytes used on each of the last `days` days up to today, oldest first, idle days too."""
    today = now.astimezone(zone).date()
    found = session.execute(select(LINES).where(LINES.c.id == line_id)).mappings().all()
    histories = read_histories(session, [read_line(row) for row in found])
    sums: Counter[date] = Counter()
    for record, count in used_bytes(one for each in histories.values() for one in each.records):
        sums[record.started_at.astimezone(zone).date()] += count
    window = (today - timedelta(days=ago) for ago in reversed(range(days)))
    return [(day, sums[day]) for day in window]
