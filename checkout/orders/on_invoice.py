"""Orders on invoice: delivered at once within the company's credit, otherwise when it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words
from catalog.kernel.settings import StoreSettings
from catalog.suppliers.ordering import download_of
from checkout.accounts.parties import parties_of
from checkout.accounts.tables import CompanyRow
from checkout.billing.ledger import lock, receivable
from checkout.billing.lines import line_state
from checkout.billing.subscriptions.credit_notes import credit
from checkout.billing.subscriptions.cycle import local
from checkout.billing.subscriptions.issuing import Issue, left_minor, put_out, write_items
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.buyers import Buyer
from checkout.orders.pricing import Price
from checkout.orders.purchase import keep_profile
from checkout.orders.settle import cancel, earning_account, hand_over, leave_placed, paid_here
from checkout.orders.tables import OrderOnInvoiceRow, OrderRow
from checkout.payments.attempts import apply_payment, attempts_of

METHOD = "invoice"


@dataclass(frozen=True, slots=True)
class Credit:
    """What a company owes, what it may owe, and what an order would add to that."""

    owed_minor: int
    limit_minor: int
    total_minor: int

    @property
    def is_enough(self) -> bool:
        """Whether the order is within the limit."""
        return self.owed_minor + self.total_minor <= self.limit_minor


def credit_for(
    session: Session, buyer: Buyer, price: Price, *, kind: str, when_paid: bool
) -> Credit:
    """The credit for an order, its account locked, so that two orders can't use the same.

    Raises:
        Refused: nobody to send an invoice to, another currency, or above the limit and not to
            wait until it is paid.

    """
    company = _invoiced(buyer, price)
    account = receivable(company.id, price.currency)
    owed_minor = lock(session, [account])[account.id]
    found = Credit(owed_minor, company.credit_limit_minor, price.total_minor)
    if not found.is_enough and not (when_paid and kind != "wallet_refill"):
        raise _above(company, found, kind)
    return found


def _invoiced(buyer: Buyer, price: Price) -> CompanyRow:
    company = buyer.company
    if company.virtual or buyer.payer is None or buyer.payer.kind != "company":
        raise Refused(
            "Only a company buys on invoice; nothing was sold. Name one with --company, or pay "
            "another way.",
            code="company_needed",
            field="company",
        )
    if company.currency != price.currency:
        raise Refused(
            f"The credit of {company.name} is in {company.currency} and the price in "
            f"{price.currency}; nothing was sold and nothing is converted.",
            code="currency_mismatch",
        )
    return company


def _above(company: CompanyRow, found: Credit, kind: str) -> Refused:
    owes, limit, total = (
        money_words(minor, company.currency)
        for minor in (found.owed_minor, found.limit_minor, found.total_minor)
    )
    other = "Order it with --when-paid to have it when its invoice is paid, or pay another way."
    if kind == "wallet_refill":
        other = "A wallet is topped up on invoice within the limit only; pay another way."
    return Refused(
        f"{company.name} owes {owes} of at most {limit}, and this would add {total}; nothing was "
        f"sold. {other}",
        code="credit_limit",
        field="company",
    )


def bill_orders(
    session: Session, orders: Sequence[OrderRow], credit_: Credit, settings: StoreSettings
) -> InvoiceRow:
    """Issue the one invoice of orders that are placed now, under the next number: a line each."""
    order, invoice = orders[0], _drafted(orders, settings)
    parties = parties_of(session.get_one(CompanyRow, order.company_id), settings)
    put_out(session, invoice, Issue(order.actor, order.created_at, parties, earning_account(order)))
    write_items(session, invoice, [_item(each, settings) for each in orders])
    owed_minor = credit_.owed_minor
    for each in orders:
        session.add(
            OrderOnInvoiceRow(
                order_id=each.id,
                invoice_id=invoice.id,
                on_credit=credit_.is_enough,
                total_minor=each.total_minor,
                owed_minor=owed_minor,
                limit_minor=credit_.limit_minor,
            )
        )
        owed_minor += each.total_minor
    session.flush()
    return invoice


def _item(order: OrderRow, settings: StoreSettings) -> tuple[str, str, int, int]:
    unit_minor = order.total_minor if settings.prices_include_vat else order.net_minor
    return (str(order.item["name"]), str(order.item.get("sku", "")), 1, unit_minor)


def _drafted(orders: Sequence[OrderRow], settings: StoreSettings) -> InvoiceRow:
    """The invoice of orders before it has its number: their sums, on the same day."""
    order = orders[0]
    return InvoiceRow(
        id=new_id(),
        kind="order",
        ref="",
        company_id=order.company_id,
        currency=order.currency,
        bill_on=local(order.created_at, settings.time_zone).date(),
        net_minor=sum(each.net_minor for each in orders),
        tax_minor=sum(each.tax_minor for each in orders),
        total_minor=sum(each.total_minor for each in orders),
        tax_rate=order.tax_rate,
        prices_include_vat=settings.prices_include_vat,
        created_at=order.created_at,
    )


def invoice_of(session: Session, order: OrderRow) -> InvoiceRow:
    """The invoice of an order on invoice, locked."""
    link = session.get_one(OrderOnInvoiceRow, order.id)
    return session.get_one(
        InvoiceRow, link.invoice_id, with_for_update=True, populate_existing=True
    )


def is_due_for_delivery(session: Session, order: OrderRow) -> bool:
    """Whether a locked order waits for nothing but its delivery, and no supplier is at it."""
    return (
        order.method == METHOD
        and order.state in ("placed", "paid")
        and left_minor(invoice_of(session, order)) <= 0
        and download_of(session, order.id) is None
    )


def deliver_paid(session: Session, order: OrderRow, *, actor: str, now: datetime) -> bool:
    """Deliver a locked order whose invoice was paid; False when there is nothing to deliver.

    No eSIM is left for it, or the one to be refilled was taken back. It is `paid` then: delivered
    as soon as there is stock, or credited. So is one whose profile is to be ordered now.
    """
    attempt = attempts_of(session, order.id)[-1]
    apply_payment(session, attempt, paid_here(order), actor=actor, now=now)
    if not _has_goods(session, order, now):
        if order.state != "paid":
            leave_placed(session, order, "paid")
        return False
    hand_over(session, order, attempt, actor=actor, now=now)
    return order.state == "delivered"


def _has_goods(session: Session, order: OrderRow, now: datetime) -> bool:
    if order.kind == "esim_purchase":
        return keep_profile(session, order, now)
    if order.kind == "esim_refill":
        return line_state(session, str(order.esim_id), now).status != "archived"
    return True


def cancel_on_invoice(
    session: Session, order: OrderRow, *, reason: str, actor: str, now: datetime
) -> InvoiceRow:
    """Cancel a locked order that waits for its money, and credit its line of the invoice."""
    invoice = invoice_of(session, order)
    cancel(session, order, now)
    parts, issue = (order.total_minor, order.tax_minor), Issue(actor, now, invoice.parties or {})
    return credit_line(session, order, invoice, parts, reason=reason, issue=issue)


def credit_line(
    session: Session,
    order: OrderRow,
    invoice: InvoiceRow,
    parts: tuple[int, int],
    *,
    reason: str,
    issue: Issue,
) -> InvoiceRow:
    """Credit an amount of an order on its locked invoice, with the VAT of that order in it.

    What is taken back of each order adds up to what its line has, and so to the whole invoice.
    """
    is_alone = invoice.total_minor == order.total_minor
    item = "" if is_alone else f"{order.item['name']} (order {order.reference})"
    return credit(
        session, invoice, parts[0], tax_minor=parts[1], item=item, reason=reason, issue=issue
    )
