"""What becomes of a replacement at the desk when its supplier has answered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists
from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.requests import finish
from catalog.suppliers.ordering import download_of
from catalog.suppliers.tables import DownloadOrderRow
from checkout.orders.replace_live import exchange_ordered, give_up_replacement, replacement_of
from checkout.orders.replacement_tables import LiveReplacementRow
from store_app.desk.context import Desk
from store_app.desk.esims import view_of

UNDONE = ("failed", "cancelling", "cancelled")
"""States of what was ordered and will not be handed over."""


def hand_over_replacement(session: Session, desk: Desk, made_id: str) -> None:
    """Exchange the profiles once the new one is there, and keep the answer with its key."""
    made = replacement_of(session, made_id, lock=True)
    former = session.get_one(EsimRow, made.esim_id).iccid
    esim = exchange_ordered(session, made, desk.clock())
    if esim is not None:
        finish(session, made.request_key, told_of_esim(session, desk, esim, former))


def told_of_esim(session: Session, desk: Desk, esim: EsimRow, former: str) -> dict[str, Any]:
    """What a replacement answers, without secrets."""
    view = view_of(session, esim, desk.clock())
    return {
        "esim": esim.id,
        "iccid": view.iccid,
        "former_iccid": former or None,
        "order": view.order,
        "status": view.status,
    }


def end_replacement(session: Session, desk: Desk, made_id: str) -> None:
    """Give a replacement up whose profile will not come: nothing was charged, nothing goes back."""
    made, download = replacement_of(session, made_id, lock=True), download_of(session, made_id)
    if made.state == "ordered" and download is not None and download.state in UNDONE:
        give_up_replacement(session, made, desk.clock())


def unended_replacements(session: Session, limit: int) -> list[str]:
    """Ids of replacements whose profile will not come and of which nobody was told yet."""
    undone = exists().where(
        col(DownloadOrderRow.order_id) == col(LiveReplacementRow.id),
        col(DownloadOrderRow.state).in_(UNDONE),
    )
    waiting = select(LiveReplacementRow.id).where(LiveReplacementRow.state == "ordered", undone)
    return list(session.exec(waiting.limit(limit)).all())
