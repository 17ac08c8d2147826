"""Making a store, opening it, keeping it in order, and the demo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from catalog.esim.tables import EsimRow
from catalog.kernel.errors import NotFound, Refused, StoreError, Unavailable
from catalog.kernel.settings import load_settings
from catalog.tables import PlanRow
from store_app.bootstrap import init, open_desk
from store_app.desk.context import Desk
from store_app.desk.esims import list_esims
from store_app.desk.order_views import list_orders
from store_app.desk.sales import sell
from store_app.desk.shifts import current_shift
from store_app.desk.upkeep import backup, doctor, maintain, read_settings, restore, write_setting
from tests.peers.postgres_peer import PostgresPeer
from tests.shop import leave_open, small_shop

SKU = "ES-5GB-30D"


def _later(desk: Desk, **passed: int) -> Desk:
    instant = desk.clock() + timedelta(**passed)
    return replace(desk, clock=lambda: instant)


def test_a_missing_store_is_made_or_refused(tmp_path: Path) -> None:
    """The screens make one; commands do not invent a store from a mistyped name."""
    address = str(tmp_path / "new" / "shop.db")
    with pytest.raises(NotFound) as refusal:
        open_desk(address, create=False)
    assert refusal.value.code == "no_store"
    open_desk(address).engine.dispose()
    open_desk(address, create=False).engine.dispose()


def test_first_settings_are_set_once(tmp_path: Path) -> None:
    """Currency and VAT rate are those of the first time; again changes nothing."""
    address = str(tmp_path / "shop.db")
    first = init(address, currency="USD", vat_rate="21")
    assert first == init(address, currency="EUR", vat_rate="5")
    desk = open_desk(address)
    assert read_settings(desk)["currency"] == "USD"
    assert write_setting(desk, "vat_rate", "9")["vat_rate"] == 900
    with pytest.raises(Refused):
        write_setting(desk, "vat_rate", "a lot")
    assert read_settings(desk)["vat_rate"] == 900
    desk.engine.dispose()


def test_a_server_store_is_made_by_init_alone(postgres: PostgresPeer) -> None:
    """Opening an empty database is refused; after `init` it opens, and no password is shown."""
    with postgres.database(empty=True) as url:
        with pytest.raises(Refused) as refusal:
            open_desk(url)
        assert refusal.value.code == "not_upgraded"
        init(url)
        desk = open_desk(url)
        assert [check for check in doctor(desk) if not check.ok] == []
        desk.engine.dispose()


@pytest.mark.parametrize(
    ("address", "kind", "code"),
    [
        ("mysql://root@localhost/shop", Refused, "bad_store"),
        ("sqlite://", Refused, "bad_store"),
        ("://", Refused, "bad_store"),
        ("postgresql://shop:hunter2@127.0.0.1:1/shop", Unavailable, "unreachable"),
        ("/proc/nowhere/shop.db", Unavailable, "unreachable"),
    ],
)
def test_an_address_that_leads_nowhere_is_explained(
    address: str, kind: type[StoreError], code: str
) -> None:
    """The person reads what is wrong, and never a password."""
    with pytest.raises(kind) as refusal:
        open_desk(address)
    assert refusal.value.code == code
    assert "hunter2" not in str(refusal.value)


def test_maintain_does_what_is_due_once(desk: Desk) -> None:
    """Reservations, overdue orders and expiries; the second run finds nothing."""
    small_shop(desk)
    sell(desk, sku=SKU, pay="cash", key="sold")
    leave_open(desk, sku=SKU, key="crashed")
    assert maintain(desk).reconciled == 0
    later = _later(desk, minutes=3)
    done = maintain(later)
    assert (done.reconciled, done.released, done.expired) == (1, 1, 0)
    assert maintain(later) == maintain(later) == type(done)(0, 0, 0)
    states = [view.state for view in list_orders(desk)]
    assert sorted(states) == ["cancelled", "delivered"]
    assert [check for check in doctor(later) if not check.ok] == []


def test_the_desk_copies_and_brings_back(tmp_path: Path) -> None:
    """`backup` and `restore` by the names people type."""
    address = str(tmp_path / "shop.db")
    init(address, currency="USD")
    desk = open_desk(address)
    assert backup(desk, tmp_path / "copy.db").checked
    write_setting(desk, "currency", "EUR")
    desk.engine.dispose()
    assert restore(address, tmp_path / "copy.db").checked
    again = open_desk(address)
    assert read_settings(again)["currency"] == "USD"
    again.engine.dispose()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo store, filled once."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESIM_STORE_NOW", "2026-03-01T10:00:00Z")
        init(str(path), demo=True)
    return path


def test_the_demo_is_a_sound_shop_in_full_swing(demo: Path) -> None:
    """Goods, sales in every state, an open shift, and nothing for the doctor to find."""
    desk = replace(open_desk(str(demo)), clock=lambda: datetime(2026, 3, 1, 10, tzinfo=UTC))
    shift = current_shift(desk)
    assert shift is not None
    assert shift.float_minor == 10_000
    seen = {(view.status, view.status_reason) for view in list_esims(desk)}
    assert {("active", ""), ("suspended", "depleted"), ("suspended", "expired")} <= seen
    assert ("activation_ready", "") in seen
    assert [check for check in doctor(desk) if not check.ok] == []
    desk.engine.dispose()


def test_a_demo_is_filled_once_and_never_over_real_goods(demo: Path, tmp_path: Path) -> None:
    """Again is no harm; a store with plans of its own is refused."""
    assert init(str(demo), demo=True).schema
    real = str(tmp_path / "real.db")
    desk = open_desk(real)
    small_shop(desk)
    with pytest.raises(Refused) as refusal:
        init(real, demo=True)
    assert refusal.value.code == "not_empty"
    with Session(desk.engine) as session:
        assert not load_settings(session).demo
        assert len(session.exec(select(PlanRow.id)).all()) == 1
        assert len(session.exec(select(EsimRow.id)).all()) == 3
    desk.engine.dispose()


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_the_demo_works_at_any_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    """Right after midnight nothing was sold today, and late in the evening much was."""
    monkeypatch.setenv("ESIM_STORE_NOW", f"2026-03-01T{hour:02d}:01:00Z")
    address = str(tmp_path / "demo.db")
    init(address, demo=True)
    desk = open_desk(address)
    assert [check for check in doctor(desk) if not check.ok] == []
    assert current_shift(desk) is not None
    desk.engine.dispose()
