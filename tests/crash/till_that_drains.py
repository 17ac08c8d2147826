"""One of many tills that claim profiles until none is left; prints the cards that it sold.

Run as: python -m tests.crash.till_that_drains STORE SKU
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from catalog.kernel.database import open_engine, transact
from catalog.kernel.ids import new_id
from catalog.repository import plan_row
from catalog.stock.reserve import mark_sold, reserve

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def main(store: str, sku: str) -> None:
    """Reserve and sell, a transaction each time, as a cash sale does."""
    engine, company = open_engine(store), new_id()

    def sell(session: Session) -> str | None:
        order, until = new_id(), NOW + timedelta(minutes=2)
        plan = plan_row(session, sku)
        if reserve(session, plan=plan, order_id=order, until=until, now=NOW) is None:
            return None
        sold = mark_sold(session, order, now=NOW, company_id=company, end_user_id=None)
        return sold.iccid

    sys.stdin.readline()  # all begin at once
    while card := transact(engine, sell):
        sys.stdout.write(f"{card}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
