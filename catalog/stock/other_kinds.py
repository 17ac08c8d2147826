"""Rows of stock that are no eSIMs: physical SIMs and satellite terminals, which have no code."""

from __future__ import annotations

import re
from typing import Any, Final

from catalog.esim.identifiers import iccid_key
from catalog.stock.row_reading import Reading

KINDS: Final = ("esim", "sim", "terminal")
"""Kinds of line."""

_CODE: Final = ("activation_code", "matching_id", "smdp_address", "confirmation_code")
_NO_CODE: Final[dict[str, Any]] = {
    **dict.fromkeys(("smdp_address", "smdp_key", "matching_id", "oid", "confirmation_code"), ""),
    "confirmation_required": False,
    "reusable": False,
}
_SERIAL: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]{1,30})[0-9A-EG-Za-eg-z]", re.ASCII)
_LIKE_ICCID: Final = re.compile(r"89[0-9]{16,18}", re.ASCII)


def kind_of(row: Reading, given: str) -> str:
    """The kind that a row names, else that of its upload."""
    kind = row.text("kind").lower() or given
    if kind in KINDS:
        return kind
    row.refuse("kind", "A kind of line is esim, sim or terminal.")
    return given


def without_code(row: Reading) -> dict[str, Any]:
    """The columns of a code, all empty; a row that has one is an eSIM's."""
    for name in _CODE:
        if row.text(name):
            row.refuse(name, "Only an eSIM has an activation code.")
    return dict(_NO_CODE)


def known_by(row: Reading, kind: str) -> dict[str, Any]:
    """By which number a SIM or a terminal is known: its ICCID, or a terminal by its serial number.

    A serial number stands where others have their ICCID; beside an ICCID it becomes the note.
    """
    serial = row.text("serial")
    if serial and (not _SERIAL.fullmatch(serial) or _LIKE_ICCID.fullmatch(serial)):
        row.refuse("serial", "A serial number has 3 to 32 letters, digits and dashes, no F last.")
    if row.text("iccid"):
        return {"note": f"serial {serial}"} if serial else {}
    if kind == "sim":
        row.refuse("iccid", "A SIM is known by its ICCID, and there is none.")
    elif not serial:
        row.refuse("serial", "A terminal needs its serial number or its ICCID.")
    return {"iccid": serial, "iccid_key": iccid_key(serial)}
