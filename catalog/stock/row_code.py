"""The activation code of a row: whole, in parts, or under another heading."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from catalog.esim.activation_code import ActivationCode, ParsedCode, parse_code, parse_fields
from catalog.esim.code_fields import oid_reasons
from catalog.stock.row_reading import Reading

_TAKEN_FOR_ONE = (
    "The text beside the code is taken for a confirmation code, so the phone will ask for it. If "
    "it is something else, add a header that names the columns."
)


def code_columns(row: Reading) -> dict[str, Any]:
    """The columns of a profile that come from its code; none when the code is refused."""
    code = _parsed_code(row)
    if code is None:
        return {}
    confirmation_code = row.short("confirmation_code")
    if code.confirmation_required and not confirmation_code:
        row.warn("confirmation_code", "The phone will ask for a confirmation code; none is given.")
    if confirmation_code and not code.confirmation_required and not row.has_header:
        row.warn("confirmation_code", _TAKEN_FOR_ONE)
    return {
        "smdp_address": code.address,
        "smdp_key": code.address.lower(),
        "matching_id": code.matching_id,
        "oid": code.oid or "",
        "confirmation_required": code.confirmation_required or bool(confirmation_code),
        "confirmation_code": confirmation_code,
        "reusable": row.flag("reusable"),
    }


def _parsed_code(row: Reading) -> ActivationCode | None:
    """The code from one column or from its parts; where both are given they must agree."""
    whole, parts = _whole_code(row)
    if not whole and not row.text("smdp_address"):
        row.refuse("activation_code", "There is no activation code and no SM-DP+ address.")
        return None
    parsed = parse_code(whole) if whole else parse_fields(*parts)
    _note(row, parsed, whole=bool(whole))
    code = parsed.code
    if not (whole and code):
        return code
    if not _agree(code, parts):
        row.refuse("activation_code", "The activation code and its parts in other columns differ.")
    for remark in oid_reasons(row.text("oid")):
        row.refuse("oid", remark.message)
    return replace(code, oid=code.oid or row.text("oid"))


def _whole_code(row: Reading) -> tuple[str, tuple[str, str, str]]:
    """A full code and the separate fields; suppliers put either under the other's heading."""
    code, matching_id = (row.texts.get(name, "") for name in ("activation_code", "matching_id"))
    if code and "$" not in code and "%24" not in code and row.text("smdp_address"):
        code, matching_id = "", matching_id or code
    elif not code and "$" in matching_id:
        code, matching_id = matching_id, ""
    return code, (row.texts.get("smdp_address", ""), matching_id, row.texts.get("oid", ""))


def _agree(code: ActivationCode, parts: tuple[str, str, str]) -> bool:
    address, matching_id, oid = (part.strip() for part in parts)
    return (
        address.lower() in {"", code.address.lower()}
        and matching_id in {"", code.matching_id}
        and oid in {"", code.oid or oid}
    )


_COLUMNS = {
    "address": "smdp_address",
    "matching_id": "matching_id",
    "oid": "oid",
    "confirmation_required": "confirmation_code",
}


def _note(row: Reading, parsed: ParsedCode, *, whole: bool) -> None:
    for remarks, note in ((parsed.reasons, row.refuse), (parsed.warnings, row.warn)):
        for remark in remarks:
            part = "" if whole else _COLUMNS.get(remark.field, "")
            note(part or "activation_code", remark.message)
