"""The answer of an upload, as the key of its request remembers it.

Refused rows are kept with their batch already; remarks repeat themselves, so each sentence is
kept once with the lines it stands for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.requests import Request, claim, finish, peek
from catalog.kernel.row_errors import RowError
from catalog.stock.history import refused_rows


def remember(session: Session, request: Request, answer: Mapping[str, Any]) -> None:
    """Keep the answer of a complete batch; `Refused` when the key has one already."""
    if claim(session, request).result is not None:
        raise Refused(
            "Another upload with this key was finished while this one ran; nothing of this one "
            "is kept.",
            code="upload_replaced",
        )
    kept = {name: value for name, value in answer.items() if name != "errors"}
    finish(session, request.key, {**kept, "warnings": _packed(answer["warnings"])})


def recall(session: Session, request: Request) -> dict[str, Any] | None:
    """The answer that was kept, or None; `IdempotencyConflict` when the key means another."""
    kept = peek(session, request)
    if kept is None:
        return None
    errors = refused_rows(session, kept["batch"])
    return {**kept, "warnings": _unpacked(kept["warnings"]), "errors": errors}


def _packed(remarks: Iterable[RowError]) -> list[tuple[str, str, list[int]]]:
    lines: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for remark in remarks:
        lines[remark.field, remark.reason].append(remark.line)
    return [(field, reason, numbers) for (field, reason), numbers in lines.items()]


def _unpacked(packed: Iterable[tuple[str, str, list[int]]]) -> list[RowError]:
    remarks = [RowError(line, *words) for *words, lines in packed for line in lines]
    return sorted(remarks, key=lambda remark: remark.line)
