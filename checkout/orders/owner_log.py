"""Whose an eSIM is and on what plan, as its log tells a change of it."""

from __future__ import annotations

from sqlmodel import Session

from catalog.esim.record import Change, Who, note_change
from catalog.esim.tables import EsimRow
from catalog.kernel.requests import Request
from catalog.tables import PlanRow
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.subscriptions.rows import open_assignment, subscriptions_by_id

Owner = dict[str, str]
"""What the log knows of an owner: `plan`, `pool`, `company` and `end_user`, by name."""


def owner_of(session: Session, esim: EsimRow) -> Owner:
    """Whose an eSIM is now, on what plan, in what pool; nothing of one in stock."""
    if esim.stock_state != "sold":
        return dict.fromkeys(("plan", "pool", "company", "end_user"), "")
    plan = session.get(PlanRow, esim.plan_id) if esim.plan_id else None
    company = session.get(CompanyRow, esim.company_id) if esim.company_id else None
    user = session.get(EndUserRow, esim.end_user_id) if esim.end_user_id else None
    return {
        "plan": plan.sku if plan else "",
        "pool": _pool(session, esim.id),
        "company": company.name if company else "",
        "end_user": user.email if user else "",
    }


def _pool(session: Session, line_id: str) -> str:
    current = open_assignment(session, line_id)
    if current is None:
        return ""
    return subscriptions_by_id(session, [current.subscription_id])[current.subscription_id].name


def log_owner(session: Session, esim: EsimRow, before: Owner, request: Request) -> None:
    """Tell the log of an eSIM what has changed of its owner."""
    by, after = Who(request.actor, request.now), owner_of(session, esim)
    for field, old in before.items():
        note_change(session, esim.id, Change(field, old, after[field]), by)
