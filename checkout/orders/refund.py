"""Giving money back: the verdict first, with its rule, then the money to where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, select

from catalog.esim.profile import ProfileState
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words, parse_amount
from catalog.kernel.settings import StoreSettings
from checkout.billing.ledger import drawer, lock
from checkout.billing.lines import line_state
from checkout.billing.tax import split_tax
from checkout.orders.agreement import Counter
from checkout.orders.give_back import is_elsewhere, settle_refund
from checkout.orders.live import give_up_live
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of
from checkout.payments.tables import RefundRow

_UNTOUCHED = {
    ProfileState.AVAILABLE,
    ProfileState.ALLOCATED,
    ProfileState.LINKED,
    ProfileState.CONFIRMED,
    ProfileState.RELEASED,
    ProfileState.UNKNOWN,
}
_OTHER_KINDS = {
    "esim_refill": "Refills are not refunded here.",
    "wallet_refill": "Wallet top-ups are not refunded here.",
    "invoice_payment": "Credit its invoice: what that leaves to the company is given back there.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an order may be refunded, how much, where to, and by which rule."""

    allowed: bool
    needs_supervisor: bool
    refundable_minor: int
    currency: str
    destination: str
    rule: str


def verdict_of(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> Verdict:
    """Judge an order before money moves: the rule is a sentence for the clerk."""
    left = order.total_minor - order.refunded_minor
    ways = {"cash": "drawer", "card": "card", "invoice": "invoice"}
    destination = ways.get(order.method, "wallet")

    def say(rule: str, *, allowed: bool, needs_supervisor: bool = False) -> Verdict:
        return Verdict(allowed, needs_supervisor, left, order.currency, destination, rule)

    if order.kind != "esim_purchase":
        return say(_OTHER_KINDS[order.kind], allowed=False)
    if order.state == "refunded" and left > 0:
        return say("An earlier refund failed at the provider: it can go back now.", allowed=True)
    if order.state == "paid" and left > 0:
        return say("Paid and not delivered: all of it goes back.", allowed=True)
    if order.state != "delivered" or left <= 0:
        return say(f"The order is {order.state}: there is nothing to give back.", allowed=False)
    against = _against(session, order, settings, now)
    if against:
        rule = f"{' '.join(against)} A supervisor and a reason are needed."
        return say(rule, allowed=True, needs_supervisor=True)
    return say(
        f"Never downloaded, no byte used, within {settings.refund_days} days: refundable in full.",
        allowed=True,
    )


def _against(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> list[str]:
    """Why an order is not simply refundable, in sentences."""
    esim = session.get_one(EsimRow, order.esim_id)
    line = line_state(session, esim.id, now)
    reasons = []
    if ProfileState(esim.profile_state) not in _UNTOUCHED:
        reasons.append("The profile was downloaded.")
    if line.activated_at is not None or line.used_bytes or line.overrun_bytes:
        reasons.append("Data was used.")
    if order.created_at + timedelta(days=settings.refund_days) < now:
        reasons.append(f"The sale is older than {settings.refund_days} days.")
    if order.refunded_minor:
        reasons.append("A part was refunded before.")
    refilled = _refilled_minor(session, esim.id)
    if refilled:
        kept = money_words(refilled, order.currency)
        reasons.append(f"It was refilled for {kept}, and refills are not given back.")
    return reasons


def _refilled_minor(session: Session, esim_id: str) -> int:
    """What was paid for refills of an eSIM."""
    statement = select(func.coalesce(func.sum(OrderRow.total_minor), 0)).where(
        OrderRow.esim_id == esim_id, OrderRow.kind == "esim_refill", OrderRow.state == "delivered"
    )
    return int(session.exec(statement).one())


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody wants back: an amount, or all that is left; who allows it, and why."""

    amount: str | None = None
    supervisor: str | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """The reason as it is kept, with the supervisor who allowed it."""
        return f"{self.reason} (supervisor: {self.supervisor})" if self.supervisor else self.reason


def refund(
    session: Session, order: OrderRow, claim: Claim, counter: Counter, *, actor: str, now: datetime
) -> RefundRow:
    """Give back a part or all of what is left of a locked order.

    What was paid elsewhere is only written ahead: `pending`, until its provider has been asked.

    Cash leaves the drawer of the register at which the customer stands. When everything is given
    back the eSIM is withdrawn and its data revoked.
    """
    verdict = verdict_of(session, order, counter.settings, now)
    amount_minor = _checked_amount(verdict, claim.amount)
    _check_permission(verdict, claim)
    if order.state == "paid":
        _check_whole(order, amount_minor)
        give_up_live(session, order, now)
    if verdict.destination == "drawer":
        _check_drawer(session, counter, amount_minor, order.currency)
    row = _write_ahead(session, order, verdict, claim, amount_minor, actor=actor, now=now)
    row.register_id = counter.register_id
    session.add_all([row, order])
    session.flush()
    if not is_elsewhere(session, row):
        settle_refund(session, order, row, counter.shift_id, now)
    return row


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

    In full it takes the eSIM back, as a refund does. Data of a refill stays.
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
    return row


def _tax_of_part(session: Session, order: OrderRow, amount_minor: int) -> int:
    """The tax in the next part given back; all parts together have the order's tax."""
    given = select(func.coalesce(func.sum(RefundRow.tax_minor), 0)).where(
        RefundRow.order_id == order.id, RefundRow.state != "failed"
    )
    upto = split_tax(order.total_minor, order.tax_minor, order.refunded_minor + amount_minor)
    return upto - int(session.exec(given).one())


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
