"""Pre-bills approved together, each by itself: one that cannot be holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from catalog.kernel.clock import parse_moment
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import load_settings
from checkout.accounts.companies import company_named
from checkout.billing.subscriptions import invoices
from checkout.billing.subscriptions.tables import InvoiceRow
from store_app.desk.context import Desk
from store_app.desk.invoices import InvoiceView, invoice_views


@dataclass(frozen=True, slots=True)
class Approval:
    """What became of one bill: its state and total now, and why it was not approved, if so."""

    ref: str
    state: str
    company: str
    currency: str
    total_minor: int
    refused: str | None = None


def waiting_bills(
    desk: Desk, *, company: str | None = None, since: str | None = None, until: str | None = None
) -> list[InvoiceView]:
    """The pre-bills that wait for approval, the oldest first: of a company, of a period.

    Days are those that stand on the bills; `until` no longer belongs to the period.
    """
    oldest = (col(InvoiceRow.bill_on), col(InvoiceRow.created_at), col(InvoiceRow.ref))
    waiting = select(InvoiceRow).where(InvoiceRow.state == "pre_bill").order_by(*oldest)
    with snapshot(desk.engine) as session:
        zone = ZoneInfo(load_settings(session).time_zone)
        if since:
            first = parse_moment(since, zone, field="from").astimezone(zone).date()
            waiting = waiting.where(col(InvoiceRow.bill_on) >= first)
        if until:
            end = parse_moment(until, zone, field="to").astimezone(zone).date()
            waiting = waiting.where(col(InvoiceRow.bill_on) < end)
        if company:
            firm = company_named(session, company)
            waiting = waiting.where(InvoiceRow.company_id == firm.id)
        return invoice_views(session, list(session.exec(waiting)), desk.clock())


def approve_all(desk: Desk, refs: Sequence[str]) -> list[Approval]:
    """Approve these pre-bills, each in a transaction of its own; an answer for each.

    Again, or while somebody else does the same, changes nothing: what is approved stays so.
    """
    return [transact(desk.engine, partial(_approve, desk=desk, ref=ref)) for ref in refs]


def _approve(session: Session, *, desk: Desk, ref: str) -> Approval:
    row = invoices.invoice_named(session, ref, lock_it=True)
    refused = None
    try:
        invoices.approve(session, row, desk.actor, desk.clock())
    except Refused as refusal:
        refused = refusal.message
    (view,) = invoice_views(session, [row], desk.clock())
    return Approval(view.ref, view.state, view.company, view.currency, view.total_minor, refused)
