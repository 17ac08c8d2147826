"""Orders as the desk shows them: each with what was paid, given back and is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.clock import iso
from catalog.kernel.database import snapshot
from catalog.suppliers.tables import DownloadOrderRow
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.orders.place import order_named
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow, RefundRow
from store_app.desk.context import Desk

_ASKING: Final = dict.fromkeys(
    ("ordering", "confirming", "releasing"), "The supplier is being asked."
)


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order with what was paid and given back."""

    order: str
    kind: str
    state: str
    plan: str | None
    plan_name: str
    iccid: str | None
    customer: str | None
    company: str
    total_minor: int
    tax_minor: int
    currency: str
    method: str
    receipt: str | None
    created_at: datetime
    deadline_at: datetime
    payments: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    waiting: str = ""
    """Why its eSIM is not there yet: what the supplier said, or that nobody knows."""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Facts:
    """What belongs to some orders: names by id, and rows by order."""

    companies: dict[str, str]
    users: dict[str | None, str]
    iccids: dict[str | None, str | None]
    attempts: dict[str, list[PaymentAttemptRow]]
    refunds: dict[str, list[RefundRow]]
    downloads: dict[str, list[DownloadOrderRow]]


def show_order(desk: Desk, order: str) -> OrderView:
    """One order, by its reference or id."""
    with snapshot(desk.engine) as session:
        return order_views(session, [order_named(session, order)])[0]


def list_orders(
    desk: Desk,
    *,
    state: str | None = None,
    method: str | None = None,
    customer: str | None = None,
    limit: int = 200,
) -> list[OrderView]:
    """Orders, the newest first, by state, method and customer."""
    statement = select(OrderRow).order_by(col(OrderRow.created_at).desc(), col(OrderRow.id).desc())
    if state:
        statement = statement.where(OrderRow.state == state)
    if method:
        statement = statement.where(OrderRow.method == method)
    if customer:
        users = select(EndUserRow.id).where(EndUserRow.email == customer.strip().casefold())
        statement = statement.where(col(OrderRow.end_user_id).in_(users))
    with snapshot(desk.engine) as session:
        return order_views(session, list(session.exec(statement.limit(limit)).all()))


def order_views(session: Session, rows: list[OrderRow]) -> list[OrderView]:
    """Orders as views; a fixed number of queries whatever their number."""
    facts = _Facts(
        companies=dict(
            _pairs(session, CompanyRow.id, CompanyRow.name, {r.company_id for r in rows})
        ),
        users=dict(_pairs(session, EndUserRow.id, EndUserRow.email, {r.end_user_id for r in rows})),
        iccids=dict(_pairs(session, EsimRow.id, EsimRow.iccid, {r.esim_id for r in rows})),
        attempts=_of(
            session, PaymentAttemptRow, rows, PaymentAttemptRow.created_at, PaymentAttemptRow.id
        ),
        refunds=_of(session, RefundRow, rows, RefundRow.at, RefundRow.id),
        downloads=_of(session, DownloadOrderRow, rows),
    )
    return [_view(row, facts) for row in rows]


def _view(row: OrderRow, facts: _Facts) -> OrderView:
    waits = row.state == "paid"
    return OrderView(
        order=row.reference,
        kind=row.kind,
        state=row.state,
        plan=row.item.get("sku"),
        plan_name=row.item["name"],
        iccid=facts.iccids.get(row.esim_id) or None,
        customer=facts.users.get(row.end_user_id),
        company=facts.companies[row.company_id],
        total_minor=row.total_minor,
        tax_minor=row.tax_minor,
        currency=row.currency,
        method=row.method,
        receipt=row.receipt_number,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        payments=[_payment(each) for each in facts.attempts.get(row.id, ())],
        refunds=[_refund(each) for each in facts.refunds.get(row.id, ())],
        waiting=_reason(facts.downloads.get(row.id, ())) if waits else "",
    )


def _reason(downloads: Sequence[DownloadOrderRow]) -> str:
    """Why an eSIM that was ordered is not there yet."""
    return next((each.reason or _ASKING.get(each.state, "") for each in reversed(downloads)), "")


def _of(session: Session, table: Any, orders: list[OrderRow], *by: Any) -> dict[str, list[Any]]:
    """The rows of a table that belong to these orders, by order."""
    ids = [order.id for order in orders]
    statement = select(table).where(col(table.order_id).in_(ids)).order_by(*map(col, by))
    found: dict[str, list[Any]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.order_id, []).append(row)
    return found


def _pairs(session: Session, key: Any, value: Any, ids: set[str | None]) -> list[Any]:
    return list(session.exec(select(key, value).where(col(key).in_(ids - {None}))).all())


def _payment(row: PaymentAttemptRow) -> dict[str, Any]:
    return {
        "method": row.method,
        "state": row.state,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "refunded_minor": row.refunded_minor,
        "at": iso(row.settled_at or row.created_at),
        "provider": row.provider,
        "livemode": row.livemode,
        "checkout_url": row.page_url,
        "expires_at": iso(row.expires_at),
        "reason": row.reason,
    }


def _refund(row: RefundRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "destination": row.destination,
        "reason": row.reason,
        "at": iso(row.at),
    }
