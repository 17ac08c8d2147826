"""Copies made while the shop sells, and the drill of bringing one back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from catalog.kernel.database import open_engine, snapshot
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.sqlite_file import read_stamp
from store_app.backup import back_up, restore
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders
from store_app.desk.sales import sell
from store_app.doctor import examine
from store_app.schema import METADATA
from store_app.upgrade import upgrade
from tests.peers.postgres_peer import PostgresPeer
from tests.shop import small_shop

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
SKU = "ES-5GB-30D"


def _counts(engine: Engine) -> dict[str, int]:
    with snapshot(engine) as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }


@contextmanager
def _opened(address: str) -> Iterator[Engine]:
    engine = open_engine(address)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A shop that has sold one eSIM, on each engine."""
    small_shop(desk, stock=60)
    sell(desk, sku=SKU, pay="cash", key="first")
    return desk


def test_a_copy_holds_every_row(shop: Desk, tmp_path: Path) -> None:
    """From either engine the copy is a whole, healthy store of its own, and private."""
    copy = tmp_path / "copy.db"
    result = back_up(shop.engine, copy)
    assert result.checked
    assert result.bytes == copy.stat().st_size > 0
    assert copy.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy.db"]
    with _opened(str(copy)) as engine:
        assert _counts(engine) == _counts(shop.engine)
        assert [check for check in examine(engine, NOW) if not check.ok] == []


def test_a_copy_is_consistent_while_others_sell(shop: Desk, tmp_path: Path) -> None:
    """Every copy taken during a rush of sales is a sound store at some moment of it."""
    begun = threading.Event()
    copies: list[Path] = []

    def rush() -> None:
        for number in range(25):
            sell(shop, sku=SKU, pay="cash", key=f"rush-{number}")
            begun.set()

    with ThreadPoolExecutor() as pool:
        selling = pool.submit(rush)
        begun.wait(30)
        while len(copies) < 3:
            copies.append(tmp_path / f"copy{len(copies)}.db")
            back_up(shop.engine, copies[-1])
        selling.result(60)
    for copy in copies:
        with _opened(str(copy)) as engine:
            assert [check for check in examine(engine, NOW) if not check.ok] == []


def test_restore_drill(sqlite_desk: Desk, tmp_path: Path) -> None:
    """A lost sale comes back, and the store that was replaced lies beside it."""
    small_shop(sqlite_desk)
    sold = sell(sqlite_desk, sku=SKU, pay="cash", key="first")
    back_up(sqlite_desk.engine, tmp_path / "copy.db")
    sell(sqlite_desk, sku=SKU, pay="cash", key="second")
    sqlite_desk.engine.dispose()
    store = tmp_path / "store.db"
    result = restore(str(store), store, tmp_path / "copy.db", NOW)
    assert result.checked
    assert [view.order for view in list_orders(sqlite_desk)] == [sold.order]
    with _opened(str(tmp_path / "store-before-restore-20260301T100000.db")) as replaced:
        assert _counts(replaced)["sales_order"] == 2


def test_restores_of_one_second_overwrite_nothing(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Every store that was replaced lies beside the new one, also when the clock stands."""
    small_shop(sqlite_desk)
    back_up(sqlite_desk.engine, tmp_path / "copy.db")
    sell(sqlite_desk, sku=SKU, pay="cash", key="lost otherwise")
    sqlite_desk.engine.dispose()
    store = tmp_path / "store.db"
    for _ in range(3):
        restore(str(store), store, tmp_path / "copy.db", NOW)
    sold = []
    for mark in ("", "-2", "-3"):
        with _opened(str(tmp_path / f"store-before-restore-20260301T100000{mark}.db")) as replaced:
            sold.append(_counts(replaced)["sales_order"])
    assert sold == [1, 0, 0]


def test_restore_makes_a_missing_store(sqlite_desk: Desk, tmp_path: Path) -> None:
    """On a new machine there is nothing to put aside."""
    small_shop(sqlite_desk)
    back_up(sqlite_desk.engine, tmp_path / "copy.db")
    store = tmp_path / "new" / "store.db"
    restore(str(store), store, tmp_path / "copy.db", NOW)
    with _opened(str(store)) as engine:
        assert _counts(engine)["esim"] == 3


def test_a_store_in_use_is_not_replaced(sqlite_desk: Desk, tmp_path: Path) -> None:
    """While a till has the store open, restoring is refused and the till goes on."""
    small_shop(sqlite_desk)
    back_up(sqlite_desk.engine, tmp_path / "copy.db")
    store = tmp_path / "store.db"
    with pytest.raises(Refused) as refusal:
        restore(str(store), store, tmp_path / "copy.db", NOW)
    assert refusal.value.code == "store_in_use"
    sell(sqlite_desk, sku=SKU, pay="cash", key="still open")
    assert not (tmp_path / "store.db.restored").exists()


def test_a_copy_goes_into_an_empty_server(
    shop: Desk, tmp_path: Path, postgres: PostgresPeer
) -> None:
    """A shop moves from either engine to a server, and only into an empty one."""
    back_up(shop.engine, tmp_path / "copy.db")
    with postgres.database(empty=True) as url:
        restore(url, None, tmp_path / "copy.db", NOW)
        with _opened(url) as engine:
            assert _counts(engine) == _counts(shop.engine)
            assert [check for check in examine(engine, NOW) if not check.ok] == []
        with pytest.raises(Refused) as refusal:
            restore(url, None, tmp_path / "copy.db", NOW)
        assert refusal.value.code == "not_empty"


def test_a_copy_never_overwrites_what_is_not_a_copy(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Not the store itself, not somebody's file, not a folder that is not there."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear shop, " * 100)
    for path in (tmp_path / "store.db", letter, tmp_path / "nowhere" / "copy.db"):
        with pytest.raises((Refused, NotFound)):
            back_up(sqlite_desk.engine, path)
    assert letter.read_text().startswith("Dear")
    back_up(sqlite_desk.engine, tmp_path / "copy.db")
    assert back_up(sqlite_desk.engine, tmp_path / "copy.db").checked


def test_only_a_whole_copy_of_a_known_version_is_restored(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """A missing copy, a damaged one and one of a newer version leave the store alone."""
    store, copy = tmp_path / "store.db", tmp_path / "copy.db"
    small_shop(sqlite_desk)
    back_up(sqlite_desk.engine, copy)
    sqlite_desk.engine.dispose()
    before = store.read_bytes()
    newer, damaged = tmp_path / "newer.db", tmp_path / "damaged.db"
    newer.write_bytes(_with_schema(copy.read_bytes(), 99))
    damaged.write_bytes(_torn(copy.read_bytes()))
    for bad in (tmp_path / "missing.db", newer, damaged):
        with pytest.raises((Refused, NotFound)):
            restore(str(store), store, bad, NOW)
    assert store.read_bytes() == before


def _with_schema(content: bytes, number: int) -> bytes:
    """The file with another `user_version`, which is at offset 60 of its header."""
    return content[:60] + number.to_bytes(4) + content[64:]


def _torn(content: bytes) -> bytes:
    """The file with its second half overwritten, as a bad disk leaves it."""
    half = len(content) // 8192 * 4096
    return content[:half] + b"\xff" * (len(content) - half)


def test_the_header_offset_is_right(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The test above changes what it means to change."""
    back_up(sqlite_desk.engine, tmp_path / "copy.db")
    path = tmp_path / "newer.db"
    path.write_bytes(_with_schema((tmp_path / "copy.db").read_bytes(), 99))
    stamp = read_stamp(path)
    assert stamp is not None
    assert stamp.schema == 99
    with pytest.raises(Refused):
        upgrade(str(path))
