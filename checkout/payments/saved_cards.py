"""Cards on file: agreed to first, kept by the provider, one for each owner of a wallet."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from checkout.accounts.owners import Owner
from checkout.payments.card_tables import CardConsentRow, SavedCardRow
from checkout.payments.keeping import Keeping, Told
from checkout.payments.method import KeptCard, PaymentMethod, Prepared

CONSENT_VERSION: Final = "1"
PURPOSE: Final = "refills of eSIMs and top-ups of the wallet"
_WORDS: Final = (
    "{owner} agrees that {shop} has this card kept by its payment provider, and charges it "
    "without asking each time for {purpose}, within the limits that are set, until the card is "
    "removed, which is possible at any time."
)


def consent_words(owner: str, shop: str) -> str:
    """What is read to the owner of a card before it is kept."""
    return _WORDS.format(owner=owner, shop=shop or "this shop", purpose=PURPOSE)


def check_agreed(owner: str, shop: str, *, agreed: bool) -> None:
    """Refuse to keep a card whose owner has not agreed, with the words to agree to."""
    if not agreed:
        raise Refused(
            f"A card is kept only when its owner has agreed to these words: "
            f"“{consent_words(owner, shop)}” Nothing was asked for. Once that is so: --agreed.",
            code="consent_needed",
            field="agreed",
        )


def record_consent(
    session: Session, owner: Owner, shop: str, actor: str, now: datetime
) -> CardConsentRow:
    """Write down who agreed to what, when, and who noted it: before any card is asked for."""
    row = CardConsentRow(
        id=new_id(),
        owner_kind=owner.kind,
        owner_id=owner.id,
        version=CONSENT_VERSION,
        words=consent_words(owner.name, shop),
        purpose=PURPOSE,
        actor=actor,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def open_keeping(
    session: Session,
    consent: CardConsentRow,
    method: PaymentMethod,
    prepared: Prepared,
    *,
    keeping_id: str,
    attempt_id: str | None = None,
) -> SavedCardRow:
    """Write the wish to keep a card; with an attempt it is that payment that leaves it."""
    row = SavedCardRow(
        id=keeping_id,
        owner_id=consent.owner_id,
        consent_id=consent.id,
        attempt_id=attempt_id,
        provider=method.provider,
        livemode=method.livemode,
        state="asked",
        idempotency_key=f"card-{keeping_id}",
        parameters=dict(prepared.parameters),
        actor=consent.actor,
        created_at=consent.at,
        expires_at=prepared.expires_at,
    )
    session.add(row)
    session.flush()
    return row


def apply_told(session: Session, card_id: str, told: Told, now: datetime) -> bool:
    """The one door of cards: note what their keeper said; True when this call has it kept.

    An owner has one card: the one before is on its way out from then on.
    """
    row = session.get_one(SavedCardRow, card_id, with_for_update=True, populate_existing=True)
    if row.state != "asked":
        return False
    row.session_id, row.page_url = told.session_id or row.session_id, told.page_url
    session.add(row)
    if told.state == "cancelled":
        row.state, row.ended_at = "cancelled", now
    if told.state != "saved" or told.card is None:
        session.flush()
        return False
    begin_removal(session, row.owner_id)
    _fill(row, told.card, now)
    session.flush()
    return True


def _fill(row: SavedCardRow, card: KeptCard, now: datetime) -> None:
    row.state, row.saved_at = "saved", now
    row.customer_id, row.method_id = card.customer_id, card.method_id
    row.brand, row.last4 = card.brand, card.last4[-4:]
    row.exp_month, row.exp_year = card.exp_month, card.exp_year


def begin_removal(session: Session, owner_id: str) -> list[str]:
    """Charge the owner's card no more from now on; ids of what its keeper has to be told."""
    mine = (col(SavedCardRow.owner_id) == owner_id) & (col(SavedCardRow.state) == "saved")
    done = update(SavedCardRow).where(mine).values(state="removing")
    return [str(one) for one in session.execute(done.returning(col(SavedCardRow.id))).scalars()]


def end_removal(session: Session, card_id: str, now: datetime) -> bool:
    """Note that the keeper has forgotten a card; True when this call did."""
    mine = (col(SavedCardRow.id) == card_id) & (col(SavedCardRow.state) == "removing")
    done = update(SavedCardRow).where(mine).values(state="removed", ended_at=now)
    return session.execute(done.returning(col(SavedCardRow.id))).first() is not None


def find_card(session: Session, owner_id: str) -> SavedCardRow | None:
    """The card that is kept for an owner."""
    mine = select(SavedCardRow).where(
        SavedCardRow.owner_id == owner_id, SavedCardRow.state == "saved"
    )
    return session.exec(mine).first()


def card_for(session: Session, owner: Owner, method: PaymentMethod) -> KeptCard:
    """The card to charge for an owner, kept by the provider that would do it.

    Raises:
        NotFound: none is kept.
        Refused: it is kept with another key.

    """
    row = find_card(session, owner.id)
    if row is None:
        raise NotFound(
            f"No card is kept for {owner.name}; nothing was charged. Keep one: wallet card "
            f"{owner.name} --save.",
            code="no_card_kept",
            field="owner",
        )
    if (row.provider, row.livemode) != (method.provider, method.livemode):
        raise Refused(
            f"The card of {owner.name} is kept with another key than the one here; nothing was "
            "charged.",
            code="card_elsewhere",
        )
    return kept(row)


def known_customer(session: Session, owner_id: str, method: PaymentMethod) -> str:
    """What the provider knows an owner by from an earlier card; empty when it does not."""
    mine = select(SavedCardRow.customer_id).where(
        SavedCardRow.owner_id == owner_id,
        SavedCardRow.provider == method.provider,
        SavedCardRow.livemode == method.livemode,
        SavedCardRow.customer_id != "",
    )
    return session.exec(mine.order_by(col(SavedCardRow.created_at).desc())).first() or ""


def going_on(session: Session, owner_id: str | None = None) -> list[SavedCardRow]:
    """Cards that are being kept or removed, of an owner or of all, the oldest first."""
    statement = select(SavedCardRow).where(col(SavedCardRow.state).in_(("asked", "removing")))
    if owner_id is not None:
        statement = statement.where(SavedCardRow.owner_id == owner_id)
    return list(session.exec(statement.order_by(col(SavedCardRow.created_at))).all())


def kept(row: SavedCardRow) -> KeptCard:
    """The value that a provider is told."""
    return KeptCard(
        row.customer_id,
        row.method_id,
        row.brand,
        row.last4,
        row.exp_month or 0,
        row.exp_year or 0,
    )


def keeping_of(row: SavedCardRow) -> Keeping:
    """The frozen wish that a keeper is told."""
    return Keeping(
        id=row.id,
        idempotency_key=row.idempotency_key,
        parameters=row.parameters,
        session_id=row.session_id,
        created_at=row.created_at,
        page_url=row.page_url,
    )
