"""What sales at this register start from: its open shift, the settings, the methods offered."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.requests import Request
from catalog.kernel.settings import StoreSettings, load_settings
from checkout.orders.agreement import Counter
from checkout.orders.invoice_money import KIND as PAYS_INVOICE
from checkout.payments.keeping import CardMethod
from checkout.payments.method import Attempt, PaymentMethod
from checkout.payments.offline import OFFLINE_CARD, OfflineCard
from checkout.payments.readers import HasReaders, ReaderMethod
from checkout.payments.tables import RegisterReaderRow
from checkout.till.shift import open_drawer
from store_app.desk.context import Desk


def request_of(desk: Desk, verb: str, key: str, **body: object) -> Request:
    """The request as it is remembered under its key."""
    return Request(key=key, verb=verb, body=body, actor=desk.actor, now=desk.clock())


def counter_of(session: Session, desk: Desk, kind: str = "") -> Counter:
    """This register now; its open shift is locked, so that a sale is wholly within it."""
    settings = load_settings(session)
    shift_id, currency = open_drawer(session, desk.register_id) or (None, settings.currency)
    return Counter(
        register_id=desk.register_id,
        shift_id=shift_id,
        shift_currency=currency,
        settings=settings,
        offered=offered_methods(kind, card_method(desk, settings)),
        no_card=desk.no_card,
    )


def offered_methods(kind: str, card: PaymentMethod | None) -> tuple[str, ...]:
    """The ways to pay for an order of this kind; a card only where somebody collects it."""
    if kind == PAYS_INVOICE:  # what is no card needs no order, and is noted on the invoice alone
        return ("card",) if card else ()
    ways = ("cash", "manual") if kind == "wallet_refill" else ("cash", "wallet", "company-wallet")
    ways = (*ways, "invoice")
    return (*ways, "card") if card else ways


def card_method(desk: Desk, settings: StoreSettings) -> CardMethod | None:
    """Who collects new card payments: the provider, or in a demo store the offline card.

    A throw-away store never uses a live key.
    """
    if settings.demo and (desk.card is None or desk.card.livemode):
        return OfflineCard()
    return desk.card


def method_of(desk: Desk, attempt: Attempt) -> PaymentMethod:
    """Who collects an attempt that is written already, or `Unavailable`."""
    card = provider_of(desk, attempt.provider, livemode=attempt.livemode)
    if attempt.reader_id:
        return reader_method(card)
    return card.keeper.unattended if attempt.is_unattended else card


def reader_method(card: PaymentMethod | None) -> ReaderMethod:
    """What collects at the readers of a provider, or `Refused` when it has none."""
    if not isinstance(card, HasReaders):
        raise Refused(
            "No card reader is offered here; nothing was charged. Pay another way.",
            code="no_reader",
            field="reader",
        )
    return card.reader


def reader_at(session: Session, register_id: str, method: PaymentMethod) -> RegisterReaderRow:
    """The reader of a register for this provider and mode, or `Refused`."""
    found = find_reader(session, register_id, method)
    if found is None:
        raise Refused(
            "This register has no card reader; nothing was charged. Take one: reader use READER.",
            code="no_reader",
            field="reader",
        )
    return found


def find_reader(
    session: Session, register_id: str, method: PaymentMethod
) -> RegisterReaderRow | None:
    """The reader of a register, when it belongs to this provider and mode."""
    row = session.get(RegisterReaderRow, register_id)
    ours = (method.provider, method.livemode)
    return row if row is not None and (row.provider, row.livemode) == ours else None


def provider_of(desk: Desk, provider: str, *, livemode: bool) -> CardMethod:
    """The provider that something was begun with, or `Unavailable` without its key."""
    if provider == OfflineCard.provider:
        return OfflineCard()
    if desk.card is None or desk.card.livemode is not livemode:
        mode = "live" if livemode else "test"
        raise Unavailable(
            f"This payment was begun with a {mode} key, and there is none here now, so nothing is "
            "known of it and nothing has changed. Bring the key back.",
            code="no_card_key",
        )
    return desk.card


def card_label(method: PaymentMethod | None) -> str:
    """What stands on every screen that offers a card: whose money it moves."""
    if method is None:
        return ""
    if method.provider == OfflineCard.provider:
        return OFFLINE_CARD
    return "CARDS LIVE" if method.livemode else "CARDS IN TEST MODE"
