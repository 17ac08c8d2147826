"""Cards on file at the desk: kept with their owner's consent, shown, checked, removed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused, StoreError
from catalog.kernel.ids import new_id
from catalog.kernel.settings import StoreSettings, load_settings
from checkout.accounts.end_users import check_email
from checkout.accounts.owners import Owner, owner_named
from checkout.accounts.tables import CompanyRow
from checkout.payments.card_tables import CardConsentRow, SavedCardRow
from checkout.payments.keeping import Asked, CardMethod, Told
from checkout.payments.saved_cards import (
    apply_told,
    begin_removal,
    check_agreed,
    consent_words,
    end_removal,
    find_card,
    going_on,
    keeping_of,
    kept,
    known_customer,
    open_keeping,
    record_consent,
)
from checkout.payments.tables import PaymentAttemptRow
from store_app.desk.card_calls import RESEND
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, provider_of
from store_app.desk.paid_cards import take_paid_card


@dataclass(frozen=True, slots=True)
class CardView:
    """The card of an owner: `none`, `asked` (its owner types it at `page_url`), or `saved`.

    What was agreed to, when, and who noted it stands beside it.
    """

    owner: str
    state: str
    brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    mode: str = ""
    consent_version: str = ""
    consent_at: datetime | None = None
    consent_by: str = ""
    expires_at: datetime | None = None
    page_url: str = field(default="", repr=False)


def consent_text(desk: Desk, owner: str) -> str:
    """What has to be read to the owner before a card is kept; an address may be a new one."""
    with snapshot(desk.engine) as session:
        name = check_email(owner) if "@" in owner else owner_named(session, owner).name
        return consent_words(name, load_settings(session).shop_name)


def show_card(desk: Desk, owner: str) -> CardView:
    """The card of an owner: the one that is kept, else the one that is being asked for."""
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        return _view(session, named, find_card(session, named.id) or _asked(session, named))


def save_card(desk: Desk, owner: str, *, agreed: bool, choice: str = "") -> CardView:
    """Ask for a card to be kept: consent first, then the page on which its owner types it.

    Asking again while a page is open gives that page. `choice` is how a demo card behaves.

    Raises:
        Refused: not agreed to, or no card is taken here.
        Unavailable: nobody knows whether the page is open; asking again tells.

    """
    row = transact(
        desk.engine, lambda session: _begin(session, desk, owner, agreed=agreed, choice=choice)
    )
    _look(desk, row)
    with snapshot(desk.engine) as session:
        now = session.get_one(SavedCardRow, row.id)
        is_there = now.state in ("asked", "saved")
        return _view(session, owner_named(session, owner), now if is_there else None)


def check_card(desk: Desk, owner: str) -> CardView:
    """Look again at a card that is being asked for or removed."""
    with snapshot(desk.engine) as session:
        rows = going_on(session, owner_named(session, owner).id)
    for row in rows:
        _carry_on(desk, row)
    return show_card(desk, owner)


def give_up_card(desk: Desk, owner: str) -> CardView:
    """Close the page on which a card would be typed; one that is kept already stays."""
    with snapshot(desk.engine) as session:
        row = _asked(session, owner_named(session, owner))
    if row is not None and row.attempt_id is None:
        keeper = provider_of(desk, row.provider, livemode=row.livemode).keeper
        _apply(desk, row, keeper.cancel(keeping_of(row)))
    return show_card(desk, owner)


def remove_card(desk: Desk, owner: str) -> CardView:
    """Charge the owner's card no more, and have its provider forget it.

    Raises:
        NotFound: none is kept.
        Unavailable: it is charged no more; the provider is asked again by the upkeep.

    """

    def work(session: Session) -> list[SavedCardRow]:
        named = owner_named(session, owner)
        ids = begin_removal(session, named.id)
        rows = [session.get_one(SavedCardRow, one, populate_existing=True) for one in ids]
        if not rows and not going_on(session, named.id):
            raise NotFound(
                f"No card is kept for {named.name}; nothing has changed.",
                code="no_card_kept",
                field="owner",
            )
        return rows

    for row in transact(desk.engine, work):
        _forget(desk, row)
    return show_card(desk, owner)


def carry_on_cards(desk: Desk) -> int:
    """Look at every card that is being kept or removed; how many came to an end."""
    with snapshot(desk.engine) as session:
        rows = going_on(session)
    changed = 0
    for row in rows:
        with suppress(StoreError):
            changed += _carry_on(desk, row)
    return changed


def _begin(session: Session, desk: Desk, owner: str, *, agreed: bool, choice: str) -> SavedCardRow:
    settings = load_settings(session)
    named, method = owner_named(session, owner), _method(desk, settings)
    open_row = _asked(session, named)
    if open_row is not None and (open_row.expires_at or desk.clock()) >= desk.clock():
        return open_row
    check_agreed(named.name, settings.shop_name, agreed=agreed)
    asked = Asked(
        id=new_id(),
        register_id=desk.register_id,
        currency=_currency(session, named, settings),
        customer_id=known_customer(session, named.id, method),
        now=desk.clock(),
        choice=choice,
    )
    prepared = method.keeper.prepare(asked, settings)
    consent = record_consent(session, named, settings.shop_name, desk.actor, desk.clock())
    return open_keeping(session, consent, method, prepared, keeping_id=asked.id)


def _method(desk: Desk, settings: StoreSettings) -> CardMethod:
    method = card_method(desk, settings)
    if method is None:
        raise Refused(f"No card is taken here, so none is kept. {desk.no_card}", code="not_offered")
    return method


def _currency(session: Session, owner: Owner, settings: StoreSettings) -> str:
    company = session.get(CompanyRow, owner.id) if owner.kind == "company" else None
    return company.currency if company else settings.currency


def _asked(session: Session, owner: Owner) -> SavedCardRow | None:
    mine = select(SavedCardRow).where(
        SavedCardRow.owner_id == owner.id,
        SavedCardRow.state == "asked",
        col(SavedCardRow.attempt_id).is_(None),
    )
    return session.exec(mine.order_by(col(SavedCardRow.created_at).desc())).first()


def _carry_on(desk: Desk, row: SavedCardRow) -> bool:
    if row.state == "removing":
        return _forget(desk, row)
    if row.attempt_id is None:
        return _look(desk, row)
    with snapshot(desk.engine) as session:
        attempt = session.get_one(PaymentAttemptRow, row.attempt_id)
    return take_paid_card(desk, row, attempt)


def _look(desk: Desk, row: SavedCardRow) -> bool:
    """Ask for the page with the words that were written, or how far it is."""
    if row.state != "asked":
        return False
    keeper = provider_of(desk, row.provider, livemode=row.livemode).keeper
    is_known = bool(row.session_id) or desk.clock() - row.created_at >= RESEND
    keeping = keeping_of(row)
    return _apply(desk, row, keeper.look_up(keeping) if is_known else keeper.ask(keeping))


def _apply(desk: Desk, row: SavedCardRow, told: Told) -> bool:
    done = transact(desk.engine, lambda session: apply_told(session, row.id, told, desk.clock()))
    if done:
        with snapshot(desk.engine) as session:
            out = [one for one in going_on(session, row.owner_id) if one.state == "removing"]
        for one in out:
            with suppress(StoreError):
                _forget(desk, one)
    return done or told.state == "cancelled"


def _forget(desk: Desk, row: SavedCardRow) -> bool:
    provider_of(desk, row.provider, livemode=row.livemode).keeper.remove(kept(row))
    return transact(desk.engine, lambda session: end_removal(session, row.id, desk.clock()))


def _view(session: Session, owner: Owner, row: SavedCardRow | None) -> CardView:
    if row is None:
        return CardView(owner.name, "none")
    consent = session.get_one(CardConsentRow, row.consent_id)
    is_offline = row.provider == "offline"
    return CardView(
        owner=owner.name,
        state=row.state,
        brand=row.brand,
        last4=row.last4,
        exp_month=row.exp_month,
        exp_year=row.exp_year,
        mode="offline" if is_offline else "live" if row.livemode else "test",
        consent_version=consent.version,
        consent_at=consent.at,
        consent_by=consent.actor,
        expires_at=row.expires_at if row.state == "asked" else None,
        page_url=row.page_url,
    )
