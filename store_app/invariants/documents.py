"""Receipts, credit notes and Z reports: no gaps, and sums that agree to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlmodel import Session

from catalog.kernel.tables import NumberSeriesRow
from checkout.billing.subscriptions.tables import InvoicePaymentRow
from checkout.documents.tables import ReceiptRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.tables import OrderRow
from checkout.payments.tables import RefundRow
from checkout.till.tables import CashMovementRow, ShiftRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ORDERS = table_of(OrderRow)
REFUNDS = table_of(RefundRow)
RECEIPTS = table_of(ReceiptRow)
SHIFTS = table_of(ShiftRow)
MOVEMENTS = table_of(CashMovementRow)
PAYMENTS = table_of(InvoicePaymentRow)
SERIES = table_of(NumberSeriesRow)


def _numbers() -> Select[Any]:
    """Series whose numbers are not exactly 1 to the last one given."""
    register, payer = ORDERS.c.register_id, REFUNDS.c.register_id
    taker = PAYMENTS.c.register_id
    given = union_all(
        _given(register, _tail(ORDERS.c.receipt_number, register, 1)).where(
            ORDERS.c.receipt_number.is_not(None), ORDERS.c.method != METHOD
        ),
        _given(taker, _tail(PAYMENTS.c.receipt_number, taker, 1)).where(
            PAYMENTS.c.receipt_number.is_not(None)
        ),
        _given(payer + "-C", _tail(REFUNDS.c.number, payer, 2)).where(
            REFUNDS.c.destination != METHOD
        ),
        _given(SHIFTS.c.register_id + "-Z", SHIFTS.c.number).where(SHIFTS.c.number.is_not(None)),
        select(SERIES.c.name, null(), SERIES.c.last).where(SERIES.c.name.in_(_series())),
    ).subquery()
    last = func.coalesce(func.max(given.c.last), 0)
    return (
        select(literal("series"), given.c.series)
        .group_by(given.c.series)
        .having(
            or_(
                func.count(given.c.number.distinct()) != last,
                func.coalesce(func.max(given.c.number), 0) != last,
            )
        )
    )


def _series() -> CompoundSelect[Any]:
    """The names of the document series of every register; other series may skip a number."""
    registers = union(select(ORDERS.c.register_id), select(SHIFTS.c.register_id)).subquery()
    return union_all(*(select(registers.c.register_id + mark) for mark in ("", "-C", "-Z")))


def _given(series: ColumnElement[Any], number: ColumnElement[Any]) -> Select[Any]:
    nothing = cast(null(), Integer)
    return select(series.label("series"), number.label("number"), nothing.label("last"))


def _tail(number: ColumnElement[Any], register: ColumnElement[Any], mark: int) -> Any:
    """The digits after the register's id and its mark: `R1-000007`, `R1-C000002`."""
    return cast(func.substr(number, func.length(register) + mark + 1), Integer)


def _receipts() -> Select[Any]:
    """Receipts of no sale, of no refund and of no payment of an invoice."""
    sale = exists().where(ORDERS.c.receipt_number == RECEIPTS.c.number)
    refund = exists().where(REFUNDS.c.number == RECEIPTS.c.number)
    payment = exists().where(PAYMENTS.c.receipt_number == RECEIPTS.c.number)
    return select(literal("receipt"), RECEIPTS.c.number).where(~sale, ~refund, ~payment)


def _z_totals(session: Session, now: datetime) -> Iterator[str]:
    """Closed shifts whose receipts do not add up to their Z report, by tender and currency."""
    del now
    content = RECEIPTS.c.content
    method, currency = content["method"].as_string(), content["currency"].as_string()
    printed_once = (  # the orders of a cart on invoice share theirs
        select(
            SHIFTS.c.register_id,
            SHIFTS.c.number,
            method.label("method"),
            currency.label("currency"),
            RECEIPTS.c.number.label("receipt"),
            content["total_minor"].as_integer().label("total_minor"),
        )
        .distinct()
        .join(ORDERS, ORDERS.c.shift_id == SHIFTS.c.id)
        .join(RECEIPTS, RECEIPTS.c.number == ORDERS.c.receipt_number)
        .where(SHIFTS.c.closed_at.is_not(None), ORDERS.c.invoice_id.is_(None))
    ).subquery()
    each_by = [printed_once.c[name] for name in ("register_id", "number", "method", "currency")]
    statement = select(*each_by, func.sum(printed_once.c.total_minor)).group_by(*each_by)
    receipts = {tuple(row[:4]): int(row[4]) for row in rows_of(session, statement)}
    for register, number, totals in rows_of(session, _z_reports()):
        reported = {
            (register, number, each["method"], each["currency"]): each["total_minor"]
            for each in totals["by_tender"]
        }
        printed = {key: receipts[key] for key in receipts if key[:2] == (register, number)}
        if reported != printed:
            yield f"shift {register}-Z{number}"


def _z_reports() -> Select[Any]:
    return select(SHIFTS.c.register_id, SHIFTS.c.number, SHIFTS.c.totals).where(
        SHIFTS.c.closed_at.is_not(None)
    )


def _drawer_counts() -> Select[Any]:
    """Closed shifts whose expected cash is not float, sales, refunds, invoices and movements."""
    sales = _sum(ORDERS.c.total_minor).where(
        ORDERS.c.shift_id == SHIFTS.c.id,
        ORDERS.c.method == "cash",
        ORDERS.c.receipt_number.is_not(None),
    )
    refunds = _sum(REFUNDS.c.amount_minor).where(
        REFUNDS.c.shift_id == SHIFTS.c.id, REFUNDS.c.destination == "drawer"
    )
    invoiced = _sum(PAYMENTS.c.amount_minor).where(PAYMENTS.c.shift_id == SHIFTS.c.id)
    moved = _sum(MOVEMENTS.c.amount_minor).where(MOVEMENTS.c.shift_id == SHIFTS.c.id)
    expected = (
        SHIFTS.c.float_minor
        + sales.scalar_subquery()
        - refunds.scalar_subquery()
        + invoiced.scalar_subquery()
        + moved.scalar_subquery()
    )
    return select(literal("shift"), SHIFTS.c.register_id, SHIFTS.c.number).where(
        and_(SHIFTS.c.closed_at.is_not(None), SHIFTS.c.expected_minor != expected)
    )


def _sum(amount: Any) -> Select[Any]:
    return select(func.coalesce(func.sum(amount), 0))


RULES = (
    Rule("receipt, credit note and Z numbers have no gaps", named(_numbers)),
    Rule("each receipt belongs to a sale, a refund or a payment", named(_receipts)),
    Rule("the receipts of each closed shift add up to its Z report", _z_totals),
    Rule("the cash expected at closing is what went through the drawer", named(_drawer_counts)),
)
