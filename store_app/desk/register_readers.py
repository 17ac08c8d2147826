"""The card readers of the account, and which of them stands at this register."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import load_settings
from checkout.orders.place import order_named
from checkout.payments.readers import Reader, ReaderMethod
from checkout.payments.tables import RegisterReaderRow
from store_app.desk.card_calls import attempt_of
from store_app.desk.context import Desk
from store_app.desk.counter import card_method, find_reader, reader_method


@dataclass(frozen=True, slots=True)
class ReaderView:
    """One reader; `is_used` is whether it stands at this register."""

    reader: str
    label: str
    kind: str
    is_online: bool
    is_simulated: bool
    is_used: bool


def list_readers(desk: Desk) -> list[ReaderView]:
    """Every reader that the provider knows; `Refused` without a provider that has readers."""
    method = _method(desk)
    used = _used(desk, method)
    return [_view(each, used) for each in method.readers()]


def use_reader(desk: Desk, named: str) -> ReaderView:
    """Take a reader, by its id or its label, for this register from now on."""
    method = _method(desk)
    found = [each for each in method.readers() if named.strip() in (each.id, each.label)]
    if len(found) != 1:
        raise NotFound(
            f"There is no one reader {quoted(named)}; nothing has changed. See: reader list.",
            code="unknown_reader",
            field="reader",
        )
    (reader,) = found
    row = RegisterReaderRow(
        register_id=desk.register_id,
        reader_id=reader.id,
        label=reader.label,
        is_simulated=reader.is_simulated,
        provider=method.provider,
        livemode=method.livemode,
        actor=desk.actor,
        at=desk.clock(),
    )
    transact(desk.engine, lambda session: session.merge(row))
    return _view(reader, reader.id)


def drop_reader(desk: Desk) -> None:
    """This register has no reader any more."""

    def work(session: Session) -> None:
        row = session.get(RegisterReaderRow, desk.register_id)
        if row is not None:
            session.delete(row)

    transact(desk.engine, work)


def present_card(desk: Desk, order: str, *, declined: bool = False) -> str:
    """Play a card at the simulated reader that collects an order; its reader."""
    with snapshot(desk.engine) as session:
        row = order_named(session, order)
    attempt = attempt_of(desk, row)
    if not attempt.reader_id or row.state != "placed":
        raise Refused(
            f"Order {row.reference} waits at no reader; nothing has changed.",
            code="no_reader",
            field="order",
        )
    _method(desk).present(attempt, declined=declined)
    return attempt.reader_id


def _method(desk: Desk) -> ReaderMethod:
    with snapshot(desk.engine) as session:
        return reader_method(card_method(desk, load_settings(session)))


def _used(desk: Desk, method: ReaderMethod) -> str:
    with snapshot(desk.engine) as session:
        row = find_reader(session, desk.register_id, method)
    return row.reader_id if row else ""


def _view(reader: Reader, used: str) -> ReaderView:
    return ReaderView(
        reader=reader.id,
        label=reader.label,
        kind=reader.kind,
        is_online=reader.is_online,
        is_simulated=reader.is_simulated,
        is_used=reader.id == used,
    )
