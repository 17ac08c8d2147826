"""How eSIMs and wallets are refilled by themselves, and how far that is, as it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.kernel.errors import NotFound
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import owner_named, owner_of_company, owner_of_user
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing import refill_episodes as episodes
from checkout.billing.refill_episodes import DAY, MONTH
from checkout.billing.refill_tables import AutoRefillRow, RefillEpisodeRow
from checkout.billing.tables import WalletRow
from checkout.orders.refill import plan_of
from checkout.orders.sold_esims import sold_esim
from checkout.orders.tables import OrderRow
from checkout.outbox.letters import APPROVAL, letters_about
from checkout.payments.attempts import attempts_of
from checkout.payments.wallet import find_wallet
from store_app.desk.context import Desk

_ESIM: Final = re.compile(r"O-[0-9A-Z]{8}|[0-9][0-9 -]{16,}[0-9]F?", re.ASCII)
"""An order or an ICCID, and no name of a company."""
_LETTER: Final = {"pending": "waiting"}


@dataclass(frozen=True, slots=True)
class AutoRefillView:
    """How something is refilled by itself, and how far that is.

    `state` is `off`, `on`, `waiting` (tried again at `next_try_at`), `checking` (nobody knows yet
    whether it was paid) or `paused` (whose card it is has to approve; at `checkout_url` when a
    page is open). `threshold` is in bytes for an eSIM, in minor units for a wallet;
    `threshold_mb` is for the form of an eSIM alone. Of a paused one `letter` says whether that page
    was sent to the owner of the card: `waiting` (`letter_reason` says why), `refused`, or `sent`.
    """

    named: str
    kind: str
    threshold: int
    threshold_mb: int
    refill: str
    amount_minor: int
    currency: str
    pay: str
    daily_cap: int
    monthly_cap: int
    begun_today: int
    begun_this_month: int
    enabled: bool
    state: str
    tries: int = 0
    next_try_at: datetime | None = None
    reason: str = ""
    order: str | None = None
    letter: str = ""
    letter_to: str = ""
    letter_at: datetime | None = None
    letter_reason: str = ""
    checkout_url: str = field(default="", repr=False)


def show_auto_refill(desk: Desk, named: str) -> AutoRefillView:
    """How an eSIM (by ICCID or order) or a wallet (by its owner) is refilled by itself."""
    with snapshot(desk.engine) as session:
        return rule_view(session, rule_named(session, named), desk.clock())


def find_auto_refill(desk: Desk, named: str) -> AutoRefillView | None:
    """The same; None when nothing was ever set."""
    try:
        return show_auto_refill(desk, named)
    except NotFound:
        return None


def list_auto_refills(desk: Desk, *, paused: bool = False) -> list[AutoRefillView]:
    """Everything that is refilled by itself, what waits for a person first."""
    rules = select(AutoRefillRow).order_by(AutoRefillRow.id)
    if paused:
        mine = col(RefillEpisodeRow.auto_refill_id) == col(AutoRefillRow.id)
        rules = rules.join(RefillEpisodeRow, mine).where(RefillEpisodeRow.state == "paused")
    with snapshot(desk.engine) as session:
        views = [rule_view(session, rule, desk.clock()) for rule in session.exec(rules)]
    order = ("paused", "checking", "waiting", "off", "on")
    return sorted(views, key=lambda view: (order.index(view.state), view.named))


def rule_named(session: Session, named: str) -> AutoRefillRow:
    """The rule of an eSIM by its number or order, or of a wallet by its owner."""
    if _ESIM.fullmatch(named.strip().upper()):
        subject_id = sold_esim(session, named).id
    else:
        wallet = find_wallet(session, owner_named(session, named))
        subject_id = wallet.id if wallet else ""
    rule = episodes.rule_of(session, subject_id) if subject_id else None
    if rule is None:
        raise NotFound(
            f"{named} is not refilled by itself; nothing has changed.", code="no_auto_refill"
        )
    return rule


def show_rule(desk: Desk, rule_id: str) -> AutoRefillView:
    """The same by its id."""
    with snapshot(desk.engine) as session:
        return rule_view(session, session.get_one(AutoRefillRow, rule_id), desk.clock())


def rule_view(session: Session, rule: AutoRefillRow, now: datetime) -> AutoRefillView:
    """One automatic refill as it is now."""
    episode = episodes.open_episode(session, rule.id)
    order = session.get(OrderRow, episode.order_id) if episode and episode.order_id else None
    wallet = session.get(WalletRow, rule.subject_id) if rule.kind == "wallet" else None
    esim = None if wallet else session.get_one(EsimRow, rule.subject_id)
    is_paused = episode is not None and episode.state == "paused"
    letters = letters_about(session, APPROVAL, episode.id, 1) if episode and is_paused else []
    letter = letters[0] if letters else None
    is_page = order is not None and is_paused
    return AutoRefillView(
        named=owner_name(session, wallet) if wallet else esim_name(session, rule.subject_id),
        kind=rule.kind,
        threshold=rule.threshold,
        threshold_mb=rule.threshold // load_settings(session).megabyte,
        refill=rule.refill,
        amount_minor=rule.amount_minor,
        currency=wallet.currency if wallet else plan_of(session, esim).currency if esim else "",
        pay=rule.pay,
        daily_cap=rule.daily_cap,
        monthly_cap=rule.monthly_cap,
        begun_today=episodes.begun_within(session, rule.id, DAY, now),
        begun_this_month=episodes.begun_within(session, rule.id, MONTH, now),
        enabled=rule.enabled,
        state=_state(rule, episode),
        tries=episode.tries if episode else 0,
        next_try_at=episode.due_at if episode and episode.state == "waiting" else None,
        reason=episode.reason if episode else rule.off_reason,
        order=order.reference if order else None,
        letter=_LETTER.get(letter.state, letter.state) if letter else "",
        letter_to=letter.recipient if letter else "",
        letter_at=letter.sent_at if letter else None,
        letter_reason=letter.reason if letter else "",
        checkout_url=attempts_of(session, order.id)[-1].page_url if order and is_page else "",
    )


def _state(rule: AutoRefillRow, episode: RefillEpisodeRow | None) -> str:
    if episode is None:
        return "on" if rule.enabled else "off"
    return {"trying": "checking"}.get(episode.state, episode.state)


def esim_name(session: Session, line_id: str) -> str:
    """The number of an eSIM, or the order that sold it when its number is not known."""
    esim = session.get_one(EsimRow, line_id)
    order = session.get(OrderRow, esim.order_id) if esim.order_id else None
    return esim.iccid or (order.reference if order else "")


def owner_name(session: Session, wallet: WalletRow) -> str:
    """Whose wallet it is, as people name him."""
    if wallet.owner_kind == "company":
        return owner_of_company(session.get_one(CompanyRow, wallet.owner_id)).name
    return owner_of_user(session.get_one(EndUserRow, wallet.owner_id)).name
