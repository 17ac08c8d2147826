"""Rows of usage files as they are drawn: close to whatever may change something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.model.prepaid import GRACE
from tests.model.records import Line, Row
from tests.model.shop import AHEAD
from tests.model.terms import DAY
from tests.shop import iccid

SECOND = timedelta(seconds=1)
WAITS = st.sampled_from(
    [SECOND, timedelta(minutes=4), timedelta(hours=7), DAY, GRACE, 9 * DAY, 31 * DAY]
)
SHIFTS = st.sampled_from([-DAY, -2 * SECOND, -SECOND, timedelta(), timedelta(), SECOND, DAY / 3])


@dataclass(frozen=True)
class Draft:
    """A row of a usage file before it is known what it is about."""

    what: str
    line: int
    mark: int
    shift: timedelta
    size: int
    more: int
    country: str
    counter: bool


DRAFTS = st.builds(
    Draft,
    what=st.sampled_from(["new"] * 9 + ["same", "conflict", "unknown", "unsold", "broken"]),
    line=st.integers(0, 5),
    mark=st.integers(0, 9),
    shift=SHIFTS,
    size=st.integers(0, 5),
    more=st.sampled_from([0, 0, 1, -1, 333]),
    country=st.sampled_from(["ES", "ES", "CH", "AD", "MC", ""]),
    counter=st.booleans(),
)


def row_of(
    draft: Draft,
    event: str,
    lines: Sequence[Line],
    sent: Sequence[Row],
    *,
    unsold: str,
    now: datetime,
) -> Row | None:
    """The row of a draft; None stands for one that can't be read.

    `sent` are the rows that this source sent before: the same comes again, or another one under
    an event id that is known.
    """
    if draft.what == "broken":
        return None
    if draft.what in ("same", "conflict") and sent:
        old = sent[draft.line % len(sent)]
        size = old.size + (draft.what == "conflict")
        return Row(old.event, old.card, old.start, size, old.country, old.counter)
    if draft.what in ("unknown", "unsold") or not lines:
        return Row(event, unsold if draft.what == "unsold" else iccid(999), now, 1)
    line = lines[draft.line % len(lines)]
    marks = [now, now - GRACE, now + AHEAD, line.sold_at, now - 20 * DAY, *line.dates(now)]
    sizes = [0, 1, 400_000, *line.sizes(now)]
    start = marks[draft.mark % len(marks)] + draft.shift
    size = max(sizes[draft.size % len(sizes)] + draft.more, 0)
    return Row(event, line.card, start, size, draft.country, draft.counter)
