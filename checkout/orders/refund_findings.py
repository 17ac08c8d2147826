"""What became of what an order bought: the facts behind the verdict on its refund."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.esim.profile import ProfileState
from catalog.esim.tables import EsimRow
from catalog.kernel.money import money_words
from catalog.kernel.settings import StoreSettings
from checkout.billing.ledger import balance, wallet
from checkout.billing.lines import line_state
from checkout.billing.paygo_months import once_paid
from checkout.billing.refill_tables import AutoRefillRow
from checkout.billing.subscriptions.issuing import left_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.billing.tables import WalletRow
from checkout.billing.taking_back import judge_refill
from checkout.billing.wallets import available_minor
from checkout.orders.replacement_tables import ReplacementRow
from checkout.orders.set_aside import most_within
from checkout.orders.tables import OrderRow

_UNTOUCHED = {
    ProfileState.AVAILABLE,
    ProfileState.ALLOCATED,
    ProfileState.LINKED,
    ProfileState.CONFIRMED,
    ProfileState.RELEASED,
    ProfileState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found before the money of an order goes back.

    Attributes:
        in_full: the rule by which it goes back when nothing is against it.
        against: why it is not simply refundable, in sentences.
        most_minor: what can go back now at most; None when it is all that was paid.
        refusal: why nothing can go back now.
        data_bytes: what is taken off the eSIM with the last of the money.

    """

    in_full: str = ""
    against: tuple[str, ...] = ()
    most_minor: int | None = None
    refusal: str = ""
    data_bytes: int = 0


def _of_sale(session: Session, order: OrderRow, settings: StoreSettings, now: datetime) -> Finding:
    """An eSIM that nobody has downloaded or used is as good as new."""
    esim = session.get_one(EsimRow, order.esim_id)
    line = line_state(session, esim.id, now)
    reasons = []
    if ProfileState(esim.profile_state) not in _UNTOUCHED:
        reasons.append("The profile was downloaded.")
    if any(state not in _UNTOUCHED for state in _former_states(session, esim.id)):
        reasons.append("A profile that it had before was downloaded.")
    if line.activated_at is not None or line.used_bytes or line.overrun_bytes:
        reasons.append("Data was used.")
    if refilled := _refilled_minor(session, esim.id):
        kept = money_words(refilled, order.currency)
        reasons.append(
            f"It was refilled for {kept}, which this does not give back: refund its refills first."
        )
    words = f"Never downloaded, no byte used, within {settings.refund_days} days: refundable in "
    return Finding(f"{words}full.", tuple(reasons))


def _former_states(session: Session, esim_id: str) -> list[ProfileState]:
    """Where the profiles are that were replaced."""
    former = select(ReplacementRow.former_id).where(ReplacementRow.esim_id == esim_id)
    states = select(EsimRow.profile_state).where(col(EsimRow.id).in_(former))
    return [ProfileState(state) for state in session.exec(states)]


def _refilled_minor(session: Session, esim_id: str) -> int:
    """What was paid for refills of an eSIM and not given back."""
    kept = func.sum(OrderRow.total_minor - OrderRow.refunded_minor)
    statement = select(func.coalesce(kept, 0)).where(
        OrderRow.esim_id == esim_id, OrderRow.kind == "esim_refill", OrderRow.state == "delivered"
    )
    return int(session.exec(statement).one())


def _of_refill(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> Finding:
    """A refill of which nothing was used is taken off its line again."""
    found = judge_refill(session, str(order.esim_id), order.id, now)
    reasons = []
    if found.is_used:
        reasons.append("Data was used since the refill.")
    elif found.has_ended:
        reasons.append("The eSIM has ended, and what was left on it is lost.")
    elif found.taken_bytes < found.granted_bytes:
        reasons.append("What the refill added has expired.")
    threshold = _refills_itself_below(session, str(order.esim_id))
    if threshold is not None and found.left_bytes < threshold and not found.has_ended:
        return Finding(
            refusal="This eSIM refills itself, and what is taken off would be bought again: "
            "switch that off first."
        )
    words = f"No byte used since the refill, within {settings.refund_days} days: refundable in "
    return Finding(f"{words}full.", tuple(reasons), data_bytes=max(found.taken_bytes, 0))


def _refills_itself_below(session: Session, subject_id: str) -> int | None:
    """The threshold of an automatic refill; None when there is none."""
    mine = AutoRefillRow.subject_id == subject_id, col(AutoRefillRow.enabled)
    return session.exec(select(AutoRefillRow.threshold).where(*mine)).first()


def _of_top_up(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> Finding:
    """What the wallet still has of its own goes back; credit that it was given never does."""
    row = session.get_one(WalletRow, order.wallet_id)
    free = _free_minor(session, row, now)
    left, most = order.total_minor - order.refunded_minor, most_within(session, order, free)
    if not most:
        return Finding(
            refusal="Nothing of it can leave the wallet: it is spent, set aside, has to stay "
            "there, or the wallet is off or refills itself."
        )
    reasons: tuple[str, ...] = ()
    if most < left:
        words = money_words(most, order.currency)
        reasons = (f"The wallet can give back {words} and no more.",)
    in_full = f"The wallet still has it, within {settings.refund_days} days: refundable in full."
    return Finding(in_full, reasons, most)


def _free_minor(session: Session, row: WalletRow, now: datetime) -> int:
    """What may leave a wallet: above its minimum, not on credit, and no more than is refilled."""
    _lines, funds = once_paid(session, {row.id: available_minor(session, row, now)}, now)
    free = funds[row.id] + min(row.minimum_minor, 0)
    threshold = _refills_itself_below(session, row.id)
    if threshold is not None:
        free = min(free, balance(session, wallet(row.id, row.currency)) - threshold)
    return max(free, 0)


def _of_invoice_payment(
    session: Session, order: OrderRow, settings: StoreSettings, now: datetime
) -> Finding:
    """Money that came for an invoice goes back as far as that leaves it to its company."""
    del settings, now
    row = session.get_one(InvoiceRow, order.invoice_id)
    credit = -left_minor(row)
    if credit <= 0:
        return Finding(
            refusal=f"{row.number} leaves nothing to the company. Credit it first, and what that "
            "leaves goes back to the card."
        )
    words = money_words(credit, order.currency)
    return Finding(
        f"{row.number} leaves {words} to the company: it goes back to the card.",
        most_minor=credit,
    )


FIND: Final[dict[str, Callable[[Session, OrderRow, StoreSettings, datetime], Finding]]] = {
    "esim_purchase": _of_sale,
    "esim_refill": _of_refill,
    "wallet_refill": _of_top_up,
    "invoice_payment": _of_invoice_payment,
}
"""How each kind of order is looked at; each is delivered."""
