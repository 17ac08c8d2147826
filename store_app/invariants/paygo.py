"""PAYGO: each line was charged exactly what its records come to, and the ledger says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ScalarSelect, Select, cast, func, select
from sqlmodel import Session

from checkout.billing.line_rows import LINES
from checkout.billing.paygo_rows import CHARGES, PAYGO
from checkout.billing.tables import PostingRow
from checkout.billing.tariff import charge, tariff_from_json
from store_app.invariants.rule import Rule, rows_of, table_of

POSTINGS = table_of(PostingRow)

_PLENTY = 10**30
_TOTALS = ("charged_minor", "covered_bytes", "overrun_bytes", "barred_bytes")


def _charged() -> Select[Any]:
    """Every PAYGO line with its charges in the order of arrival, and what was posted for it."""
    return (
        select(
            PAYGO,
            LINES.c.iccid_key,
            LINES.c.served_bytes,
            LINES.c.overrun_bytes.label("line_overrun_bytes"),
            _posted("usage").label("usage_posted"),
            _posted("mrc").label("mrc_posted"),
            CHARGES.c.country,
            CHARGES.c.bytes,
            *(CHARGES.c[name].label(f"record_{name}") for name in _TOTALS),
        )
        .join(LINES, LINES.c.id == PAYGO.c.line_id)
        .join(CHARGES, CHARGES.c.line_id == PAYGO.c.line_id, isouter=True)
        .where(LINES.c.kind == "paygo")
        .order_by(PAYGO.c.line_id, CHARGES.c.number)
    )


def _posted(kind: str) -> ScalarSelect[Any]:
    mine = (POSTINGS.c.subject_id == PAYGO.c.line_id) & (POSTINGS.c.kind == kind)
    total = cast(func.coalesce(func.sum(POSTINGS.c.amount), 0), BigInteger)
    return select(total).where(mine).scalar_subquery()


def _wrong_charges(session: Session, now: datetime) -> Iterator[str]:
    """Lines whose replay, record by record, does not come to what is stored."""
    del now
    for _line_id, found in groupby(rows_of(session, _charged()), key=lambda row: row.line_id):
        rows = list(found)
        if not _adds_up(rows):
            yield f"line {rows[0].iccid_key}"


def _adds_up(rows: list[Any]) -> bool:
    line, remainder = rows[0], 0
    terms = tariff_from_json(line.tariff)
    records = [row for row in rows if row.bytes is not None]
    for row in records:
        payable = row.record_charged_minor if row.record_overrun_bytes else _PLENTY
        done = charge(terms, remainder, row.country, row.bytes, payable)
        if any(getattr(done, name) != getattr(row, f"record_{name}") for name in _TOTALS):
            return False
        remainder = done.remainder
    sums = [sum(getattr(row, f"record_{name}") for row in records) for name in _TOTALS]
    stored = [line.charged_minor, line.served_bytes, line.line_overrun_bytes, line.barred_bytes]
    mrc = line.mrc_months * terms.mrc_minor
    return (
        sums == stored
        and (len(records), remainder) == (line.charges, line.remainder)
        and (line.usage_posted, line.mrc_posted) == (line.charged_minor, mrc)
    )


RULES = (Rule("each PAYGO line was charged what its records come to", _wrong_charges),)
