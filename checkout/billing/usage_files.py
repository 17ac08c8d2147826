"""Usage files (CSV with a header, or JSON lines) read row by row: records, or what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from catalog.kernel.clock import parse_instant
from catalog.kernel.errors import Refused
from catalog.kernel.records import Line, likeliest_delimiter, read_records, too_long
from catalog.kernel.row_errors import RowError
from catalog.places import ALL_COUNTRIES

REQUIRED = ("event_id", "iccid", "started_at", "bytes", "country")
MAX_ID = 200
"""Most characters of an event id or a source."""
MAX_BYTES = 10**13
"""Most bytes in one record or counter: 10 TB."""

_MAX_ICCID = 40  # with blanks and quotes; what a card number is, the line decides
_WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)
FLAGS = dict.fromkeys(("true", "1", "yes"), True) | dict.fromkeys(("false", "0", "no", ""), False)
"""What may stand in the column `cumulative`."""
COUNTRIES = ALL_COUNTRIES | {""}
"""What may stand in the column `country`: those that plan files know, empty for none known."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One usage record as it stands in a file; `bytes` is a counter when `cumulative`."""

    line: int
    event_id: str
    iccid: str
    started_at: datetime
    bytes: int
    country: str
    cumulative: bool = False


class _Wrong(Exception):
    """A field of a row is not what it must be: (field, reason)."""


def read_usage(lines: Iterable[str]) -> Iterator[UsageRow | RowError]:
    """The records of a file, each with its line; the first character tells JSON from CSV.

    A table may be parted by `,` `;` `|` or a tab; blank lines are passed over. `Refused`
    (`unreadable_file`) when the file is empty or its header lacks a column.
    """
    filled = (line for line in enumerate(lines, start=1) if line[1].strip("\ufeff \t\r\n"))
    number, first = next(filled, (0, ""))
    first = first.removeprefix("\ufeff")
    read = _read_json if first.lstrip().startswith("{") else _read_csv
    return read(chain([(number, first)], filled), first)


def _unreadable(what: str) -> Refused:
    message = f"{what}; nothing was imported."
    return Refused(message, code="unreadable_file", field="file")


def _read_csv(lines: Iterator[Line], first: str) -> Iterator[UsageRow | RowError]:
    records = read_records(lines, likeliest_delimiter(first))
    head = next(records, None)
    if head is None:
        raise _unreadable("The file is empty")
    if isinstance(head, RowError):
        raise _unreadable("The quotes in the first line are wrong")
    header = [name.strip().lower() for name in head[1]]
    _check_header(header)
    for record in records:
        yield record if isinstance(record, RowError) else _csv_row(header, *record)


def header_of(line: str) -> list[str] | None:
    """The columns that a plain first line names, without its line end; None for any other."""
    if not line.endswith("\n") or '"' in line or "\r" in line.rstrip("\r\n"):
        return None
    header = [name.strip().lower() for name in line.strip("\r\n").split(likeliest_delimiter(line))]
    is_table = set(REQUIRED) <= set(header) and len(set(header)) == len(header)
    return header if is_table else None


def _check_header(header: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing or len(set(header)) < len(header):
        wrong = f"lacks {', '.join(missing)}" if missing else "names a column twice"
        needed = f"it must name {', '.join(REQUIRED)} and may name cumulative"
        raise _unreadable(f"The first line {wrong}, {needed}")


def _csv_row(header: Sequence[str], line: int, values: Sequence[str]) -> UsageRow | RowError:
    if len(values) != len(header):
        return RowError(line, "", f"The row has {len(values)} fields, the header {len(header)}.")
    return read_row(line, dict(zip(header, values, strict=True)))


def _read_json(lines: Iterator[Line], _first: str) -> Iterator[UsageRow | RowError]:
    for line, text in lines:
        if refusal := too_long((line, text)):
            yield refusal
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            yield read_row(line, values)
        else:
            yield RowError(line, "", "The line is not one JSON object.")


def read_row(line: int, values: Mapping[str, Any]) -> UsageRow | RowError:
    """One row by its field names; values are text, or whole numbers and flags from JSON."""
    try:
        return UsageRow(
            line=line,
            event_id=_text(values, "event_id", MAX_ID),
            iccid=_text(values, "iccid", _MAX_ICCID),
            started_at=_instant(values),
            bytes=_bytes(values),
            country=_country(values),
            cumulative=_flag(values),
        )
    except _Wrong as wrong:
        return RowError(line, *wrong.args)


def _text(values: Mapping[str, Any], field: str, limit: int) -> str:
    value = values.get(field)
    if value is None or isinstance(value, (bool, float, dict, list)):
        raise _Wrong(field, "It is missing or not text.")
    text = str(value).strip()
    if not text or len(text) > limit or not text.isprintable():
        raise _Wrong(field, f"It must be 1 to {limit} characters of plain text.")
    return text


def _instant(values: Mapping[str, Any]) -> datetime:
    try:
        return parse_instant(str(values.get("started_at")))
    except (Refused, OverflowError):
        reason = "It must be an ISO 8601 instant with its zone, such as 2026-01-31T10:00:00Z."
        raise _Wrong("started_at", reason) from None


def _bytes(values: Mapping[str, Any]) -> int:
    text = str(values.get("bytes")).strip()
    if not _WHOLE.fullmatch(text) or int(text) > MAX_BYTES:
        raise _Wrong("bytes", f"It must be a whole number from 0 to {MAX_BYTES}.")
    return int(text)


def _country(values: Mapping[str, Any]) -> str:
    text = str(values.get("country") or "").strip()
    country = text.upper() if text.isascii() else text
    if "country" not in values or country not in COUNTRIES:
        raise _Wrong("country", "It must be an ISO 3166-1 alpha-2 code, such as ES, or empty.")
    return country


def _flag(values: Mapping[str, Any]) -> bool:
    text = str(values.get("cumulative") or "").strip().lower()
    if text not in FLAGS:
        raise _Wrong("cumulative", "It must be true or false, 1 or 0, yes or no, or empty.")
    return FLAGS[text]
