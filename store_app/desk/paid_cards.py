"""Cards that payments leave with the provider, fetched once the payment is known."""

from __future__ import annotations

from contextlib import suppress

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import StoreError
from checkout.payments.attempts import value_of
from checkout.payments.card_tables import SavedCardRow
from checkout.payments.keeping import Told
from checkout.payments.saved_cards import apply_told
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.context import Desk
from store_app.desk.counter import provider_of

_OVER = ("declined", "cancelled", "returned")


def keep_paid_card(desk: Desk, order_id: str) -> bool:
    """Note the card that an order's payment was to leave; what fails is tried by the upkeep."""
    with snapshot(desk.engine) as session:
        mine = select(SavedCardRow, PaymentAttemptRow).where(
            col(SavedCardRow.attempt_id) == PaymentAttemptRow.id,
            PaymentAttemptRow.order_id == order_id,
            SavedCardRow.state == "asked",
        )
        found = session.exec(mine).first()
    if found is None:
        return False
    with suppress(StoreError):
        return take_paid_card(desk, *found)
    return False


def take_paid_card(desk: Desk, card: SavedCardRow, attempt: PaymentAttemptRow) -> bool:
    """Ask for the card of a payment as it is now; True when it is kept from now on."""
    if attempt.state == "succeeded":
        keeper = provider_of(desk, card.provider, livemode=card.livemode).keeper
        left = keeper.card_of(value_of(attempt))
        told = Told("saved" if left else "cancelled", card=left)
    elif attempt.state in _OVER:
        told = Told("cancelled")
    else:
        return False

    def work(session: Session) -> bool:
        return apply_told(session, card.id, told, desk.clock())

    return transact(desk.engine, work)
