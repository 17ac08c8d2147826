"""Plan files (TOML, CSV, JSON lines) -> plans and the rows that were refused, with line numbers.

All three use the field names of the plan rules. TOML has one `[[plan]]` table per plan, JSON
lines one object per line. CSV holds prepaid plans: field names as columns (`kind` may be left
out), lists parted by `;`, `,` or a blank (companies by `;` only), and refills in one column as
`id:data_mb:price` parted by `;`, such as `1GB:1000:4.00;3GB:3000:9.00`.
"""

from __future__ import annotations

import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from catalog.kernel.errors import Refused
from catalog.kernel.quoting import quoted
from catalog.kernel.records import Record, likeliest_delimiter, numbered_lines, read_records
from catalog.kernel.row_errors import RowError
from catalog.plan_form import Problem
from catalog.plan_rules import build_plan, fields_of
from catalog.plans import Plan, PlanKind

MAX_FILE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a plan file holds: plans with their lines, errors in order, number of plans refused."""

    plans: tuple[tuple[int, Plan], ...]
    errors: tuple[RowError, ...]
    rejected: int


@dataclass(frozen=True, slots=True)
class _Row:
    """The fields of one plan, where they stand, and what was already wrong on reading them."""

    line: int
    fields: Mapping[str, object]
    key_lines: Mapping[str, int]
    errors: tuple[RowError, ...] = ()


def read_plan_file(filename: str, content: bytes | str, *, megabyte: int = 1_000_000) -> PlanFile:
    """Read a plan file by its suffix: .toml, .csv or .jsonl.

    `Refused` (`unreadable_file`) when it is no such file: its suffix is unknown, it is too large
    or not UTF-8 text, its syntax is broken (with the line), or it holds no plans.
    """
    readers: Mapping[str, Callable[[str], list[_Row]]] = {
        ".toml": _toml_rows,
        ".csv": _csv_rows,
        ".jsonl": _json_rows,
    }
    reader = readers.get(PurePath(filename).suffix.lower())
    if reader is None:
        raise _unreadable("its name does not end in .toml, .csv or .jsonl")
    rows = reader(_text(content))
    if not rows:
        raise _unreadable("it holds no plans")
    return _plans(rows, megabyte)


def _unreadable(reason: str) -> Refused:
    message = f"The plan file was not read: {reason}. Nothing was changed."
    return Refused(message, code="unreadable_file", field="file")


def _broken(line: int, reason: str) -> Refused:
    """The refusal of a file that cannot be read as a whole, with the line that shows it."""
    return _unreadable(f"line {line} {reason}")


def _text(content: bytes | str) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise _unreadable(f"it is larger than {MAX_FILE_BYTES} bytes")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("it is not text in UTF-8") from None
    if "\x00" in text:
        raise _unreadable("it is not text")
    return text.removeprefix("\ufeff")


def _plans(rows: list[_Row], megabyte: int) -> PlanFile:
    """Build each row's plan; a SKU that came before in the file is refused."""
    plans: list[tuple[int, Plan]] = []
    errors: list[RowError] = []
    first_line: dict[str, int] = {}
    for row in rows:
        built = build_plan(row.fields, megabyte=megabyte)
        sku = str(row.fields.get("sku") or "").strip()
        wrong = _wrong(row, built, first_line.get(sku))
        first_line.setdefault(sku, row.line)
        if isinstance(built, Plan) and not wrong:
            plans.append((row.line, built))
        errors += wrong
    return PlanFile(tuple(plans), tuple(errors), len(rows) - len(plans))


def _wrong(row: _Row, built: Plan | list[Problem], first_line: int | None) -> list[RowError]:
    """What was wrong on reading the row, by the plan rules, and with its SKU."""
    wrong = list(row.errors)
    if isinstance(built, list) and (row.fields or not row.errors):
        wrong += [RowError(_line(row, one.field), one.field, one.reason) for one in built]
    sku = str(row.fields.get("sku") or "").strip()
    if sku and first_line is not None:
        reason = f"{quoted(sku)} already stands on line {first_line}"
        wrong.append(RowError(_line(row, "sku"), "sku", reason))
    return wrong


def _line(row: _Row, field: str) -> int:
    """The line of a field; a part of a refill has its own or that of its table."""
    table = field.partition(".")[0]
    return row.key_lines.get(field) or row.key_lines.get(table) or row.line


def _toml_rows(text: str) -> list[_Row]:
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        last = text.rstrip().count("\n") + 1
        raise _broken(int(at[1]) if at else last, f"is not TOML: {error}") from None
    for name in document:
        if name != "plan":
            line = _stray_line(text, name)
            raise _broken(line, f"has {quoted(name)} outside a [[plan]] table")
    tables = document.get("plan", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _broken(1, "has a “plan” that is no [[plan]] table")
    places = _toml_lines(text)
    known = places if len(places) == len(tables) else [(1, {})] * len(tables)
    return [_Row(line, table, keys) for table, (line, keys) in zip(tables, known, strict=True)]


def _stray_line(text: str, name: str) -> int:
    """The line on which a key or table outside the plans begins."""
    begins = re.compile(rf"""[ \t]*\[*[ \t]*["']?{re.escape(name)}\b""")
    lines = enumerate(text.split("\n"), start=1)
    return next((number for number, line in lines if begins.match(line)), 1)


_TABLE = re.compile(r"\s*(\[\[?)\s*plan\s*(?:\.\s*([A-Za-z_]+)\s*)?\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*(?:\.[^=]*)?=""")


def _toml_lines(text: str) -> list[tuple[int, dict[str, int]]]:
    """Line of each [[plan]] and of its keys, found by their shape; refills as `refill[1].price`."""
    places: list[tuple[int, dict[str, int]]] = []
    prefix, refills = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        table, key = _TABLE.match(line), _KEY.match(line)
        if table and not table[2]:
            places.append((number, {}))
            prefix, refills = "", 0
        elif table and places:
            refills += table[1] == "[["
            path = f"{table[2]}[{refills}]" if table[1] == "[[" else table[2]
            places[-1][1][path] = number
            prefix = path + "."
        elif key and places:
            places[-1][1].setdefault(prefix + key[1], number)
    return places


def _json_rows(text: str) -> list[_Row]:
    """One object per line; a line that is none is an error of its own."""
    lines = enumerate(text.split("\n"), start=1)
    return [_json_row(number, line) for number, line in lines if line.strip()]


def _json_row(number: int, line: str) -> _Row:
    try:
        fields = json.loads(line, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        return _Row(number, {}, {}, (RowError(number, "", f"is not JSON: {error}"),))
    if isinstance(fields, dict):
        return _Row(number, fields, {})
    return _Row(number, {}, {}, (RowError(number, "", "is not a JSON object"),))


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return fields


def _csv_rows(text: str) -> list[_Row]:
    records = _csv_records(text)
    header = next(records, None)
    if header is None:
        return []
    if isinstance(header, RowError):
        raise _broken(header.line, f"is no header: {header.reason}")
    columns = _columns(*header)
    return [_csv_row(columns, record) for record in records]


def _columns(line: int, header: Sequence[str]) -> list[str]:
    columns = [_COLUMN_NAMES.get(name.strip().lower(), name.strip().lower()) for name in header]
    for name in columns:
        if name not in fields_of(PlanKind.PREPAID):
            raise _broken(line, f"has {quoted(name)}, which is no column of a prepaid plan")
        if columns.count(name) > 1:
            raise _broken(line, f"has the column “{name}” twice")
    return columns


_COLUMN_NAMES = {"refills": "refill"}


def _csv_records(text: str) -> Iterator[Record | RowError]:
    delimiter = likeliest_delimiter(text.lstrip().partition("\n")[0])
    return read_records(numbered_lines(io.StringIO(text, newline=None)), delimiter)


def _csv_row(columns: Sequence[str], record: Record | RowError) -> _Row:
    if isinstance(record, RowError):
        return _Row(record.line, {}, {}, (record,))
    line, cells = record
    if any(cell.strip() for cell in cells[len(columns) :]):
        reason = f"has {len(cells)} cells under {len(columns)} columns"
        return _Row(line, {}, {}, (RowError(line, "", reason),))
    fields: dict[str, object] = {"kind": PlanKind.PREPAID}
    fields |= {name: cell for name, cell in zip(columns, cells, strict=False) if cell.strip()}
    errors: tuple[RowError, ...] = ()
    if fields["kind"] != PlanKind.PREPAID:
        fields["kind"] = PlanKind.PREPAID
        errors = (RowError(line, "kind", "must be prepaid in CSV; use TOML for other kinds"),)
    if "refill" in fields:
        fields["refill"] = [_csv_refill(part) for part in str(fields["refill"]).split(";") if part]
    return _Row(line, fields, {}, errors)


def _csv_refill(text: str) -> dict[str, object]:
    """One refill `id:data_mb:price`; missing parts are left for the plan rules to name."""
    return dict(zip(("id", "data_mb", "price", "more"), text.split(":", 3), strict=False))
