"""Money for which nothing was delivered: given back, and owed again when a bank refuses that."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Unavailable
from checkout.orders.tables import OrderRow
from checkout.payments.attempts import attempts_of, value_of
from checkout.payments.method import OutcomeState
from checkout.payments.stranded import give_back, key_of_return, strand_again
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.context import Desk
from store_app.desk.counter import method_of


def return_stranded(desk: Desk, order: OrderRow) -> bool:
    """Give back money for which nothing was delivered; True when it is on its way.

    Of what was paid for
    several orders only the share of this one goes back, unless nothing of it could be earned.
    """
    with snapshot(desk.engine) as session:
        row = attempts_of(session, order.id)[-1]
        key = key_of_return(session, row.id)
    attempt, is_share = value_of(row), row.due_minor != row.amount_minor == row.received_minor
    try:
        outcome = method_of(desk, attempt).refund(
            attempt,
            amount_minor=row.amount_minor if is_share else None,
            idempotency_key=key,
        )
    except Unavailable:
        return False
    if outcome.state not in (OutcomeState.PAID, OutcomeState.WAITING):
        return False

    def work(session: Session) -> None:
        give_back(session, row.id, "Given back.", actor=desk.actor, now=desk.clock())

    transact(desk.engine, work)
    return True


def check_returns(desk: Desk, attempt_ids: Sequence[str]) -> int:
    """Look again at money without goods that went back; how much of it came in again.

    A bank may refuse it days later: it waits for a clerk then, as before.
    """
    went = col(PaymentAttemptRow.id).in_(attempt_ids), PaymentAttemptRow.state == "returned"
    with snapshot(desk.engine) as session:
        rows = session.exec(select(PaymentAttemptRow).where(*went)).all()
        keys = {row.id: key_of_return(session, row.id, latest=True) for row in rows}
    return sum(_came_again(desk, row, keys[row.id]) for row in rows)


def _came_again(desk: Desk, row: PaymentAttemptRow, key: str) -> bool:
    attempt = value_of(row)
    told = method_of(desk, attempt).look_up_refund(
        attempt, amount_minor=row.received_minor, idempotency_key=key, provider_id=""
    )
    if told.state is not OutcomeState.DECLINED:
        return False
    reason, by = f"Its return failed. {told.reason}".strip(), {"actor": desk.actor}
    return transact(
        desk.engine, lambda session: strand_again(session, row.id, reason, now=desk.clock(), **by)
    )
