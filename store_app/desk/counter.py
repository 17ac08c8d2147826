"""What sales at this register start from: its open shift, the settings, the methods offered."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.requests import Request
from catalog.kernel.settings import StoreSettings, load_settings
from checkout.orders.agreement import Counter
from checkout.payments.method import PaymentMethod
from checkout.till.shift import open_shift_of
from store_app.desk.context import Desk


def request_of(desk: Desk, verb: str, key: str, **body: object) -> Request:
    """The request as it is remembered under its key."""
    return Request(key=key, verb=verb, body=body, actor=desk.actor, now=desk.clock())


def counter_of(session: Session, desk: Desk, kind: str = "") -> Counter:
    """This register now; its open shift is locked, so that a sale is wholly within it."""
    settings = load_settings(session)
    shift = open_shift_of(session, desk.register_id, lock=True)
    return Counter(
        register_id=desk.register_id,
        shift_id=shift.id if shift else None,
        shift_currency=shift.currency if shift else settings.currency,
        settings=settings,
        offered=offered_methods(settings, kind),
    )


def offered_methods(settings: StoreSettings, kind: str) -> tuple[str, ...]:
    """The ways to pay for an order of this kind; the card is offline and for the demo only."""
    ways = ("cash", "manual") if kind == "wallet_refill" else ("cash", "wallet", "company-wallet")
    return (*ways, "card") if settings.demo else ways


def card_method() -> PaymentMethod:
    """The card method of this store: the offline one until a provider is configured."""
    from checkout.payments.offline import OfflineCard

    return OfflineCard()
