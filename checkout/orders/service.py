"""The store's word on a sold eSIM: off by hand and on again, or archived for good."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session

from catalog.esim.record import MAX_NOTE, Who, checked_words, say, word_on
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.requests import Request
from checkout.billing.line_rows import Line, hold, lock_lines
from checkout.billing.lines import revoke_line
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import payers_of
from checkout.billing.subscriptions.assigning import KIND, end_line
from checkout.orders.sold_esims import sold_esim

SOURCE: Final = "archive"
"""What the ledger says of data that an archived eSIM still had."""

_WORDS: Final = {
    "pending": "A change of this eSIM is under way; nothing else has changed. Look again later.",
    "suspended": "This eSIM is suspended by hand; nothing has changed. Resume it first.",
    "archived": "This eSIM is archived; nothing has changed.",
}


def suspend(session: Session, request: Request, name: str, reason: str) -> EsimRow:
    """Switch the service of an eSIM off by hand; its clock and its fees go on (ADR 86)."""
    esim, _line = running(session, name)
    refuse_held(session, esim.id)
    say_of_line(session, esim.id, "suspended", who(request, reason))
    return esim


def resume(session: Session, request: Request, name: str, reason: str) -> EsimRow:
    """Take back a suspension by hand: what is left on the eSIM decides again."""
    esim, _line = running(session, name)
    refuse_held(session, esim.id, but="suspended")
    if word_on(session, esim.id) is None:
        raise Refused(
            "This eSIM is not suspended by hand; nothing has changed. If it is off, a refill or "
            "a payment switches it on.",
            code="not_suspended",
            field="iccid",
        )
    say_of_line(session, esim.id, "", who(request, reason))
    return esim


def archive(session: Session, request: Request, name: str, reason: str) -> EsimRow:
    """End an eSIM for good: what is left on it is lost, no money moves, nothing more is billed."""
    esim, line = running(session, name)
    refuse_held(session, esim.id, but="suspended")
    said = who(request, reason)
    if not said.reason:
        raise Refused(
            "Say why it is archived; nothing has changed.", code="reason_needed", field="reason"
        )
    end_service(session, esim, line, said)
    return esim


def end_service(session: Session, esim: EsimRow, line: Line, by: Who) -> None:
    """Archive a running eSIM whose row and line are locked, for the reason that is given."""
    bring_up_to_date(session, payers_of(session, [esim.id]), by.at, by.actor)
    if line.kind == KIND:
        end_line(session, esim.id, by.at)
    else:
        revoke_line(
            session,
            line_id=esim.id,
            now=by.at,
            source=SOURCE,
            actor=by.actor,
            reason=f"archived: {by.reason}",
        )
    say_of_line(session, esim.id, "archived", by)


def say_of_line(session: Session, esim_id: str, word: str, by: Who) -> None:
    """Put the store's word on an eSIM, or take it back, and let its line know."""
    say(session, esim_id, word, by)
    hold(session, esim_id, is_held=bool(word))


def running(session: Session, name: str) -> tuple[EsimRow, Line]:
    """A sold eSIM and its line, both locked, or `Refused` when it has ended."""
    return running_one(session, sold_esim(session, name).id)


def running_one(session: Session, esim_id: str) -> tuple[EsimRow, Line]:
    """The same for the eSIM of an id."""
    line = lock_lines(session, "id", [esim_id]).get(esim_id)
    esim = session.get_one(EsimRow, esim_id, with_for_update=True, populate_existing=True)
    if esim.stock_state != "sold" or line is None or line.state.ended_at is not None:
        raise Refused(
            "This eSIM has ended: it was refunded, archived, or its assignment ended. Nothing has "
            "changed.",
            code="ended",
            field="iccid",
        )
    return esim, line


def refuse_held(session: Session, esim_id: str, *, but: str = "") -> None:
    """`Refused` while the store's own word stands on an eSIM, unless it is `but` that one."""
    row = word_on(session, esim_id)
    if row is not None and row.word != but:
        raise Refused(_WORDS[row.word], code=row.word, field="iccid")


def who(request: Request, reason: str) -> Who:
    """Who asks, with the words as they are kept."""
    return Who(request.actor, request.now, checked_words(reason, "reason", MAX_NOTE))
