"""One row of a stock file -> a profile as the store keeps it, or the reason why not.

Reasons never quote a field: a shifted column could put a secret anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from catalog.esim.identifiers import (
    check_eid,
    check_iccid,
    check_imsi,
    check_msisdn,
    iccid_key,
)
from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency, parse_amount
from catalog.kernel.row_errors import RowError
from catalog.stock.other_kinds import kind_of, known_by, without_code
from catalog.stock.raw_rows import RawRow
from catalog.stock.row_code import code_columns
from catalog.stock.row_reading import Reading


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as stock needs to know it."""

    plan_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What holds for every row of one file.

    Attributes:
        operator: whose profiles these are.
        plan_sku: the plan of rows that name none; empty for generic stock.
        offers: every plan of the store by sku.
        currency: of costs that come without one.
        today: for install-by dates.

    """

    operator: str
    plan_sku: str
    offers: Mapping[str, Offer]
    currency: str
    today: date
    kind: str = "esim"
    """Of the rows that name none: `esim`, `sim` or `terminal`."""
    remark: str = ""
    """What is odd about all of it together."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An acceptable row: its columns of the profile table, and what is odd about it."""

    line: int
    columns: dict[str, Any] = field(repr=False)
    warnings: tuple[RowError, ...] = ()


def judge(row: RawRow, upload: Upload) -> Profile | RowError:
    """The profile of a row, or one refusal that names every fault, under the first one's field."""
    reading = Reading(row)
    kind = kind_of(reading, upload.kind)
    columns = {
        "line_kind": kind,
        "note": "",
        **_numbers(reading),
        **(code_columns(reading) if kind == "esim" else without_code(reading)),
        **plan_of(reading, upload),
        **_purchase(reading, upload),
    }
    if kind != "esim":
        columns |= known_by(reading, kind)
    elif not reading.text("iccid"):
        _known_by_code(reading, columns)
    if reading.faults:
        reasons = " ".join(dict.fromkeys(fault.reason for fault in reading.faults))
        return RowError(row.line, reading.faults[0].field, reasons)
    return Profile(row.line, columns, tuple(reading.warnings))


def _numbers(row: Reading) -> dict[str, Any]:
    iccid = row.number("iccid", check_iccid)
    return {
        "iccid": iccid,
        "iccid_key": iccid_key(iccid) if iccid else None,
        "eid": row.number("eid", check_eid),
        "msisdn": row.number("msisdn", check_msisdn),
        "imsi": row.number("imsi", check_imsi),
        "pin1": row.pin("pin1"),
        "puk1": row.pin("puk1"),
    }


def _known_by_code(row: Reading, columns: Mapping[str, Any]) -> None:
    """Let a profile without ICCID pass when its code is its own."""
    if "matching_id" in columns and (columns["reusable"] or not columns["matching_id"]):
        row.refuse("iccid", "There is no ICCID and no code of its own: nothing identifies it.")
    else:
        row.warn("iccid", "No ICCID: sold by its code; usage is matched once the number is known.")


def plan_of(row: Reading, upload: Upload) -> dict[str, Any]:
    """The row's own plan, else the upload's, else the supplier's bundle, else none."""
    sku = row.text("plan_sku") or upload.plan_sku or row.text("bundle")
    if not sku:
        return {"operator": upload.operator, "plan_id": None}
    offer = upload.offers.get(sku)
    if offer is None:
        row.refuse("plan_sku", "There is no plan with this SKU: import the plan first.")
        return {}
    if offer.operator and offer.operator.casefold() != upload.operator.casefold():
        row.refuse("plan_sku", "The plan is of another operator than this upload.")
    return {"operator": offer.operator or upload.operator, "plan_id": offer.plan_id}


def _purchase(row: Reading, upload: Upload) -> dict[str, Any]:
    cost_minor, currency = cost_of(row, upload)
    return {
        "batch_ref": row.short("batch_ref"),
        "purchase_order": row.short("purchase_order"),
        "cost_minor": cost_minor,
        "cost_currency": currency,
        "install_by": install_by_of(row, upload.today),
    }


def cost_of(row: Reading, upload: Upload) -> tuple[int | None, str]:
    """The cost in minor units with its currency; None without one."""
    if not row.text("cost"):
        return None, ""
    try:
        currency = check_currency(row.text("currency") or upload.currency)
    except Refused:
        row.refuse("currency", "The currency is not a code such as EUR.")
        return None, ""
    try:
        cost_minor = parse_amount(row.text("cost"), currency, field="cost")
    except Refused:
        cost_minor = -1
    if cost_minor < 0:
        row.refuse("cost", "The cost is not an amount such as 1.20 with the currency's decimals.")
    return cost_minor, currency


def install_by_of(row: Reading, today: date) -> date | None:
    """The last day to install an eSIM; None without one."""
    text = row.text("install_by")
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        row.refuse("install_by", "The date is not written as 2026-12-31.")
        return None
    if day < today:
        row.warn("install_by", "The last day to install this eSIM has passed.")
    return day
