"""Amounts of orders, receipts and refunds: one price, one tax, wherever it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, exists, func, literal, or_, select
from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.settings import is_currency
from catalog.tables import PlanRow
from checkout.accounts.tables import CompanyRow
from checkout.billing.ledger import BYTE
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.billing.tables import LedgerAccountRow, WalletRow
from checkout.billing.tax import split_tax, tax_of
from checkout.documents.tables import ReceiptRow
from checkout.orders.on_invoice import METHOD
from checkout.orders.tables import OrderRow
from checkout.payments.tables import PaymentAttemptRow, RefundRow
from checkout.till.tables import ShiftRow
from store_app.invariants.rule import Rule, named, rows_of, table_of

ORDERS = table_of(OrderRow)
INVOICES = table_of(InvoiceRow)
ATTEMPTS = table_of(PaymentAttemptRow)
REFUNDS = table_of(RefundRow)
_EARLIER = REFUNDS.alias()
RECEIPTS = table_of(ReceiptRow)
WALLETS = table_of(WalletRow)

_CURRENCIES: tuple[Column[Any], ...] = (
    table_of(PlanRow).c.currency,
    table_of(EsimRow).c.cost_currency,
    table_of(CompanyRow).c.currency,
    WALLETS.c.currency,
    ORDERS.c.currency,
    ATTEMPTS.c.currency,
    REFUNDS.c.currency,
    table_of(ShiftRow).c.currency,
    INVOICES.c.currency,
    table_of(LedgerAccountRow).c.unit,
)


def _taxes(session: Session, now: datetime) -> Iterator[str]:
    """Orders whose tax is not that of their price at their rate."""
    del now
    statement = select(
        ORDERS.c.reference,
        ORDERS.c.net_minor,
        ORDERS.c.tax_minor,
        ORDERS.c.total_minor,
        ORDERS.c.tax_rate,
        ORDERS.c.method,
    )
    for reference, net, tax, total, rate, method in rows_of(session, statement):
        off = 1 if method == METHOD else 0  # its share of a tax that is rounded once for all
        if net + tax != total or min(net, tax, rate) < 0 or not _is_tax(net, tax, rate, off):
            yield f"order {reference}"


def _is_tax(net: int, tax: int, rate: int, off: int) -> bool:
    """Whether the tax was added to the net, or taken out of the total, by the one rule."""
    added = tax_of(net, rate, inclusive=False).tax_minor
    taken = tax_of(net + tax, rate, inclusive=True).tax_minor
    return any(abs(tax - one) <= off for one in (added, taken))


def _receipts() -> Select[Any]:
    """Receipts that say something else than their order."""
    return (
        select(literal("receipt"), RECEIPTS.c.number)
        .join(ORDERS, ORDERS.c.receipt_number == RECEIPTS.c.number)
        .where(
            ORDERS.c.method != METHOD,
            or_(
                RECEIPTS.c.order_id != ORDERS.c.id,
                _number("net_minor").is_distinct_from(ORDERS.c.net_minor),
                _number("tax_minor").is_distinct_from(ORDERS.c.tax_minor),
                _number("total_minor").is_distinct_from(ORDERS.c.total_minor),
                _number("tax_rate").is_distinct_from(ORDERS.c.tax_rate),
                _word("currency").is_distinct_from(ORDERS.c.currency),
                _word("method").is_distinct_from(ORDERS.c.method),
                _word("order").is_distinct_from(ORDERS.c.reference),
            ),
        )
    )


def _invoices() -> Select[Any]:
    """Invoices of orders that were printed otherwise than they are."""
    on_it = exists().where(
        ORDERS.c.id == RECEIPTS.c.order_id, ORDERS.c.receipt_number == RECEIPTS.c.number
    )
    return (
        select(literal("invoice"), RECEIPTS.c.number)
        .join(INVOICES, INVOICES.c.number == RECEIPTS.c.number)
        .where(
            INVOICES.c.kind == "order",
            or_(
                ~on_it,
                _number("net_minor").is_distinct_from(INVOICES.c.net_minor),
                _number("tax_minor").is_distinct_from(INVOICES.c.tax_minor),
                _number("total_minor").is_distinct_from(INVOICES.c.total_minor),
                _number("tax_rate").is_distinct_from(INVOICES.c.tax_rate),
                _word("currency").is_distinct_from(INVOICES.c.currency),
            ),
        )
    )


def _credit_notes() -> Select[Any]:
    """Credit notes that say something else than their refund."""
    return (
        select(literal("credit note"), RECEIPTS.c.number)
        .join(REFUNDS, REFUNDS.c.number == RECEIPTS.c.number)
        .where(
            or_(
                RECEIPTS.c.order_id != REFUNDS.c.order_id,
                _number("tax_minor").is_distinct_from(-REFUNDS.c.tax_minor),
                _number("total_minor").is_distinct_from(-REFUNDS.c.amount_minor),
                _word("currency").is_distinct_from(REFUNDS.c.currency),
            )
        )
    )


def _number(key: str) -> Any:
    return RECEIPTS.c.content[key].as_integer()


def _word(key: str) -> Any:
    return RECEIPTS.c.content[key].as_string()


def _refund_taxes(session: Session, now: datetime) -> Iterator[str]:
    """Orders whose refunds do not give back the share of the tax that is in their amount."""
    del now
    statement = (
        select(
            ORDERS.c.reference,
            ORDERS.c.total_minor,
            ORDERS.c.tax_minor,
            func.sum(REFUNDS.c.amount_minor),
            func.sum(REFUNDS.c.tax_minor),
            _failed(),
        )
        .join(REFUNDS, REFUNDS.c.order_id == ORDERS.c.id)
        .where(REFUNDS.c.state != "failed")
        .group_by(ORDERS.c.id, ORDERS.c.reference, ORDERS.c.total_minor, ORDERS.c.tax_minor)
    )
    for reference, total, tax, back, tax_back, failed in rows_of(session, statement):
        is_within = 0 <= back <= total
        if not is_within or abs(tax_back - split_tax(total, tax, int(back))) > failed:
            yield f"order {reference}"


def _failed() -> Any:
    """How many refunds of an order failed: each may leave the others a minor unit apart."""
    return (
        select(func.count())
        .select_from(_EARLIER)
        .where(_EARLIER.c.order_id == ORDERS.c.id, _EARLIER.c.state == "failed")
        .scalar_subquery()
    )


def _currencies(session: Session, now: datetime) -> Iterator[str]:
    """Codes that are no currency of ISO 4217, and the tables that they are in."""
    del now
    for column in _CURRENCIES:
        used = select(column).distinct().where(column.not_in(("", BYTE)))
        for (code,) in rows_of(session, used):
            if not is_currency(code):
                yield f"{code} in {column.table.name}"


RULES = (
    Rule("each invoice of orders was printed as it is", named(_invoices)),
    Rule("the tax of each order is that of its price at its rate", _taxes),
    Rule("each receipt says what its order says", named(_receipts)),
    Rule("each credit note says what its refund says", named(_credit_notes)),
    Rule("the tax given back is the share of what was given back", _refund_taxes),
    Rule("every currency is one of ISO 4217", _currencies),
)
