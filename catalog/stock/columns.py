"""Column names of suppliers' stock files -> the names that this store reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_ALIASES: Mapping[str, str] = {
    "iccid": "iccid no|iccid number|icc id|icc|sim iccid|esim iccid|profile iccid|sim serial",
    "activation_code": "ac|lpa|lpa code|lpa string|lpa url|qr|qr code|qr code data|qr data|"
    "qr string|qr payload|qr code text|qr code value|activation string|activation|code|esim code",
    "smdp_address": "smdp|smdp+|sm dp+|sm dp|smdp+ address|sm dp+ address|smdp url|smdp host|"
    "smdp fqdn|smdp server|smdp address|rsp url|rsp|rsp address|rsp host|server|smdp+ fqdn|"
    "address",
    "matching_id": "matchingid|matching|match id|activation token|ac token|token",
    "confirmation_code": "confirmation|confirm code|conf code|confirmation pin|cc",
    "oid": "smdp oid|smdp+ oid|sm dp oid|object identifier",
    "msisdn": "phone number|phone|mobile number|telephone",
    "imsi": "imsi number",
    "pin1": "pin|pin 1|pin code",
    "puk1": "puk|puk 1|puk code",
    "plan_sku": "sku|plan|plan code|package code|product sku",
    "bundle": "bundle name|bundle code|package|package name|product",
    "batch_ref": "batch|batch id|batch no|batch number|batch reference|lot",
    "purchase_order": "po|po number|purchase order no|purchase order number|order number",
    "cost": "unit cost|cost price|purchase price|wholesale price|unit price",
    "currency": "cost currency|ccy",
    "install_by": "install before|installation deadline|install until|expiry|expiry date|"
    "expires|expires at|valid until|best before",
    "eid": "euicc id|eid number",
    "reusable": "reuse|is reusable|multi use",
    "kind": "line kind|kind of line|line type|card kind",
    "serial": "serial number|serial no|terminal serial|terminal serial number|terminal id|sn",
}

COLUMNS = tuple(_ALIASES)
"""What a stock row can bring. `bundle` is the supplier's own word for a plan."""

NEEDED = frozenset({"iccid", "activation_code", "matching_id", "serial"})
"""A header names at least one of these."""

_NOT_NAME = re.compile(r"[\s_\-./()#:]+")


def _folded(name: str) -> str:
    return _NOT_NAME.sub("", name.strip("\ufeff\"'")).lower()


_BY_NAME = {
    _folded(name): column
    for column, aliases in _ALIASES.items()
    for name in (column, *aliases.split("|"))
}


_WHOLE = {name for name, column in _BY_NAME.items() if column == "activation_code"} - {
    _folded(name)
    for name in ("activation_code", "ac", "activation", "code", "esim code", "qr", "qr code")
}
"""Headings that promise a whole code; "QR code" may also be the name of a picture."""


def column_of(name: str) -> str | None:
    """The column that a supplier's heading means, whatever its case, blanks and hyphens.

    >>> column_of("SM-DP+ Address"), column_of("Matching ID"), column_of("Colour")
    ('smdp_address', 'matching_id', None)
    """
    return _BY_NAME.get(_folded(name))


def columns_of(header: Sequence[str]) -> list[str | None]:
    """The column under each heading; None for those not known and for second names of one.

    Of two headings for the code the one that promises a whole code is read: beside it
    "Activation Code" is a matching id.

    >>> columns_of(["ICCID", "Activation Code", "LPA", "QR"])
    ['iccid', None, 'activation_code', None]
    """
    columns: list[str | None] = []
    for name in header:
        column = column_of(name)
        columns.append(None if column in columns else column)
    whole = next((place for place, name in enumerate(header) if _folded(name) in _WHOLE), None)
    if whole is not None and columns[whole] is None:
        columns[columns.index("activation_code")] = None
        columns[whole] = "activation_code"
    return columns


def second_columns(header: Sequence[str]) -> list[str | None]:
    """The column that a heading means and another one stands for; None under all others.

    >>> second_columns(["ICCID", "Activation Code", "LPA", "Colour"])
    [None, 'activation_code', None, None]
    """
    read = columns_of(header)
    return [
        column_of(name) if mine is None else None for name, mine in zip(header, read, strict=True)
    ]


def repeated_heading(header: Sequence[str]) -> str | None:
    """The column whose very heading stands twice; other words for one thing may stand together."""
    names = [_folded(name) for name in header]
    return next(
        (_BY_NAME[name] for name in names if name in _BY_NAME and names.count(name) > 1), None
    )
