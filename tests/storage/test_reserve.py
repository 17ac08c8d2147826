"""One profile is sold at most once: claims, releases and races on both engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from catalog.esim.activation_code import format_code
from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.repository import plan_row
from catalog.stock.reserve import (
    available_count,
    code_of,
    mark_sold,
    release,
    reserve,
    withdraw,
)
from store_app.desk.context import Desk
from tests.shop import add_plans, iccid, plan
from tests.stock_files import row, upload, write

SKU = "ES-5GB-30D"
WAIT = timedelta(minutes=2)


def stocked(desk: Desk, path: Path, own: int, generic: int) -> None:
    """A plan of Telefonica with stock of its own and generic stock of two operators."""
    add_plans(desk, plan(operator="Telefonica"), plan(sku="ANY"))
    if own:
        upload(desk, write(path / "own.csv", map(row, range(own))), plan_sku=SKU, approve=True)
    if generic:
        rows = map(row, range(1000, 1000 + generic))
        upload(desk, write(path / "generic.csv", rows), approve=True)
    others = map(row, range(2000, 2001))
    upload(desk, write(path / "others.csv", others), operator="Odido", approve=True)


def claim(desk: Desk, order: str, *, sku: str = SKU, later: timedelta = timedelta()) -> str | None:
    """Reserve for an order; the card, or None when sold out."""
    now = desk.clock() + later

    def work(session: Session) -> str | None:
        found = plan_row(session, sku)
        esim = reserve(session, plan=found, order_id=order, until=now + WAIT, now=now)
        return esim.iccid if esim else None

    return transact(desk.engine, work)


def do(desk: Desk, work: Callable[[Session], object]) -> None:
    """Run a change in a transaction."""
    transact(desk.engine, work)


def count(desk: Desk, sku: str = SKU) -> int:
    """What the plan could sell."""
    with snapshot(desk.engine) as session:
        return available_count(session, plan_row(session, sku), desk.clock())


def test_own_stock_goes_first_then_generic_of_the_operator(desk: Desk, tmp_path: Path) -> None:
    """Another operator's profile is never taken, except by a plan that takes any."""
    stocked(desk, tmp_path, own=1, generic=1)
    assert (count(desk), count(desk, "ANY")) == (2, 2)
    claimed = [claim(desk, new_id()) for _ in range(3)]
    assert claimed == [iccid(0), iccid(1000), None]
    assert claim(desk, new_id(), sku="ANY") == iccid(2000)


def test_a_released_reservation_is_for_sale_again(desk: Desk, tmp_path: Path) -> None:
    """Releasing twice, or for an order without reservation, does nothing."""
    stocked(desk, tmp_path, own=1, generic=0)
    order = new_id()
    claim(desk, order)
    assert count(desk) == 0
    for wanted in (order, order, new_id()):
        do(desk, lambda session, wanted=wanted: release(session, wanted))  # type: ignore[misc]
    assert count(desk) == 1
    assert claim(desk, new_id()) == iccid(0)


def test_an_expired_reservation_is_freed_only_when_needed(desk: Desk, tmp_path: Path) -> None:
    """The late order finds its reservation gone and is told so."""
    stocked(desk, tmp_path, own=1, generic=0)
    late = new_id()
    claim(desk, late)
    assert claim(desk, new_id(), later=WAIT - timedelta(seconds=1)) is None
    assert claim(desk, new_id(), later=WAIT) == iccid(0)
    with pytest.raises(Refused) as refusal:
        do(desk, lambda session: sold(session, desk, late))
    assert refusal.value.code == "reservation_gone"


def sold(session: Session, desk: Desk, order: str) -> EsimRow:
    """Finish the sale of an order."""
    return mark_sold(session, order, now=desk.clock(), company_id=new_id(), end_user_id=None)


def test_a_sold_profile_is_released_and_sold_no_more(desk: Desk, tmp_path: Path) -> None:
    """After a refund it is withdrawn once and for all."""
    stocked(desk, tmp_path, own=1, generic=0)
    order = new_id()
    claim(desk, order)
    esim = transact(desk.engine, lambda session: sold(session, desk, order))
    assert (esim.stock_state, esim.reserved_until, esim.sold_at) == ("sold", None, desk.clock())
    assert format_code(code_of(esim)) == "LPA:1$smdp.example.com$UP-00000000"
    do(desk, lambda session: release(session, order))
    assert claim(desk, new_id()) is None
    with pytest.raises(Refused):
        do(desk, lambda session: sold(session, desk, order))
    do(desk, lambda session: withdraw(session, esim.id))
    with pytest.raises(Refused, match="not sold"):
        do(desk, lambda session: withdraw(session, esim.id))
    assert claim(desk, new_id()) is None


def race(buyers: int, buy: Callable[[], list[str]]) -> Counter[str]:
    """Let buyers go at once; how often each card was bought."""
    start = Barrier(buyers)

    def go(_: int) -> list[str]:
        start.wait()
        return buy()

    with ThreadPoolExecutor(buyers) as pool:
        return Counter(card for cards in pool.map(go, range(buyers)) for card in cards)


def test_eight_tills_sell_exactly_what_there_is(desk: Desk, tmp_path: Path) -> None:
    """Own and generic stock run out together, and no card is sold twice."""
    stocked(desk, tmp_path, own=30, generic=30)

    def buy() -> list[str]:
        cards: list[str] = []
        while True:
            order = new_id()
            card = claim(desk, order)
            if card is None:
                return cards
            do(desk, lambda session, order=order: sold(session, desk, order))  # type: ignore[misc]
            cards.append(card)

    bought = race(8, buy)
    assert len(bought) == bought.total() == 60
    assert count(desk) == 0


def test_reading_first_and_writing_later_does_oversell(engine: Engine, desk: Desk) -> None:
    """The race above bites: without the claim, two tills sell one profile."""
    add_plans(desk, plan())
    _one_profile(desk)
    both_have_read = Barrier(2)

    def buy() -> list[str]:
        with snapshot(engine) as session:
            free = session.exec(select(EsimRow).where(EsimRow.stock_state == "available")).one()
            esim_id, card = free.id, free.iccid
        both_have_read.wait()
        sale = {"stock_state": "sold", "order_id": new_id(), "sold_at": desk.clock()}
        statement = update(EsimRow).where(col(EsimRow.id) == esim_id).values(**sale)
        do(desk, lambda session: session.execute(statement))
        return [card]

    assert race(2, buy) == Counter({iccid(1): 2})


def _one_profile(desk: Desk) -> None:
    from tests.shop import add_stock

    add_stock(desk, SKU, 1)


def test_locked_profiles_are_waited_for_before_sold_out(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    """A till that gives up its claim leaves the profile to the one that waited."""
    from datetime import UTC, datetime

    now = datetime(2026, 3, 1, 10, tzinfo=UTC)
    desk = Desk(postgresql_engine, lambda: now, "tester", "R1")
    stocked(desk, tmp_path, own=1, generic=0)
    with ThreadPoolExecutor(1) as pool:
        with Session(postgresql_engine) as giving_up:
            found = plan_row(giving_up, SKU)
            reserve(giving_up, plan=found, order_id=new_id(), until=now + WAIT, now=now)
            waiting = pool.submit(claim, desk, new_id())
            _until_someone_waits(postgresql_engine)
            giving_up.rollback()
        assert waiting.result(timeout=20) == iccid(0)


def _until_someone_waits(engine: Engine) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with engine.connect() as connection:
        while not connection.exec_driver_sql(waiting).scalar():
            connection.rollback()  # a new look at the activity
