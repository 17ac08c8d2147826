"""Transactions at the desk: filtered as they are typed, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.kernel.database import snapshot
from checkout.orders.transactions import Transaction, Wanted, transactions_of
from store_app.desk.context import Desk
from store_app.desk.statements import period_of


@dataclass(frozen=True, slots=True)
class Filters:
    """What is typed; empty wants all. `since` and `until` are days or instants."""

    since: str = ""
    until: str = ""
    type: str = ""
    method: str = ""
    status: str = ""
    customer: str = ""
    company: str = ""


def list_transactions(
    desk: Desk, filters: Filters, *, before: Transaction | None = None, limit: int = 200
) -> list[Transaction]:
    """Purchases, refills, wallet refills, invoice payments and refunds, the newest first."""
    with snapshot(desk.engine) as session:
        wanted = Wanted(
            period=period_of(session, filters.since or None, filters.until or None),
            type=filters.type or None,
            method=filters.method or None,
            status=filters.status or None,
            customer=filters.customer.strip() or None,
            company=filters.company.strip() or None,
        )
        return transactions_of(session, wanted, before=before, limit=limit)
