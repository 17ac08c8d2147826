"""Whether a period that is paid before its service has been paid (decision 10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from catalog.kernel.database import chunks
from checkout.billing.subscriptions.rows import INVOICE_LINES, INVOICES, MANY, Subscription


@dataclass(frozen=True, slots=True)
class Prepaid:
    """Which periods of a subscription with `billing = "pre"` have service.

    Attributes:
        next_step: periods from here on are not even billed.
        unpaid: billed ones whose invoice is not paid in full.

    """

    next_step: int
    unpaid: frozenset[int]

    def is_unpaid(self, period: int) -> bool:
        """Whether the service of a period has not started, as its invoice is not paid."""
        return period >= self.next_step or period in self.unpaid


def prepaid_service(session: Session, subscriptions: Iterable[Subscription]) -> dict[str, Prepaid]:
    """What is paid of those that are paid first; the others have service at any time.

    It is read off the invoices and stored nowhere: money that arrives resumes the service.
    """
    prepaid = {one.id: one for one in subscriptions if one.account.terms.billing == "pre"}
    unpaid: dict[str, set[int]] = defaultdict(set)
    for part in chunks(sorted(prepaid), MANY):
        fees = INVOICE_LINES.c.step == INVOICE_LINES.c.period
        mine = INVOICE_LINES.c.subscription_id.in_(part) & fees & (INVOICES.c.state != "paid")
        statement = select(INVOICE_LINES.c.subscription_id, INVOICE_LINES.c.period).distinct()
        joined = statement.join(INVOICES, INVOICES.c.id == INVOICE_LINES.c.invoice_id)
        for owner, period in session.execute(joined.where(mine)):
            unpaid[owner].add(period)
    return {key: Prepaid(one.next_step, frozenset(unpaid[key])) for key, one in prepaid.items()}
