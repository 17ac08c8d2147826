"""The record of an eSIM: the store's word on its service, its labels and note, every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Table, exists, func, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from catalog.esim.record_tables import EsimChangeRow, EsimLabelRow, EsimServiceRow
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.quoting import holds_code, quoted

SERVICE: Table = EsimServiceRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
LABELS: Table = EsimLabelRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
ESIMS: Table = EsimRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

MAX_LABEL: Final = 40
MAX_LABELS: Final = 20
MAX_NOTE: Final = 500
BETWEEN: Final = "\n"
"""What stands between the labels of `labels_column`; no label holds it."""

SECRET: Final = frozenset({"matching_id", "confirmation_code", "pin1", "puk1"})
"""Fields whose values no log ever has."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes an eSIM, when, and why."""

    actor: str
    at: datetime
    reason: str = ""


class Change(NamedTuple):
    """What a field of an eSIM was, and what it is from now on."""

    field: str
    old: str
    new: str


def note_change(session: Session, esim_id: str, change: Change, who: Who) -> None:
    """Add a change to the log of an eSIM; what stays as it was leaves no entry."""
    if change.field in SECRET:
        raise ValueError(f"{change.field} is secret and stands in no log")
    if change.old == change.new:
        return
    session.add(
        EsimChangeRow(
            id=new_id(),
            esim_id=esim_id,
            at=who.at,
            field=change.field,
            old=change.old,
            new=change.new,
            reason=who.reason,
            actor=who.actor,
        )
    )


def changes_of(session: Session, esim_id: str) -> Sequence[EsimChangeRow]:
    """The log of an eSIM, the oldest change first."""
    mine = select_rows(EsimChangeRow).where(EsimChangeRow.esim_id == esim_id)
    return session.exec(mine.order_by(col(EsimChangeRow.at), col(EsimChangeRow.id))).all()


def word_on(session: Session, esim_id: str) -> EsimServiceRow | None:
    """The store's word on the service of an eSIM whose row is locked; None: its balance decides."""
    return session.get(EsimServiceRow, esim_id, populate_existing=True)


def say(session: Session, esim_id: str, word: str, who: Who) -> None:
    """Put the store's word on the service of an eSIM; an empty word takes it back."""
    row = word_on(session, esim_id)
    note_change(session, esim_id, Change("service", row.word if row else "", word), who)
    if row is not None and not word:
        session.delete(row)
    elif word:
        said = row or EsimServiceRow(
            esim_id=esim_id, word=word, reason="", actor=who.actor, at=who.at
        )
        said.word, said.reason, said.actor, said.at = word, who.reason, who.actor, who.at
        session.add(said)
    session.flush()


def add_label(session: Session, esim_id: str, text: str, who: Who) -> None:
    """Give an eSIM a label; one that it has already stays as it is.

    Raises:
        Refused: it is empty, too long, or looks like a code; or the eSIM has twenty.

    """
    label = checked_words(text, "label", MAX_LABEL)
    if not label:
        raise Refused("A label has a word; nothing has changed.", code="bad_label", field="label")
    labels = labels_of(session, esim_id)
    if label.casefold() in {one.casefold() for one in labels}:
        return
    if len(labels) >= MAX_LABELS:
        raise Refused(
            f"An eSIM has at most {MAX_LABELS} labels; nothing has changed. Take one off first.",
            code="too_many_labels",
            field="label",
        )
    session.add(EsimLabelRow(esim_id=esim_id, label_key=label.casefold(), label=label))
    note_change(session, esim_id, Change("label", "", label), who)
    session.flush()


def remove_label(session: Session, esim_id: str, text: str, who: Who) -> None:
    """Take a label off an eSIM, in any capitals; `Refused` when it has none of that name."""
    key = " ".join(text.split()).casefold()
    row = session.get(EsimLabelRow, (esim_id, key))
    if row is None:
        raise Refused(
            f"This eSIM has no label {quoted(text)}; nothing has changed.",
            code="unknown_label",
            field="remove",
        )
    note_change(session, esim_id, Change("label", row.label, ""), who)
    session.delete(row)
    session.flush()


def labels_of(session: Session, esim_id: str) -> list[str]:
    """The labels of an eSIM, by name."""
    mine = select(LABELS.c.label).where(LABELS.c.esim_id == esim_id)
    return sorted(session.execute(mine).scalars(), key=str.casefold)


def labels_column() -> ScalarSelect[str]:
    """All labels of an eSIM in one text, for use beside `ESIMS`; NULL when it has none."""
    texts = func.aggregate_strings(LABELS.c.label, BETWEEN)
    return select(texts).where(LABELS.c.esim_id == ESIMS.c.id).scalar_subquery()


def has_label(text: str) -> ColumnElement[bool]:
    """Whether an eSIM has this label in any capitals, for use beside `ESIMS`."""
    key = " ".join(text.split()).casefold()
    return exists().where(LABELS.c.esim_id == ESIMS.c.id, LABELS.c.label_key == key)


def set_note(session: Session, row: EsimRow, text: str, who: Who) -> None:
    """Write the note of an eSIM anew; an empty one clears it."""
    note = checked_words(text, "note", MAX_NOTE)
    note_change(session, row.id, Change("note", row.note, note), who)
    row.note = note
    session.add(row)
    session.flush()


def checked_words(text: str, field: str, most: int) -> str:
    """Words that are kept beside an eSIM, on one line: no code among them, not too many."""
    words = " ".join(text.split())
    if holds_code(words):
        raise Refused(
            f"This looks like an activation code, which no {field} may hold; nothing has changed.",
            code="secret",
            field=field,
        )
    if len(words) > most or not words.isprintable():
        raise Refused(
            f"A {field} has at most {most} characters that can be printed; nothing has changed.",
            code=f"bad_{field}",
            field=field,
        )
    return words
