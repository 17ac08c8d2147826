"""Idempotency: one key, one effect.

A key is claimed in the transaction that first writes something, and finished in the one that
completes the effect. A refusal forgets the key; a success answers every repetition.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlmodel import Session

from catalog.kernel.errors import IdempotencyConflict
from catalog.kernel.inserts import insert_if_new
from catalog.kernel.prepared import run
from catalog.kernel.quoting import quoted
from catalog.kernel.tables import RequestRow

_REQUESTS: Table = RequestRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_FINISH = (
    update(_REQUESTS).where(_REQUESTS.c.key == bindparam("done")).values(result=bindparam("answer"))
)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what, when, under which key: handed to every changing use case."""

    key: str
    verb: str
    body: Mapping[str, Any]
    actor: str
    now: datetime

    @property
    def body_hash(self) -> str:
        """A hash of the verb and the body, equal for equal requests."""
        text = json.dumps([self.verb, self.body], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of a key: new, under way (`subject_id`), or done (`result`)."""

    is_new: bool
    subject_id: str | None
    result: dict[str, Any] | None


def claim(session: Session, request: Request, subject_id: str | None = None) -> Claim:
    """Take the key, or say how far its first request came; another body is refused.

    `subject_id` is the order that a new key will stand for, so that a crash can be resumed.
    """
    row = {
        "key": request.key,
        "verb": request.verb,
        "body_hash": request.body_hash,
        "subject_id": subject_id,
        "actor": request.actor,
        "created_at": request.now,
    }
    if insert_if_new(session, _REQUESTS, row):
        return Claim(is_new=True, subject_id=subject_id, result=None)
    stored = session.get_one(RequestRow, request.key, with_for_update=True, populate_existing=True)
    _refuse_another(stored, request)
    return Claim(is_new=False, subject_id=stored.subject_id, result=stored.result)


def peek(session: Session, request: Request) -> dict[str, Any] | None:
    """The answer that a finished request has, without taking the key; another body is refused."""
    stored = session.get(RequestRow, request.key)
    if stored is None:
        return None
    _refuse_another(stored, request)
    return stored.result


def partly_claimed(session: Session, requests: Sequence[Request]) -> str | None:
    """What one of these keys stands for when others of them are free; None when all are alike.

    Nothing is taken; another body is refused.
    """
    found = [(session.get(RequestRow, one.key), one) for one in requests]
    stored = [(row, one) for row, one in found if row is not None]
    for row, one in stored:
        _refuse_another(row, one)
    return stored[0][0].subject_id if 0 < len(stored) < len(found) else None


def _refuse_another(stored: RequestRow, request: Request) -> None:
    if stored.body_hash != request.body_hash:
        raise IdempotencyConflict(
            f"The key {quoted(request.key)} was used for another request; that one stands and "
            "nothing has changed. Use a new key for a new request.",
            field="key",
        )


def finish(session: Session, key: str, result: Mapping[str, Any]) -> None:
    """Keep the answer for every repetition."""
    run(session, _FINISH, {"done": key, "answer": dict(result)})


def forget(session: Session, key: str) -> None:
    """Free the key of a refused request: the same request may succeed later."""
    row = session.get(RequestRow, key)
    if row is not None and row.result is None:
        session.delete(row)
        session.flush()
