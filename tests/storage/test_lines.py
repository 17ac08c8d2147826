"""Lines on both engines: their life, their explanation, and the sweep of expiries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from checkout.billing.daily_usage import usage_by_day
from checkout.billing.explain import Entry, explain
from checkout.billing.ledger import balance, data, line
from checkout.billing.lines import (
    LineState,
    line_state,
    open_line,
    refill_line,
    revoke_line,
    settle_expiries,
)
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow

SOLD = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ICCID = "8931080000000000019"


def sell(
    engine: Engine,
    *,
    start: str = "first_usage",
    start_at: datetime | None = None,
    iccid: str = ICCID,
) -> str:
    """A line of 1000 bytes for 30 days; its id."""
    line_id = new_id()

    def work(session: Session) -> None:
        open_line(
            session,
            line_id=line_id,
            iccid=iccid,
            validity_days=30,
            start=start,
            start_at=start_at,
            grant_id=new_id(),
            data_bytes=1000,
            now=SOLD,
            source="O-1",
            actor="clerk",
        )

    transact(engine, work)
    return line_id


def refill(engine: Engine, line_id: str, at: datetime, size: int = 500) -> LineState:
    """Refill a line."""

    def work(session: Session) -> LineState:
        return refill_line(
            session,
            line_id=line_id,
            grant_id=new_id(),
            data_bytes=size,
            now=at,
            source="O-2",
            actor="clerk",
        )

    return transact(engine, work)


def use(engine: Engine, at: datetime, size: int, *, now: datetime | None = None) -> None:
    """One record, arriving at once or later."""
    row = UsageRow(2, at.isoformat(), ICCID, at, size, "ES")
    feed(engine, [row], source="mno", now=now or at)


def state(engine: Engine, line_id: str, now: datetime) -> LineState:
    """A line at an instant."""
    with snapshot(engine) as session:
        return line_state(session, line_id, now)


def entries(engine: Engine, line_id: str, now: datetime | None = None) -> list[Entry]:
    """The explanation of a line."""
    with snapshot(engine) as session:
        return explain(session, line_id, now)


@pytest.mark.parametrize(
    ("start", "start_at", "days_left"),
    [("first_usage", None, None), ("purchase", None, 30), ("fixed_date", SOLD + 5 * DAY, 35)],
)
def test_starts(
    engine: Engine, start: str, start_at: datetime | None, days_left: int | None
) -> None:
    """Days are counted as soon as the clock is set, and a begun day counts whole."""
    line_id = sell(engine, start=start, start_at=start_at)
    assert state(engine, line_id, SOLD + DAY / 2).days_left == days_left
    assert state(engine, line_id, SOLD + DAY / 2).status == "activation_ready"


def test_sweep_posts_at_expiry_and_changes_nothing_else(engine: Engine) -> None:
    """What people see is the same before and after the sweep; the loss is dated at expiry."""
    line_id = sell(engine)
    use(engine, SOLD, 400)
    end, now = SOLD + 30 * DAY, SOLD + 31 * DAY
    before = state(engine, line_id, now)
    told = entries(engine, line_id, now)[-1]
    assert transact(engine, lambda session: settle_expiries(session, end - DAY)) == 0
    assert transact(engine, lambda session: settle_expiries(session, now)) == 1
    assert transact(engine, lambda session: settle_expiries(session, now)) == 0
    assert state(engine, line_id, now) == before
    assert (before.left_bytes, before.status, before.reason) == (0, "suspended", "expired")
    posted = entries(engine, line_id, now)[-1]
    assert posted == told
    assert (posted.at, posted.data_bytes, posted.left_bytes) == (end, -600, 0)


def test_sweep_is_limited(engine: Engine) -> None:
    """One transaction takes so many lines and no more."""
    for n in range(3):
        sell(engine, start="purchase", iccid=f"893108000000000{n:04}")
    now = SOLD + 40 * DAY
    counts = [
        transact(engine, lambda session: settle_expiries(session, now, limit=2)) for _ in range(3)
    ]
    assert counts == [2, 1, 0]


def test_refill_of_an_expired_line_posts_the_loss_first(engine: Engine) -> None:
    """The old balance is lost at its expiry, the new one begins at the refill."""
    line_id = sell(engine, start="purchase")
    at = SOLD + 31 * DAY
    after = refill(engine, line_id, at)
    assert (after.left_bytes, after.expires_at, after.days_left) == (500, at + 30 * DAY, 30)
    seen = [(each.kind, each.data_bytes, each.left_bytes) for each in entries(engine, line_id)]
    assert seen == [("sale", 1000, 1000), ("lost", -1000, 0), ("refill", 500, 500)]
    with snapshot(engine) as session:
        assert balance(session, line(line_id), at=SOLD + 30 * DAY) == 0
        assert balance(session, line(line_id), at=SOLD + 29 * DAY) == 1000
        assert balance(session, line(line_id)) == 500
        assert balance(session, data("issued")) == 1500


def test_sale_and_refill_at_one_instant(engine: Engine) -> None:
    """Before first usage a refill adds data only, even at the instant of the sale."""
    line_id = sell(engine)
    after = refill(engine, line_id, SOLD)
    assert (after.left_bytes, after.expires_at) == (1500, None)


def test_refill_behind_usage_from_the_near_future(engine: Engine) -> None:
    """A source whose clock runs ahead does not make a refill count after its usage."""
    line_id = sell(engine)
    now = SOLD + DAY
    use(engine, now + timedelta(minutes=4), 1200, now=now)
    after = refill(engine, line_id, now, 500)
    assert (after.left_bytes, after.used_bytes, after.overrun_bytes) == (300, 1200, 0)


def test_explain_tells_corrections_in_words(engine: Engine) -> None:
    """Usage that comes after its own expiry was posted is taken from what was lost."""
    line_id = sell(engine, start="purchase")
    now = SOLD + 31 * DAY
    transact(engine, lambda session: settle_expiries(session, now))
    use(engine, SOLD + 29 * DAY, 300, now=now)
    late = entries(engine, line_id, now)[2:]
    assert [(each.kind, each.data_bytes) for each in late] == [("lost", 300), ("served", -300)]
    assert {each.reason for each in late} == {"late usage re-rated"}
    assert sum(each.data_bytes for each in entries(engine, line_id)) == 0


def test_explain_shows_overrun_beside_the_balance(engine: Engine) -> None:
    """Overrun is told and leaves the balance as it was."""
    line_id = sell(engine)
    use(engine, SOLD, 1300)
    seen = [(each.kind, each.data_bytes, each.left_bytes) for each in entries(engine, line_id)]
    assert seen == [("sale", 1000, 1000), ("served", -1000, 0), ("overrun", -300, 0)]


def test_revoked_once(engine: Engine) -> None:
    """A refund takes what is left, once, and ends the line."""
    line_id = sell(engine)
    for _ in range(2):
        transact(
            engine,
            lambda session: revoke_line(
                session,
                line_id=line_id,
                now=SOLD + DAY,
                source="O-1",
                actor="clerk",
                reason="refunded: changed her mind",
            ),
        )
    seen = entries(engine, line_id)
    assert [(each.kind, each.reason) for each in seen][1:] == [
        ("revoked", "refunded: changed her mind")
    ]
    after = state(engine, line_id, SOLD + DAY)
    assert (after.status, after.reason, after.left_bytes) == ("archived", "refunded", 0)
    with pytest.raises(Refused):
        refill(engine, line_id, SOLD + DAY)


def test_usage_by_day(engine: Engine) -> None:
    """Days without usage are there too, oldest first."""
    line_id = sell(engine)
    use(engine, SOLD + DAY, 5)
    use(engine, SOLD + 3 * DAY, 7)
    with snapshot(engine) as session:
        days = usage_by_day(session, line_id, 4, now=SOLD + 3 * DAY)
    assert [(day.day, count) for day, count in days] == [(1, 0), (2, 5), (3, 0), (4, 7)]


def test_an_unknown_line_is_not_found(engine: Engine) -> None:
    """Nothing was sold, so there is nothing to tell or refill."""
    with pytest.raises(NotFound):
        state(engine, new_id(), SOLD)
    with pytest.raises(NotFound):
        refill(engine, new_id(), SOLD)
