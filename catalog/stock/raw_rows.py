"""A row as its file gives it: the line it begins on and the texts under the columns we read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from catalog.esim.activation_code import parse_code
from catalog.esim.identifiers import iccid_key, normalise_iccid
from catalog.kernel.row_errors import RowError
from catalog.stock.columns import columns_of, second_columns

MAX_FIELD = 1_024
"""Characters in one field: a percent-encoded link of the longest code fits."""

_TWO_VALUES = "Two fields of the row mean this one and differ: leave one of them out."
_WORDS = frozenset({"bundle", "batch_ref", "purchase_order"})
"""A supplier may well tell a name and a number of these: the first is taken."""
_CODE = re.compile(r"LPA:|1(?:\$|%24)", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|bmp|svg|webp|pdf)$", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RawRow:
    """The texts of one row by column; missing and blank ones are left out.

    `has_header` is False where no header named the columns and their contents had to.
    """

    line: int
    texts: Mapping[str, str] = field(repr=False)
    has_header: bool = True


def named_row(line: int, header: Sequence[str], texts: Sequence[str]) -> RawRow | RowError:
    """A row under its headings; two that mean one column have to agree where both are filled."""
    read, second = _columns(tuple(header))
    fields = [*zip(read, texts, strict=True), *zip(second, texts, strict=True)]
    # Beside a whole code may stand its matching id, or the name of its picture.
    fields.sort(key=lambda field: field[0] == "activation_code" and not _CODE.search(field[1]))
    return checked_row(line, fields)


@lru_cache(maxsize=16)
def _columns(header: tuple[str, ...]) -> tuple[list[str | None], list[str | None]]:
    return columns_of(header), second_columns(header)


def checked_row(
    line: int, texts: Iterable[tuple[str | None, str]], *, has_header: bool = True
) -> RawRow | RowError:
    """A row of the texts whose column is known, or the refusal of a text that cannot be one.

    A column may come more than once when its texts mean the same.
    """
    kept: dict[str, str] = {}
    for column, text in texts:
        if column is None or not (bare := text.strip()):
            continue
        if len(bare) > MAX_FIELD:
            return RowError(line, column, f"The field is longer than {MAX_FIELD} characters.")
        if _CONTROL.search(bare):
            return RowError(line, column, "The field holds a control character, such as NUL.")
        own = kept.setdefault(column, _formula(text))
        if _differs(column, own, _formula(text)):
            return RowError(line, column, _TWO_VALUES)
    return RawRow(line, kept, has_header)


def _differs(column: str, own: str, other: str) -> bool:
    if column in _WORDS:
        return False
    if column == "activation_code" and not _CODE.search(other):
        return not (_CODE.search(own) or _PICTURE.search(other.strip())) and own != other
    return own != other and _meaning(column, own) != _meaning(column, other)


def _meaning(column: str, text: str) -> object:
    """What all spellings of a text of this column have in common."""
    bare = text.strip()
    if column == "activation_code":
        code = parse_code(bare).code
        return replace(code, address=code.address.lower(), extras=()) if code else bare
    if column == "iccid":
        return iccid_key(normalise_iccid(bare))
    if column in {"eid", "imsi", "msisdn"}:
        return "".join(bare.split()).removeprefix("+")
    return bare if column in {"matching_id", "confirmation_code"} else bare.casefold()


def _formula(text: str) -> str:
    """The text inside `="…"`, which keeps a spreadsheet from rounding a long number."""
    bare = text.strip()
    return bare[2:-1] if bare.startswith('="') and bare.endswith('"') else text
