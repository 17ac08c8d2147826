"""PAYGO lines between their rows and their terms: who pays, what was charged, what is due."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, insert, select, update
from sqlmodel import Session

from catalog.kernel.database import chunks
from catalog.kernel.ids import fixed_id
from catalog.kernel.inserts import insert_new
from checkout.billing.periods import month_start, months_begun
from checkout.billing.prepaid import State
from checkout.billing.tables import PaygoRow, TariffRow
from checkout.billing.tariff import Tariff, tariff_from_json, tariff_to_json

PAYGO: Table = PaygoRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
TARIFFS: Table = TariffRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it

AT_LIMIT = "wallet at its limit"
MRC_UNPAID = "mrc unpaid"
WALLET_OFF = "wallet disabled"


@dataclass(frozen=True, slots=True)
class Paygo:
    """What a PAYGO line has besides its balance of bytes; the row of it says the same."""

    line_id: str
    line_number: int
    wallet_id: str
    tariff: Tariff
    remainder: int = 0
    charged_minor: int = 0
    barred_bytes: int = 0
    charges: int = 0
    mrc_anchor_at: datetime | None = None
    mrc_months: int = 0
    mrc_due_at: datetime | None = None

    def owed_minor(self, now: datetime) -> int:
        """The MRC of every month that has begun and is not paid."""
        if self.mrc_anchor_at is None:
            return 0
        unpaid = months_begun(self.mrc_anchor_at, now) - self.mrc_months
        return max(unpaid, 0) * self.tariff.mrc_minor

    def next_due(self) -> datetime | None:
        """When the first month that is not paid begins."""
        if self.mrc_anchor_at is None:
            return None
        return month_start(self.mrc_anchor_at, self.mrc_months)


def read_paygo(row: Mapping[str, Any]) -> Paygo:
    """A PAYGO line from the columns of its row and the `terms` of its tariff."""
    values = {field.name: row[field.name] for field in fields(Paygo) if field.name != "tariff"}
    return Paygo(**values, tariff=tariff_from_json(row["terms"]))


def select_paygo() -> Select[Any]:
    """What `read_paygo` reads."""
    return select(PAYGO, TARIFFS.c.terms).join(TARIFFS, TARIFFS.c.id == PAYGO.c.tariff_id)


def paygo_lines(session: Session, line_ids: Iterable[str]) -> dict[str, Paygo]:
    """PAYGO lines by id, as they are now."""
    found: dict[str, Paygo] = {}
    for part in chunks(sorted(set(line_ids))):
        for row in session.execute(select_paygo().where(PAYGO.c.line_id.in_(part))).mappings():
            found[row["line_id"]] = read_paygo(dict(row))
    return found


def payers_of(session: Session, line_ids: Iterable[str]) -> set[str]:
    """The wallets that pay for these lines; who pays for a line never changes."""
    found: set[str] = set()
    for part in chunks(sorted(set(line_ids))):
        payers = select(PAYGO.c.wallet_id).distinct().where(PAYGO.c.line_id.in_(part))
        found.update(session.execute(payers).scalars())
    return found


def insert_paygo(session: Session, paygo: Paygo) -> None:
    """Store a new PAYGO line; lines on the same terms share the row of their tariff."""
    terms = tariff_to_json(paygo.tariff)
    tariff_id = fixed_id("tariff", json.dumps(terms, sort_keys=True))
    insert_new(session, TARIFFS, [{"id": tariff_id, "terms": terms}], "id")
    values = {field.name: getattr(paygo, field.name) for field in fields(Paygo)}
    del values["tariff"]
    session.execute(insert(PAYGO), [values | {"tariff_id": tariff_id}])


_AT_SALE = ("line_id", "line_number", "wallet_id", "tariff")
_CHANGING = [field.name for field in fields(Paygo) if field.name not in _AT_SALE]


def store_paygo(session: Session, changed: Sequence[Paygo]) -> None:
    """Write what was charged and what is due of lines whose rows are locked."""
    if not changed:
        return
    rows = [
        {"of_line": one.line_id} | {f"new_{name}": getattr(one, name) for name in _CHANGING}
        for one in changed
    ]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
    statement = update(PAYGO).where(PAYGO.c.line_id == bindparam("of_line")).values(values)
    session.connection().execute(statement, rows)


def paygo_status(
    state: State, paygo: Paygo, available_minor: int | None, now: datetime
) -> tuple[str, str]:
    """The service status at `now` and the reason for it, out of what the wallet can pay.

    None is a wallet that is switched off. MRC that is due and can be paid counts as paid: it is
    taken before the next byte.
    """
    if state.ended_at is not None:
        return "archived", "refunded"
    if available_minor is None:
        return "suspended", WALLET_OFF
    owed = paygo.owed_minor(now)
    if owed > max(available_minor, 0):
        return "suspended", MRC_UNPAID
    if available_minor - owed <= 0:
        return "suspended", AT_LIMIT
    return ("active" if state.activated_at else "activation_ready"), ""
