"""One key, one effect, for uploads, decisions on batches and cancelled orders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select

from catalog.kernel.database import snapshot
from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused
from catalog.kernel.requests import Request
from catalog.kernel.tables import RequestRow
from catalog.stock import answers
from catalog.stock import import_stock as uploads
from catalog.stock.import_stock import StockImport
from store_app.desk.context import Desk
from store_app.desk.orders import cancel_order
from store_app.desk.sales import sell
from store_app.desk.stock import decide_batch, import_stock, list_batches, stock_summary
from tests.shop import add_plans, leave_open, plan, small_shop
from tests.stock_files import row, write

SKU = "ES-5GB-30D"
ROWS = [row(1), row(2, code="lower-case"), row(3, card="8.93E+18"), row(4, code="lower")]


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A desk with the Spanish plan, and uploads in chunks of two rows."""
    add_plans(desk, plan(operator="Telefonica"))
    return desk


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 2)


def keyed(desk: Desk, path: Path, *, key: str = "u1", approve: bool = False) -> StockImport:
    """Upload a file under a key."""
    return import_stock(desk, path, operator="Telefonica", plan_sku=SKU, approve=approve, key=key)


def keys(desk: Desk) -> list[str]:
    """The keys that are remembered."""
    with snapshot(desk.engine) as session:
        return list(session.exec(select(RequestRow.key)))


def test_a_repeated_upload_gives_its_first_answer(shop: Desk, tmp_path: Path) -> None:
    """Counts, remarks and refusals are those of the first time, also after a decision."""
    path = write(tmp_path / "a.csv", ROWS)
    first = keyed(shop, path)
    assert (first.accepted, first.rejected, len(first.warnings)) == (3, 1, 2)
    assert keyed(shop, path) == replace(first, replayed=True)
    decide_batch(shop, str(first.batch), "rollback")
    assert keyed(shop, path) == replace(first, replayed=True)
    assert len(list_batches(shop)) == 1


def test_a_key_is_for_one_upload(shop: Desk, tmp_path: Path) -> None:
    """Another file or another approval is a conflict; the first upload stands."""
    path = write(tmp_path / "a.csv", ROWS)
    keyed(shop, path)
    for other, approve in ((path, True), (write(tmp_path / "b.csv", [row(9)]), False)):
        with pytest.raises(IdempotencyConflict):
            keyed(shop, other, approve=approve)
    assert [view.state for view in list_batches(shop)] == ["pending"]


def test_a_refused_upload_is_not_remembered(shop: Desk, tmp_path: Path) -> None:
    """Neither the refusal of a known file nor a dry run takes the key."""
    path = write(tmp_path / "a.csv", ROWS)
    import_stock(shop, path, operator="Telefonica", dry_run=True, key="u1")
    batch = str(keyed(shop, path, key="u0").batch)
    with pytest.raises(Refused, match=batch):
        keyed(shop, path)
    decide_batch(shop, batch, "reject")
    assert keyed(shop, path).replayed is False


def test_an_upload_that_dies_at_its_end_leaves_nothing(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch and the answer of its key are one transaction."""
    path = write(tmp_path / "a.csv", ROWS)

    def dies(_session: Session, _request: Request, _answer: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(answers, "finish", dies)
        with pytest.raises(OSError, match="disk"):
            keyed(shop, path, approve=True)
    assert (keys(shop), list_batches(shop)) == ([], [])
    assert keyed(shop, path, approve=True).replayed is False


def test_the_same_upload_twice_at_one_moment_is_done_once(shop: Desk, tmp_path: Path) -> None:
    """The one that is overtaken gives the answer of the other."""
    path = write(tmp_path / "a.csv", ROWS)
    inner: list[StockImport] = []

    def overtake() -> bool:
        if not inner:
            inner.append(StockImport(None, "under way"))
            inner[0] = keyed(shop, path)
        return False

    outer = import_stock(
        shop, path, operator="Telefonica", plan_sku=SKU, key="u1", cancelled=overtake
    )
    assert (inner[0].replayed, outer) == (False, replace(inner[0], replayed=True))
    assert len(list_batches(shop)) == 1


def test_a_decision_is_made_once_per_key(shop: Desk, tmp_path: Path) -> None:
    """What it did is told again, although it would do nothing now."""
    batch = str(keyed(shop, write(tmp_path / "a.csv", ROWS)).batch)
    with pytest.raises(NotFound):
        decide_batch(shop, "B-9", "approve", key="d1")
    approved = decide_batch(shop, batch, "approve", key="d1")
    assert (approved.kept, approved.replayed) == (3, False)
    back = decide_batch(shop, batch, "rollback", key="d2")
    assert decide_batch(shop, batch, "rollback", key="d2") == replace(back, replayed=True)
    assert back.removed == 3
    assert decide_batch(shop, batch, "approve", key="d1") == replace(approved, replayed=True)
    with pytest.raises(IdempotencyConflict):
        decide_batch(shop, batch, "reject", key="d1")
    assert stock_summary(shop)[0].available == 0


def test_an_order_is_cancelled_once_per_key(desk: Desk) -> None:
    """The key of the cancellation is not that of the sale."""
    small_shop(desk)
    order = leave_open(desk, sku=SKU, key="k1").reference
    with pytest.raises(IdempotencyConflict):
        cancel_order(desk, order, key="k1")
    first = cancel_order(desk, order, key="c1")
    assert (first.state, first.replayed) == ("cancelled", False)
    assert cancel_order(desk, order, key="c1") == replace(first, replayed=True)
    sale = sell(desk, sku=SKU, pay="cash", key="k2")
    with pytest.raises(Refused, match="Refund it"):
        cancel_order(desk, sale.order, key="c2")
    assert "c2" not in keys(desk)
