"""A small shop for tests: two plans and a few profiles, written straight into the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session
from stdnum import luhn

from catalog.esim.identifiers import iccid_key
from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from catalog.kernel.ids import new_id
from catalog.kernel.settings import set_setting
from catalog.plan_rules import build_plan
from catalog.plans import Plan
from catalog.repository import plan_row, save_plans
from catalog.stock.lots import LOTS, Lot, new_lot
from catalog.stock.tables import StockBatchRow
from checkout.orders.agreement import Payment
from checkout.orders.place import place
from checkout.orders.purchase import EsimPurchase
from checkout.orders.tables import OrderRow
from store_app.desk.carry_out import request_for
from store_app.desk.context import Desk
from store_app.desk.counter import counter_of
from store_app.desk.shifts import open_shift

SPAIN = {
    "sku": "ES-5GB-30D",
    "kind": "prepaid",
    "name": "Spain 5 GB",
    "countries": ["ES"],
    "currency": "EUR",
    "price": "12.50",
    "data_mb": 5000,
    "validity_days": 30,
    "refill": [{"id": "1GB", "data_mb": 1000, "price": "4.00"}],
}


def plan(**changes: object) -> Plan:
    """A valid prepaid plan with some terms changed."""
    built = build_plan({**SPAIN, **changes})
    assert isinstance(built, Plan), built
    return built


def iccid(number: int) -> str:
    """The n-th ICCID of the tests, with a valid check digit."""
    body = f"8931000000{number:08d}"
    return body + luhn.calc_check_digit(body)


def add_plans(desk: Desk, *plans: Plan) -> None:
    """Save plans."""
    transact(desk.engine, lambda session: save_plans(session, plans, desk.clock()))


def add_stock(desk: Desk, sku: str, count: int, *, first: int = 1) -> None:
    """Approved profiles for one plan."""

    def work(session: Session) -> None:
        row = plan_row(session, sku)
        batch = StockBatchRow(
            id=new_id(),
            reference=f"B-{first:06d}",
            file_name="test.csv",
            file_hash=f"{sku}-{first}",
            operator="",
            plan_id=row.id,
            state="approved",
            accepted=count,
            touched_at=desk.clock(),
            uploaded_by="tester",
            uploaded_at=desk.clock(),
        )
        session.add(batch)
        session.flush()
        lot = new_lot(session, batch.id, Lot(row.id, "", None))
        opened = {"is_open": True, "loaded": count}
        session.execute(update(LOTS).where(LOTS.c.number == lot).values(opened))
        for number in range(first, first + count):
            session.add(_profile(number, row.id, lot))

    transact(desk.engine, work)


def _profile(number: int, plan_id: str, lot: int) -> EsimRow:
    return EsimRow(
        id=new_id(),
        iccid=iccid(number),
        iccid_key=iccid_key(iccid(number)),
        operator="",
        plan_id=plan_id,
        lot=lot,
        smdp_address="smdp.example.com",
        smdp_key="smdp.example.com",
        matching_id=f"TEST-{number:08d}",
        stock_state="available",
    )


def small_shop(desk: Desk, *, stock: int = 3, vat_rate: str = "0", shift: bool = True) -> Desk:
    """A shop with the Spanish plan, some stock, a VAT rate and an open shift of 100.00."""
    add_plans(desk, plan())
    add_stock(desk, "ES-5GB-30D", stock)
    transact(desk.engine, lambda session: set_setting(session, "vat_rate", vat_rate))
    if shift:
        open_shift(desk, float_amount="100.00")
    return desk


def at(desk: Desk, instant: datetime) -> Desk:
    """The same desk at another instant."""
    return replace(desk, clock=lambda: instant)


def leave_open(desk: Desk, *, sku: str, pay: str = "cash", key: str, **buyer: str) -> OrderRow:
    """A sale that was written with its key and not paid, as a kill in between leaves it."""
    wish, payment = EsimPurchase(sku=sku, **buyer), Payment(pay)
    request = request_for(desk, wish, payment, key)

    def work(session: Session) -> OrderRow:
        counter = counter_of(session, desk, wish.kind)
        return place(session, request, counter, wish, payment).order

    return transact(desk.engine, work)
