"""Placing an order: everything that must be true and written before money moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import is_id, new_id, new_reference
from catalog.kernel.new_rows import new_row
from catalog.kernel.quoting import quoted
from catalog.kernel.requests import Request, claim
from catalog.kernel.settings import StoreSettings
from checkout.billing.holds import Hold, place_hold
from checkout.billing.subscriptions.issuing import left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.billing.tables import WalletRow
from checkout.orders.agreement import Agreement, Counter, Payment, Wish
from checkout.orders.buyers import paying_wallet
from checkout.orders.on_invoice import METHOD, Credit, bill_orders, credit_for
from checkout.orders.tables import OrderRow
from checkout.orders.tender import tender
from checkout.payments.attempts import attempts_of, open_attempt
from checkout.payments.tables import PaymentAttemptRow


@dataclass(frozen=True, slots=True)
class Placed:
    """An order with its payment attempt; not new when its key stood for it already.

    A new one on invoice has its invoice; above the credit limit it waits for its money.
    """

    order: OrderRow
    attempt: PaymentAttemptRow
    is_new: bool
    invoice: InvoiceRow | None = None
    waits: bool = False


def place(
    session: Session,
    request: Request,
    counter: Counter,
    wish: Wish,
    payment: Payment,
    *,
    at_once: bool = False,
) -> Placed:
    """Place the order for a wish, or give back the one that this key stands for.

    `at_once` promises that a new one is delivered in this transaction, unless it waits for money.

    Raises:
        Refused: no terms, method not offered, too little tendered, wallet too low, sold out;
            nothing is written then.

    """
    claimed = claim(session, request, new_id())
    order_id = str(claimed.subject_id)
    if not claimed.is_new:
        return placed_before(session, order_id)
    agreed = wish.agree(session, counter, payment.method, request.now)
    parameters = tender(payment.method, payment.tendered, agreed.price)
    credit = _credit(session, agreed, wish.kind, payment)
    order = _order(request, counter, agreed, order_id=order_id, kind=wish.kind, payment=payment)
    if credit is not None and not credit.is_enough:
        _let_wait(order, counter.settings)
        at_once = False
    parameters |= _set_aside(session, request, agreed, order, at_once=at_once)
    session.add(order)
    invoice = None if credit is None else billed(session, [order], credit, counter.settings)
    attempt = _attempt(session, order, parameters)
    waits = invoice is not None and waits_for(invoice, credit)
    return Placed(order, attempt, is_new=True, invoice=invoice, waits=waits)


def write_billed(
    session: Session,
    request: Request,
    counter: Counter,
    agreed: Agreement,
    order_id: str,
    *,
    kind: str,
    payment: Payment,
    credit: Credit,
) -> tuple[OrderRow, PaymentAttemptRow]:
    """Write one of several orders that share an invoice: its profile and its attempt, no bill."""
    order = _order(request, counter, agreed, order_id=order_id, kind=kind, payment=payment)
    if not credit.is_enough:
        _let_wait(order, counter.settings)
    _set_aside(session, request, agreed, order, at_once=credit.is_enough)
    session.add(order)
    return order, _attempt(session, order, {})


def _set_aside(
    session: Session,
    request: Request,
    agreed: Agreement,
    order: OrderRow,
    *,
    at_once: bool,
) -> dict[str, Any]:
    """Find what an order needs before it is written; what its attempt keeps of the money held."""
    payer = paying_wallet(session, agreed.buyer, order.method)
    if agreed.set_aside is not None:
        agreed.set_aside(order, at_once)
    return {} if payer is None else _held(session, request, order, payer)


def placed_before(session: Session, order_id: str) -> Placed:
    """The order that the key stood for already, with its last attempt."""
    earlier = session.get_one(OrderRow, order_id, populate_existing=True)
    return Placed(earlier, attempts_of(session, order_id)[-1], is_new=False)


def billed(
    session: Session, orders: Sequence[OrderRow], credit: Credit, settings: StoreSettings
) -> InvoiceRow:
    """The one invoice of new orders."""
    session.flush()
    return bill_orders(session, orders, credit, settings)


def waits_for(invoice: InvoiceRow, credit: Credit | None) -> bool:
    """Whether what is on a new invoice is delivered only when that is paid."""
    return credit is not None and not credit.is_enough and left_minor(invoice) > 0


def _credit(session: Session, agreed: Agreement, kind: str, payment: Payment) -> Credit | None:
    """The credit that the company has for an order on invoice; None for other methods."""
    if payment.when_paid and payment.method != METHOD:
        raise Refused(
            "Only an order on invoice waits until it is paid; nothing was sold.",
            code="bad_choice",
            field="when_paid",
        )
    if payment.method != METHOD:
        return None
    buyer, price = agreed.buyer, agreed.price
    return credit_for(session, buyer, price, kind=kind, when_paid=payment.when_paid)


def _let_wait(order: OrderRow, settings: StoreSettings) -> None:
    """Keep its profile until its invoice is due; in no shift, as it is delivered in another."""
    order.shift_id = None
    until = order.created_at + timedelta(days=settings.payment_terms_days)
    order.deadline_at = max(order.deadline_at, until)


def _order(
    request: Request,
    counter: Counter,
    agreed: Agreement,
    *,
    order_id: str,
    kind: str,
    payment: Payment,
) -> OrderRow:
    settings, buyer, price = counter.settings, agreed.buyer, agreed.price
    seconds = settings.card_reserve_s if payment.method == "card" else settings.cash_reserve_s
    return new_row(
        OrderRow,
        id=order_id,
        reference=new_reference("O"),
        request_key=request.key,
        kind=kind,
        state="placed",
        register_id=counter.register_id,
        actor=request.actor,
        plan_id=agreed.plan_id,
        esim_id=agreed.esim_id,
        wallet_id=agreed.wallet_id,
        invoice_id=agreed.invoice_id,
        company_id=buyer.company.id,
        end_user_id=buyer.end_user.id if buyer.end_user else None,
        item=dict(agreed.item),
        net_minor=price.net_minor,
        tax_minor=price.tax_minor,
        total_minor=price.total_minor,
        tax_rate=price.tax_rate,
        currency=price.currency,
        method=payment.method,
        shift_id=counter.shift_id,
        deadline_at=payment.until or request.now + timedelta(seconds=seconds),
        created_at=request.now,
    )


def _held(session: Session, request: Request, order: OrderRow, payer: WalletRow) -> dict[str, Any]:
    """Set the total aside in the wallet that pays."""
    total, name = order.total_minor, str(order.item["name"])
    hold = Hold(order.id, payer.id, total, order.currency, order.deadline_at, name)
    place_hold(session, hold, request.actor, request.now)
    return {"wallet_id": payer.id}


def _attempt(session: Session, order: OrderRow, parameters: Mapping[str, Any]) -> PaymentAttemptRow:
    return open_attempt(
        session,
        order_id=order.id,
        method=order.method,
        amount_minor=order.total_minor,
        currency=order.currency,
        parameters=parameters,
        now=order.created_at,
    )


def order_named(session: Session, text: str, *, lock: bool = False) -> OrderRow:
    """An order by its reference, receipt number or id, or `NotFound`."""
    wanted = text.strip()
    column = OrderRow.id if is_id(wanted) else OrderRow.reference
    statement = select(OrderRow).where(column == (wanted if is_id(wanted) else wanted.upper()))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound(f"There is no order {quoted(wanted)}.", code="unknown_order", field="order")
    return row
