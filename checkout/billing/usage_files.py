"""Usage files (CSV with a header, or JSON lines) read row by row: records, or what is wrong."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from catalog.kernel.clock import parse_instant
from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError

REQUIRED = ("event_id", "iccid", "started_at", "bytes", "country")
MAX_ID = 200
"""Most characters of an event id or a source."""
MAX_BYTES = 10**15
"""Most bytes in one record: a petabyte, far below 64 bits."""

_MAX_ICCID = 40  # with blanks and quotes; what a card number is, the line decides
_WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_FLAGS = dict.fromkeys(("true", "1", "yes"), True) | dict.fromkeys(("false", "0", "no", ""), False)


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

    `Refused` (`unreadable_file`) when the file is empty or its header lacks a column.
    """
    source = iter(lines)
    first = next(source, "").removeprefix("\ufeff")
    if not first.strip():
        raise Refused(
            "The file is empty, or its first line is; nothing was imported.",
            code="unreadable_file",
            field="file",
        )
    read = _read_json if first.lstrip().startswith("{") else _read_csv
    return read(chain([first], source))


def _read_csv(lines: Iterator[str]) -> Iterator[UsageRow | RowError]:
    reader = csv.reader(lines)
    header = [name.strip().lower() for name in next(reader)]
    _check_header(header)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowError(line, "", f"The row cannot be read as CSV: {error}.")
            continue
        if values:
            yield _csv_row(line, header, values)


def _check_header(header: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing or len(set(header)) < len(header):
        wrong = f"lacks {', '.join(missing)}" if missing else "names a column twice"
        raise Refused(
            f"The first line {wrong}; nothing was imported. It must name the columns "
            f"{', '.join(REQUIRED)} and may name cumulative.",
            code="unreadable_file",
            field="file",
        )


def _csv_row(line: int, header: Sequence[str], values: Sequence[str]) -> UsageRow | RowError:
    if len(values) != len(header):
        return RowError(line, "", f"The row has {len(values)} fields, the header {len(header)}.")
    return read_row(line, dict(zip(header, values, strict=True)))


def _read_json(lines: Iterator[str]) -> Iterator[UsageRow | RowError]:
    for line, text in enumerate(lines, start=1):
        if not text.strip():
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
        return parse_instant(str(values.get("started_at")), field="started_at")
    except (Refused, OverflowError):
        reason = "It must be an ISO 8601 instant with its zone, such as 2026-01-31T10:00:00Z."
        raise _Wrong("started_at", reason) from None


def _bytes(values: Mapping[str, Any]) -> int:
    value = values.get("bytes")
    text = "" if isinstance(value, (bool, float)) else str(value).strip()
    if not _WHOLE.fullmatch(text) or int(text) > MAX_BYTES:
        raise _Wrong("bytes", f"It must be a whole number from 0 to {MAX_BYTES}.")
    return int(text)


def _country(values: Mapping[str, Any]) -> str:
    text = str(values.get("country") or "").strip()
    if "country" not in values or (text and not _COUNTRY.fullmatch(text)):
        raise _Wrong("country", "It must be two letters (ISO 3166-1) or empty.")
    return text.upper()


def _flag(values: Mapping[str, Any]) -> bool:
    text = str(values.get("cumulative") or "").strip().lower()
    if text not in _FLAGS:
        raise _Wrong("cumulative", "It must be true or false, 1 or 0, yes or no, or empty.")
    return _FLAGS[text]
