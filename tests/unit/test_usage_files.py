"""Usage files: both formats, and a reason with line and field for whatever is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError
from checkout.billing.usage_files import UsageRow, read_usage

HEADER = "event_id,iccid,started_at,bytes,country\n"
AT = datetime(2026, 1, 31, 10, tzinfo=UTC)
GOOD = {
    "event_id": "e1",
    "iccid": "8931080000000000019",
    "started_at": "2026-01-31T11:00:00+01:00",
    "bytes": 1500,
    "country": "es",
}
ROW = UsageRow(2, "e1", "8931080000000000019", AT, 1500, "ES")


def csv_lines(*rows: str, header: str = HEADER) -> list[str]:
    """A CSV file as its lines."""
    return [header, *(row + "\n" for row in rows)]


def test_csv() -> None:
    """Columns in any order and case, blanks trimmed, blank lines passed over."""
    header = "\ufeffCountry, event_id,ICCID,started_at,bytes,cumulative,note\n"
    row = " es ,e1,8931080000000000019,2026-01-31T10:00:00Z, 1500 ,yes,x"
    (read,) = read_usage([header, "\n", row])
    assert read == UsageRow(3, "e1", "8931080000000000019", AT, 1500, "ES", cumulative=True)


def test_json_lines() -> None:
    """One object per line; numbers may be numbers or text."""
    text = json.dumps(GOOD) + "\n"
    as_text = json.dumps(GOOD | {"event_id": 7, "bytes": "1500", "cumulative": False}) + "\n"
    first, second, broken = read_usage([text, "\n", as_text, "[1]\n"])
    assert first == UsageRow(1, "e1", GOOD["iccid"], AT, 1500, "ES")  # type: ignore[arg-type]
    assert isinstance(second, UsageRow)
    assert (second.line, second.event_id, second.cumulative) == (3, "7", False)
    assert broken == RowError(4, "", "The line is not one JSON object.")


def test_multi_line_field_keeps_physical_lines() -> None:
    """A quoted line break does not shift the numbers of later errors."""
    rows = list(read_usage(csv_lines('"e\n', 'x",1,2,3,4', "short")))
    assert [(row.line, type(row)) for row in rows] == [(2, RowError), (4, RowError)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", ""),
        ("event_id", None),
        ("event_id", "x" * 201),
        ("event_id", "a\x00b"),
        ("event_id", "a\udcffb"),
        ("event_id", True),
        ("iccid", "8" * 41),
        ("started_at", "2026-01-31T10:00:00"),
        ("started_at", "2026-01-31"),
        ("started_at", "0001-01-01T00:00:00+14:00"),
        ("started_at", None),
        ("started_at", 1769853600),
        ("bytes", -1),
        ("bytes", "1.5"),
        ("bytes", 1.0),
        ("bytes", "１２"),
        ("bytes", 10**13 + 1),
        ("bytes", True),
        ("bytes", None),
        ("country", "ESP"),
        ("country", "Ñ1"),
        ("country", 12),
        ("cumulative", "maybe"),
    ],
)
def test_refused(field: str, value: object) -> None:
    """What is wrong names its line and its field."""
    (error,) = read_usage([json.dumps(GOOD | {field: value})])
    assert isinstance(error, RowError)
    assert (error.line, error.field) == (1, field)


def test_country_may_be_empty_but_not_missing() -> None:
    """Empty is a country that the source does not know."""
    (read,) = read_usage([json.dumps(GOOD | {"country": ""})])
    assert isinstance(read, UsageRow)
    assert read.country == ""
    lacking = {name: value for name, value in GOOD.items() if name != "country"}
    (error,) = read_usage([json.dumps(lacking)])
    assert isinstance(error, RowError)


@pytest.mark.parametrize(
    "lines", [[], ["\n"], ["a,b\n"], ["event_id,iccid,started_at,bytes\n"], ["bytes," + HEADER]]
)
def test_unreadable(lines: list[str]) -> None:
    """A file without its columns is refused as a whole."""
    with pytest.raises(Refused) as caught:
        list(read_usage(lines))
    assert caught.value.code == "unreadable_file"


@given(st.lists(st.text(max_size=60), max_size=6), st.sampled_from([HEADER, "{}\n"]))
def test_any_text_is_read(lines: list[str], first: str) -> None:
    """Whatever a file holds, each row is a record or an error."""
    rows = list(read_usage([first, *(line + "\n" for line in lines)]))
    assert all(isinstance(row, (UsageRow, RowError)) for row in rows)


@given(st.integers(0, 10**13), st.booleans())
def test_round_trip(count: int, counter: bool) -> None:
    """CSV and JSON lines of one record read alike."""
    flag = str(counter).lower()
    head = HEADER.strip() + ",cumulative\n"
    row = f"e1,{GOOD['iccid']},2026-01-31T10:00:00Z,{count},ES,{flag}"
    (from_csv,) = read_usage([head, row])
    (from_json,) = read_usage([json.dumps(GOOD | {"bytes": count, "cumulative": counter})])
    assert isinstance(from_csv, UsageRow)
    assert isinstance(from_json, UsageRow)
    assert (from_csv.bytes, from_csv.cumulative) == (from_json.bytes, from_json.cumulative)
