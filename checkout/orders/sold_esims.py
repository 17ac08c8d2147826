"""eSIMs by what people name them: their ICCID, or the order that sold them."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from catalog.esim.identifiers import check_iccid, iccid_key
from catalog.esim.record import Change, Who, note_change
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.quoting import quoted
from checkout.billing.numbers import identify_line
from checkout.orders.tables import OrderRow


def is_named(name: str) -> ColumnElement[bool]:
    """The condition of the eSIM of an ICCID in any spelling, or of an order's reference.

    An eSIM in stock is found by its ICCID too; an order names the eSIM that it holds.
    """
    reference = name.strip().upper()
    if reference.startswith("O-"):
        orders = select(OrderRow.esim_id).where(OrderRow.reference == reference)
        return col(EsimRow.id).in_(orders)
    return col(EsimRow.iccid_key) == iccid_key(name)


def esim_named(session: Session, name: str) -> EsimRow:
    """The eSIM of this name, or `NotFound`."""
    row = session.exec(select(EsimRow).where(is_named(name))).one_or_none()
    if row is None:
        raise unknown_esim(name)
    return row


def sold_esim(session: Session, name: str) -> EsimRow:
    """An eSIM that was sold here, or `NotFound`."""
    row = esim_named(session, name)
    if row.sold_at is None:
        raise unknown_esim(name, "sold here")
    return row


def unknown_esim(name: str, what: str = "of this store") -> NotFound:
    """What is said of a name that no eSIM has."""
    return NotFound(
        f"No eSIM {what} has the ICCID or the order {quoted(name)}. Check the number.",
        code="unknown_esim",
        field="iccid",
    )


def identify(session: Session, name: str, iccid: str, who: Who) -> EsimRow:
    """Tell the ICCID of an eSIM that was sold by its code; the same again changes nothing.

    `Refused` when it is no ICCID, when the eSIM has another one, or when it is another eSIM's.
    """
    checked = check_iccid(iccid)
    if not checked.ok:
        reasons = " ".join(checked.reasons)
        raise Refused(f"{reasons} Nothing has changed.", code="bad_iccid", field="iccid")
    found, key = sold_esim(session, name), iccid_key(checked.value)
    row = session.get_one(EsimRow, found.id, with_for_update=True, populate_existing=True)
    if row.iccid_key not in (None, key):
        raise Refused(
            f"This eSIM has the ICCID {row.iccid} already; nothing has changed.",
            code="already_identified",
            field="iccid",
        )
    if row.iccid_key is None:
        row.iccid, row.iccid_key = checked.value, key
        _flush(session)
        identify_line(session, row.id, row.iccid)
        note_change(session, row.id, Change("iccid", "", row.iccid), who)
    return row


def _flush(session: Session) -> None:
    """Write the number; its unique key decides whose it is, whoever else is writing."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused(
            "Another eSIM of this store has this ICCID; nothing has changed. Check the number.",
            code="iccid_taken",
            field="iccid",
        ) from error
