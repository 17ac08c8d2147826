"""Giving money back to where it came from, once the verdict allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words, parse_amount
from checkout.billing.ledger import drawer, lock
from checkout.billing.tax import split_tax
from checkout.orders.agreement import Counter
from checkout.orders.give_back import is_elsewhere, settle_refund
from checkout.orders.into_wallet import wallet_for
from checkout.orders.live import give_up_live
from checkout.orders.refund_verdict import Verdict, verdict_of
from checkout.orders.set_aside import SET_ASIDE, lock_money, set_aside, share_minor
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from checkout.payments.method import PartPayment
from checkout.payments.tables import RefundRow


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody wants back: an amount, or all that is left; who allows it, and why.

    `to` is “wallet” when the customer wants it there and not back the way it was paid.
    """

    amount: str | None = None
    supervisor: str | None = None
    reason: str = ""
    to: str = ""

    @property
    def words(self) -> str:
        """The reason as it is kept, with the supervisor who allowed it."""
        return f"{self.reason} (supervisor: {self.supervisor})" if self.supervisor else self.reason


def refund(
    session: Session,
    order: OrderRow,
    claim: Claim,
    counter: Counter,
    *,
    actor: str,
    now: datetime,
    payments: Sequence[PartPayment] = (),
) -> list[RefundRow]:
    """Give back a part or all of what is left of a locked order; one refund for each payment.

    `payments` are those that brought its money, where there may be several.

    What was paid elsewhere is only written ahead: `pending`, until its provider has been asked.

    Cash leaves the drawer of the register at which the customer stands. When everything is given
    back the eSIM is withdrawn and its data revoked, and a refill is taken back. What is in a wallet
    or is an invoice's credit is taken out of it now, whatever its provider says later.
    """
    lock_money(session, order, actor, now)
    verdict = verdict_of(session, order, counter.settings, now)
    amount_minor = _checked_amount(verdict, claim.amount)
    _check_permission(verdict, claim)
    if order.state == "paid":
        _check_whole(order, amount_minor)
        give_up_live(session, order, now)
    into = wallet_for(session, order, claim.to, now) if claim.to else None
    if into is not None:
        verdict, payments = replace(verdict, destination="wallet"), ()
    if verdict.destination == "drawer":
        _check_drawer(session, counter, amount_minor, order.currency)
    parts = _parts(session, order, amount_minor, payments)
    return [
        _refund_part(
            session, order, verdict, claim, counter, part=part, into=into, actor=actor, now=now
        )
        for part in parts
    ]


def _refund_part(
    session: Session,
    order: OrderRow,
    verdict: Verdict,
    claim: Claim,
    counter: Counter,
    *,
    part: tuple[int, PartPayment | None],
    into: str | None,
    actor: str,
    now: datetime,
) -> RefundRow:
    """Write one refund, and settle it when the money moves here."""
    row = _write_ahead(session, order, verdict, claim, part[0], actor=actor, now=now)
    row.register_id, row.wallet_id = counter.register_id, into
    if part[1] is not None:
        row.payment_ref, row.payment_minor = part[1].ref, part[1].amount_minor
    session.add_all([row, order])
    session.flush()
    if not is_elsewhere(session, row):
        settle_refund(session, order, row, counter.shift_id, now)
    return row


def _parts(
    session: Session, order: OrderRow, amount_minor: int, payments: Sequence[PartPayment]
) -> list[tuple[int, PartPayment | None]]:
    """An amount by the payments that it goes back from, of each no more than is left of it."""
    if not payments:
        return [(amount_minor, None)]
    total = func.sum(RefundRow.amount_minor)
    mine = select(RefundRow.payment_ref, total).where(
        RefundRow.order_id == order.id, RefundRow.state != "failed"
    )
    gone = dict(session.exec(mine.group_by(col(RefundRow.payment_ref))).all())
    parts: list[tuple[int, PartPayment | None]] = []
    for paid in payments:
        part = min(paid.amount_minor - int(gone.get(paid.ref, 0)), amount_minor)
        if part > 0:
            parts.append((part, paid))
            amount_minor -= part
    if amount_minor:
        raise Refused(
            "The provider does not know of that much; nothing was refunded. Look again: order "
            f"check {order.reference}.",
            code="above_paid",
        )
    return parts


def credit_order(
    session: Session,
    order: OrderRow,
    amount_minor: int,
    reason: str,
    counter: Counter,
    *,
    actor: str,
    now: datetime,
) -> RefundRow:
    """Credit the invoice of a locked order by decision of finance; no verdict is asked for.

    In full it takes the eSIM or the refill back, as a refund does.
    """
    left = order.total_minor - order.refunded_minor
    verdict = Verdict(
        allowed=True,
        needs_supervisor=False,
        refundable_minor=left,
        currency=order.currency,
        destination="invoice",
        rule="",
    )
    claim = Claim(reason=reason)
    row = _write_ahead(session, order, verdict, claim, amount_minor, actor=actor, now=now)
    row.register_id = counter.register_id
    session.add_all([row, order])
    session.flush()
    settle_refund(session, order, row, counter.shift_id, now)
    return row


def _write_ahead(
    session: Session,
    order: OrderRow,
    verdict: Verdict,
    claim: Claim,
    amount_minor: int,
    *,
    actor: str,
    now: datetime,
) -> RefundRow:
    """A refund that counts from now on, so that no other gives back the same money."""
    attempt = attempts_of(session, order.id)[-1]
    row = RefundRow(
        id=new_id(),
        order_id=order.id,
        attempt_id=attempt.id,
        amount_minor=amount_minor,
        tax_minor=_tax_of_part(session, order, amount_minor),
        set_aside_minor=_set_aside_minor(session, order, amount_minor),
        currency=order.currency,
        destination=verdict.destination,
        state="pending",
        reason=claim.words,
        actor=actor,
        register_id="",
        at=now,
    )
    attempt.refunded_minor += amount_minor
    order.refunded_minor += amount_minor
    session.add(attempt)
    if order.kind in SET_ASIDE:
        set_aside(session, order, row)
    return row


def _set_aside_minor(session: Session, order: OrderRow, amount_minor: int) -> int:
    return share_minor(session, order, amount_minor) if order.kind in SET_ASIDE else 0


def _tax_of_part(session: Session, order: OrderRow, amount_minor: int) -> int:
    """The tax in the next part given back; all parts together have the order's tax."""
    given = select(func.coalesce(func.sum(RefundRow.tax_minor), 0)).where(
        RefundRow.order_id == order.id, RefundRow.state != "failed"
    )
    upto = split_tax(order.total_minor, order.tax_minor, order.refunded_minor + amount_minor)
    return min(max(upto - int(session.exec(given).one()), 0), amount_minor)


def _checked_amount(verdict: Verdict, amount: str | None) -> int:
    if not verdict.allowed:
        raise Refused(f"{verdict.rule} Nothing was refunded.", code="not_refundable")
    if amount is None:
        return verdict.refundable_minor
    amount_minor = parse_amount(amount, verdict.currency)
    if not 0 < amount_minor <= verdict.refundable_minor:
        most = money_words(verdict.refundable_minor, verdict.currency)
        raise Refused(
            f"At most {most} can be given back; nothing was refunded.",
            code="above_paid",
            field="amount",
        )
    return amount_minor


def _check_whole(order: OrderRow, amount_minor: int) -> None:
    if amount_minor != order.total_minor:
        raise Refused(
            "Nothing was delivered for this order, so it is given back as a whole or not at all; "
            "nothing was refunded.",
            code="above_paid",
            field="amount",
        )


def _check_permission(verdict: Verdict, claim: Claim) -> None:
    if verdict.needs_supervisor and not (claim.supervisor and claim.reason.strip()):
        raise Refused(
            f"{verdict.rule} Nothing was refunded.",
            code="not_refundable",
            field="reason" if claim.supervisor else "supervisor",
        )


def _check_drawer(session: Session, counter: Counter, amount_minor: int, currency: str) -> None:
    """Cash leaves an open drawer that holds it."""
    if counter.shift_id is None:
        raise Refused(
            "No shift is open at this register, so no cash can be paid out; nothing was refunded.",
            code="no_open_shift",
        )
    account = drawer(counter.register_id, currency)
    if lock(session, [account])[account.id] < amount_minor:
        raise Refused(
            "The drawer does not hold that much; nothing was refunded. Put cash in first, with "
            "its reason.",
            code="drawer_too_low",
        )
