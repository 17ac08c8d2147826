"""Letters with the page on which a refill is approved: sent to the owner of the card, once.

A letter was written with the pause that it is about. It is taken, the page is opened, the message
is handed to the mail server, and that is noted: four steps with nothing of the outside inside a
transaction. One that is repeated after a kill carries the same key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused, StoreError, Unavailable
from catalog.kernel.settings import load_settings
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing import refill_letters as letters
from checkout.billing.refill_episodes import open_episode
from checkout.billing.refill_tables import RefillEpisodeRow, RefillLetterRow, RefillTryRow
from checkout.orders.tables import OrderRow
from checkout.payments.offline import OfflineCard
from store_app.desk.auto_refill_views import AutoRefillView, rule_named, show_rule
from store_app.desk.context import Desk
from store_app.desk.counter import card_method
from store_app.desk.pay_links import Wording, mail_link
from store_app.desk.refill_pages import not_paused, open_page
from store_app.desk.refill_runs import unattended
from store_app.mail import mail_server

_FINAL: Final = ("mail_refused", "bad_email")
"""Refusals of this address, which another try does not change."""
_NOT_TRIED: Final = (
    *("no_mail_server", "no_mail_password", "open_mail_server"),
    *("not_offered", "no_page_here", "no_email"),
)
"""What keeps a letter from being taken at all."""


@dataclass(frozen=True, slots=True)
class _ToSend:
    """A letter that waits, what its episode refills, and why it was not sent before."""

    id: str
    episode_id: str
    rule_id: str
    reason: str


def send_letters(desk: Desk) -> int:
    """Send every letter that waits; how many were sent. What fails is noted, for the next time."""
    with snapshot(desk.engine) as session:
        waiting = [_to_send(*each) for each in letters.letters_to_send(session)]
    return sum(_send(desk, each) for each in waiting)


def send_again(desk: Desk, named: str) -> AutoRefillView:
    """Send the owner of the card the page once more, or now what could not be sent before.

    The view says what came of it.

    Raises:
        Refused: it does not wait for anybody's approval.

    """

    def work(session: Session) -> _ToSend:
        rule = rule_named(session, named)
        episode = open_episode(session, rule.id)
        if episode is None or episode.state != "paused":
            raise not_paused()
        last = letters.last_letter(session, episode.id)
        if last is None or last.state != "waiting":
            number = last.number + 1 if last else 1
            letters.write_letter(session, episode.id, desk.clock(), number=number, actor=desk.actor)
            last = letters.last_letter(session, episode.id)
        assert last is not None  # noqa: S101 - it was written just now
        return _to_send(last, episode)

    one = transact(desk.engine, work)
    _send(desk, one)
    return show_rule(desk, one.rule_id)


def _to_send(letter: RefillLetterRow, episode: RefillEpisodeRow) -> _ToSend:
    return _ToSend(letter.id, episode.id, episode.auto_refill_id, letter.reason)


def _send(desk: Desk, one: _ToSend) -> bool:
    """One try to send a letter; True when it is out."""
    now = desk.clock()
    try:
        recipient = _addressed(desk, one)
        if not transact(desk.engine, lambda session: letters.take_letter(session, one.id, now)):
            return False
        _hand_over(desk, one, recipient)
    except StoreError as trouble:
        _note(desk, one, trouble)
        return False
    transact(desk.engine, lambda session: letters.sent(session, one.id, recipient, now))
    return True


def _note(desk: Desk, one: _ToSend, trouble: StoreError) -> None:
    """Write down why it was not sent; what is known already is not written again and again."""
    why, is_final = trouble.message, trouble.code in _FINAL

    def work(session: Session) -> None:
        letters.not_sent(session, one.id, why, is_final=is_final)

    if why != one.reason or trouble.code not in _NOT_TRIED:
        transact(desk.engine, work)


def _addressed(desk: Desk, one: _ToSend) -> str:
    """To whom it goes, or `Refused` while it can't: no page is opened that nobody would see."""
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        mail_server(settings)
        method = card_method(desk, settings)
        if method is None:
            raise Refused(desk.no_card, code="not_offered")
        if isinstance(method, OfflineCard):
            raise Refused("The offline demo card has no page to send.", code="no_page_here")
        return _recipient(session, one.episode_id)


def _hand_over(desk: Desk, one: _ToSend, recipient: str) -> None:
    """Open the page and give its link to the mail server."""
    page = open_page(unattended(desk), one.rule_id)
    if page.order is None or not page.checkout_url:
        raise Unavailable("The page to approve it on is not open yet.")
    what = f"The eSIM {page.named}" if page.kind == "esim" else "Your wallet"
    opening = (
        f"{what} is to be refilled by itself from your card. Its bank asks for your approval, so "
        "nothing was charged yet."
    )
    mail_link(desk, page.order, recipient, Wording(one.id, "Approve", opening))


def _recipient(session: Session, episode_id: str) -> str:
    """The e-mail address of whoever pays: the customer, or the company."""
    statement = (
        select(OrderRow)
        .join(RefillTryRow, col(RefillTryRow.order_id) == col(OrderRow.id))
        .where(RefillTryRow.episode_id == episode_id)
        .order_by(col(RefillTryRow.number).desc())
    )
    order = session.exec(statement).first()
    if order is not None and order.end_user_id is not None:
        return session.get_one(EndUserRow, order.end_user_id).email
    company = session.get_one(CompanyRow, order.company_id) if order else None
    if company is None or not company.email:
        raise Refused(
            f"{company.name if company else 'Nobody'} has no e-mail address here. Give it one: "
            "company set NAME --email EMAIL.",
            code="no_email",
        )
    return company.email
