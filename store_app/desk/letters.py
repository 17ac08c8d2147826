"""What the letters of the outbox say; each is put together when it is sent."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session, col, select

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.settings import load_settings
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing.refill_tables import RefillEpisodeRow, RefillTryRow
from checkout.documents import handover_words as words
from checkout.documents.handover import confirmation_text, handover_text
from checkout.documents.plain_text import one_line
from checkout.orders.tables import OrderRow
from checkout.outbox.tables import LetterRow
from checkout.payments.offline import OfflineCard
from store_app.desk.auto_refill_views import esim_name
from store_app.desk.context import Desk
from store_app.desk.counter import card_method
from store_app.desk.packs import FORMS, Pack, every_form, pack_files, read_pack
from store_app.desk.pay_links import link_letter
from store_app.desk.refill_pages import not_paused, open_page
from store_app.desk.refill_runs import unattended
from store_app.mail import Attachment, Letter

_ATTACHED: Final = ("png", "pdf")


def esim_letter(desk: Desk, row: LetterRow) -> tuple[str, Letter]:
    """All that installs an eSIM, without a confirmation code."""
    pack = _pack(desk, row)
    shown = [form for form in _ATTACHED if form in every_form()]
    files = [file for file in pack_files(pack, shown) if file.form in FORMS]
    subject = words.SUBJECT.format(one_line(pack.handover.plan_name))
    attached = tuple(Attachment(file.name, file.content) for file in files)
    return row.recipient, Letter(subject, handover_text(pack.handover), attached)


def confirmation_letter(desk: Desk, row: LetterRow) -> tuple[str, Letter]:
    """The confirmation code of an eSIM, and nothing that installs it."""
    pack = _pack(desk, row)
    text = confirmation_text(pack.handover, pack.confirmation_code)
    return row.recipient, Letter(words.CONFIRMATION_SUBJECT, text)


def _pack(desk: Desk, row: LetterRow) -> Pack:
    with snapshot(desk.engine) as session:
        named = esim_name(session, row.subject_id)
    return read_pack(desk, named)


def approval_letter(desk: Desk, row: LetterRow) -> tuple[str, Letter]:
    """The page on which a refill is approved, for whoever pays it.

    Raises:
        Refused: nobody waits for it any more, or nobody can be told: no page is opened then.
        Unavailable: the page is not open yet.

    """
    with snapshot(desk.engine) as session:
        episode = session.get_one(RefillEpisodeRow, row.subject_id)
        if episode.state != "paused":
            raise not_paused()
        _check_pages(desk, session)
        recipient = _payer(session, episode.id)
    page = open_page(unattended(desk), episode.auto_refill_id)
    if page.order is None or not page.checkout_url:
        raise Unavailable("The page to approve it on is not open yet.")
    what = f"The eSIM {page.named}" if page.kind == "esim" else "Your wallet"
    opening = (
        f"{what} is to be refilled by itself from your card. Its bank asks for your approval, so "
        "nothing was charged yet."
    )
    return recipient, link_letter(desk, page.order, "Approve", opening)[0]


def _check_pages(desk: Desk, session: Session) -> None:
    method = card_method(desk, load_settings(session))
    if method is None:
        raise Refused(desk.no_card, code="not_offered")
    if isinstance(method, OfflineCard):
        raise Refused("The offline demo card has no page to send.", code="no_page_here")


def _payer(session: Session, episode_id: str) -> str:
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
