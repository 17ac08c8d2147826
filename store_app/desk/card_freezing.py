"""What a new card attempt will send, written down before its transaction ends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.settings import StoreSettings
from checkout.accounts.owners import Owner, owner_of_company, owner_of_user
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.agreement import Payment
from checkout.orders.place import Placed
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import follow, freeze
from checkout.payments.keeping import CardMethod
from checkout.payments.method import Addressee, Bill, PaymentMethod, Prepared
from checkout.payments.saved_cards import (
    card_for,
    known_customer,
    open_keeping,
    record_consent,
)
from store_app.desk.card_calls import bill_words
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, invoicing_method, reader_at, reader_method


def freeze_card(
    session: Session,
    desk: Desk,
    placed: Sequence[Placed],
    payment: Payment,
    settings: StoreSettings,
) -> None:
    """Write into new card attempts who will be asked, and with which words.

    The first one's call collects for all. A consent to keep the card, and the wish to, are
    written with it.
    """
    method = card_method(desk, settings)
    if method is None:
        return
    way = _way(method, payment)
    order, attempt = placed[0].order, placed[0].attempt
    owner = _owner(session, order) if payment.keep or payment.unattended else None
    bill = _bill(session, placed, payment, way, owner)
    attempt.due_minor = bill.amount_minor
    freeze(attempt, way, way.prepare(bill, settings))
    for other in placed[1:]:
        follow(other.attempt, attempt)
    if owner is not None and payment.keep:
        session.flush()
        consent = record_consent(session, owner, settings.shop_name, desk.actor, attempt.created_at)
        page = Prepared(expires_at=attempt.expires_at)
        open_keeping(session, consent, method, page, keeping_id=new_id(), attempt_id=attempt.id)


def _way(method: CardMethod, payment: Payment) -> PaymentMethod:
    """What collects: a page, the register's reader, or a charge with nobody there."""
    if payment.reader and payment.keep:
        raise Refused(
            "A card at the reader is not kept; nothing was charged. Take it on a page, or without "
            "keeping it.",
            code="bad_choice",
            field="keep_card",
        )
    if payment.reader:
        return reader_method(method)
    if payment.sent_to is not None:
        return invoicing_method(method)
    return method.keeper.unattended if payment.unattended else method


def _bill(
    session: Session,
    placed: Sequence[Placed],
    payment: Payment,
    way: PaymentMethod,
    owner: Owner | None,
) -> Bill:
    order, attempt = placed[0].order, placed[0].attempt
    lines = tuple((str(each.order.item["name"]), each.order.total_minor) for each in placed)
    is_kept = owner is not None and payment.keep
    return Bill(
        attempt_id=attempt.id,
        order_id=order.id,
        reference=order.reference,
        register_id=order.register_id,
        item=bill_words([name for name, _amount in lines]),
        amount_minor=sum(amount for _name, amount in lines),
        currency=order.currency,
        now=attempt.created_at,
        keep_for=known_customer(session, owner.id, way) if owner and is_kept else None,
        card=card_for(session, owner, way) if owner and payment.unattended else None,
        until=payment.until,
        reader_id=reader_at(session, order.register_id, way).reader_id if payment.reader else "",
        addressee=None if payment.sent_to is None else _addressee(session, order, payment.sent_to),
        lines=lines,
    )


def _addressee(session: Session, order: OrderRow, email: str) -> Addressee:
    """The company that is sent its invoice; what is due already is due tomorrow."""
    company = session.get_one(CompanyRow, order.company_id)
    due_at = session.get_one(InvoiceRow, order.invoice_id).due_at or order.created_at
    days = (due_at - order.created_at).days
    return Addressee(company.name, email, company.id, max(days, 1))


def _owner(session: Session, order: OrderRow) -> Owner:
    """Whose card pays an order, or `Refused` when nobody is named."""
    if order.end_user_id is not None:
        return owner_of_user(session.get_one(EndUserRow, order.end_user_id))
    company = session.get_one(CompanyRow, order.company_id)
    if company.virtual:
        raise Refused(
            "A card is kept for a customer or a company, and none is named; nothing was charged.",
            code="customer_needed",
            field="customer",
        )
    return owner_of_company(company)
