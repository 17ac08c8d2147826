"""What may stand in each field of an activation code (SGP.22 4.1), and words for what may not."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 255
"""Characters in a code without its `LPA:`."""

_NOT_MATCHING_ID = re.compile(r"[^0-9A-Za-z-]")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+", re.ASCII)
_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)

# The first that is found names the fault; what none of them finds must still be a host name.
_ADDRESS_FAULTS = (
    (re.compile(r"^$"), "The address of the SM-DP+ is missing."),
    (re.compile(r"://"), "The address holds a scheme; only the host name belongs here."),
    (re.compile(r"/"), "The address holds a path; only the host name belongs here."),
    (re.compile(r"^\[|:.*:"), "The address is an IP address; a host name is needed."),
    (re.compile(r":"), "The address holds a port; only the host name belongs here."),
    (re.compile(r"\s"), "The address holds a blank."),
    (re.compile(r"_"), "The address holds an underscore; host names have none."),
    (re.compile(r"\.$"), "The address ends in a dot; leave it out."),
    (re.compile(r"^[0-9.]+$", re.ASCII), "The address is an IP address; a host name is needed."),
    (re.compile(r"^[^.]*$"), "The address has no dot; the full host name is needed."),
    (re.compile(r"\.[0-9]+$", re.ASCII), "The address ends in a number; a host name is needed."),
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one field of a code; it never quotes the field."""

    field: str
    message: str


def address_reasons(address: str) -> list[Remark]:
    """Why the address of an SM-DP+ is no plain host name; at most one reason."""
    for fault, message in _ADDRESS_FAULTS:
        if fault.search(address):
            return [Remark("address", message)]
    stranger = next((char for char in address if not char.isascii()), None)
    if stranger:
        return [Remark("address", f"The address holds {_named(stranger)}.")]
    if len(address) > 253 or not _HOST.fullmatch(address):
        return [Remark("address", "The address is not a valid host name.")]
    return []


def matching_id_reasons(matching_id: str) -> list[Remark]:
    """Why a matching id is none; empty and lower case ones pass."""
    wrong = _NOT_MATCHING_ID.search(matching_id)
    if not wrong:
        return []
    held = f"The matching id holds {_named(wrong[0])} at place {wrong.start() + 1}"
    return [Remark("matching_id", f"{held}; only 0-9, A-Z and - are allowed.")]


def oid_reasons(oid: str) -> list[Remark]:
    """Why an object identifier is none; it may be empty."""
    if oid == "1":
        misplaced = "A lone 1 in the place of the OID is a misplaced confirmation flag: write $$1."
        return [Remark("oid", misplaced)]
    if oid and not _OID.fullmatch(oid):
        return [Remark("oid", "The OID is not a dotted number such as 1.3.6.1.")]
    return []


def flag_reasons(flag: str) -> list[Remark]:
    """Why a confirmation flag is none; it may be empty."""
    if flag in {"", "0", "1"}:
        return []
    return [Remark("confirmation_required", "The confirmation flag is neither empty, 0 nor 1.")]


def length_reasons(fields: tuple[str, ...]) -> list[Remark]:
    """Why the fields make too long a code together; empty last ones are never written."""
    length = len("$".join(fields).rstrip("$"))
    if length <= MAX_LENGTH:
        return []
    return [Remark("code", f"The code has {length} characters; {MAX_LENGTH} are the limit.")]


def _named(char: str) -> str:
    if char.isspace():
        return "a blank"
    if char.isascii() and char.isprintable():
        return f"“{char}”"
    return f"the foreign character {unicodedata.name(char, f'U+{ord(char):04X}')}"
