"""Calendar months by counting on the fingers: n months after a day, or the last day there is."""

from __future__ import annotations

from datetime import datetime


def months_after(anchor: datetime, number: int) -> datetime:
    """The same day and time so many months later; a short month ends earlier."""
    year, month = anchor.year, anchor.month
    for _ in range(number):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = anchor.day
    while True:
        try:
            return anchor.replace(year=year, month=month, day=day)
        except ValueError:
            day -= 1
