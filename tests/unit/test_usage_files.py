"""Usage files: both formats, and a reason with line and field for whatever is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from catalog.kernel.records import MAX_LINE
from catalog.kernel.row_errors import RowError
from checkout.billing.usage_files import UsageRow, header_of, read_usage

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


TEXT = "It must be 1 to 200 characters of plain text."
MISSING = "It is missing or not text."
INSTANT = "It must be an ISO 8601 instant with its zone, such as 2026-01-31T10:00:00Z."
WHOLE = "It must be a whole number from 0 to 10000000000000."
COUNTRY = "It must be an ISO 3166-1 alpha-2 code, such as ES, or empty."
FLAG = "It must be true or false, 1 or 0, yes or no, or empty."


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("event_id", " ", TEXT),
        ("event_id", 1.5, MISSING),
        ("event_id", [], MISSING),
        ("event_id", {}, MISSING),
        ("iccid", "8" * 41, "It must be 1 to 40 characters of plain text."),
        ("started_at", "soon", INSTANT),
        ("bytes", "1" * 17, WHOLE),
        ("bytes", "x1500", WHOLE),
        ("country", "E", COUNTRY),
        ("country", "ES ES", COUNTRY),
        *(("country", code, COUNTRY) for code in ("ZZ", "xx", "UK", "EU", "ſe")),
        ("cumulative", "2", FLAG),
    ],
)
def test_reasons_say_what_is_needed(field: str, value: object, reason: str) -> None:
    """Each field has a sentence of its own."""
    assert list(read_usage([json.dumps(GOOD | {field: value})])) == [RowError(1, field, reason)]


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("event_id", "x" * 200, "x" * 200),
        ("iccid", "8" * 40, "8" * 40),
        ("bytes", 0, 0),
        ("bytes", " 10000000000000 ", 10**13),
        ("country", " Es ", "ES"),
        ("country", "XK", "XK"),
        ("country", None, ""),
        *(("cumulative", flag, True) for flag in ("true", "TRUE", "1", "yes", True, 1)),
        *(("cumulative", flag, False) for flag in ("false", "0", " No ", "", None, False, 0)),
    ],
)
def test_accepted_to_the_edge(field: str, value: object, read: object) -> None:
    """The longest text, the largest number, blanks, capitals, and every word for a flag."""
    (row,) = read_usage([json.dumps(GOOD | {field: value})])
    assert isinstance(row, UsageRow)
    assert getattr(row, field) == read


NEEDED = (
    "it must name event_id, iccid, started_at, bytes, country and may name cumulative; "
    "nothing was imported."
)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "The file is empty; nothing was imported."),
        (["\ufeff\n", " \t\r\n"], "The file is empty; nothing was imported."),
        ([",,,,\n"], "The file is empty; nothing was imported."),
        (
            ["event_id,iccid,bytes\n"],
            f"The first line lacks started_at, country, {NEEDED}",
        ),
        (["bytes," + HEADER], f"The first line names a column twice, {NEEDED}"),
        (['"event_id,iccid\n'], "The quotes in the first line are wrong; nothing was imported."),
    ],
)
def test_unreadable(lines: list[str], message: str) -> None:
    """A file without its columns is refused as a whole."""
    with pytest.raises(Refused) as caught:
        list(read_usage(lines))
    refusal = caught.value
    assert (refusal.message, refusal.code, refusal.field) == (message, "unreadable_file", "file")


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiters(delimiter: str) -> None:
    """A table is parted by whatever stands most often in its first line; lines are counted."""
    row = f"e1,{GOOD['iccid']},2026-01-31T10:00:00Z,1500,ES\n"
    lines = [line.replace(",", delimiter) for line in ("\n", HEADER, row)]
    assert list(read_usage(lines)) == [replace(ROW, line=3)]


def test_a_mark_of_byte_order_alone_is_a_blank_line() -> None:
    """What comes after it says whether the file is JSON or a table."""
    assert list(read_usage(["\ufeff\n", json.dumps(GOOD)])) == [replace(ROW, line=2)]


def test_rows_of_the_wrong_shape() -> None:
    """A row that is too short, a line that is too long and one that is no object are told."""
    short, lone, missing = read_usage(
        csv_lines("a,b", "X", f"e1,{GOOD['iccid']},2026-01-31T10:00:00Z,1,ESP")
    )
    assert short == RowError(2, "", "The row has 2 fields, the header 5.")
    assert lone == RowError(3, "", "The row has 1 fields, the header 5.")
    assert missing == RowError(4, "country", COUNTRY)
    endless, deep, row = read_usage([" {" + " " * MAX_LINE, "[" * 9_999, json.dumps(GOOD)])
    assert endless == RowError(1, "", f"The line is longer than {MAX_LINE} characters.")
    assert deep == RowError(2, "", "The line is not one JSON object.")
    assert row == replace(ROW, line=3)


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


COLUMNS = ["event_id", "iccid", "started_at", "bytes", "country"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (HEADER, COLUMNS),
        (HEADER.replace(",", ";").upper(), COLUMNS),
        (HEADER.strip(), None),
        (HEADER.replace("iccid", '"iccid"'), None),
        (HEADER.replace(",", "\r"), None),
        (HEADER.replace("iccid", "card"), None),
        (HEADER.replace("\n", ",iccid\n"), None),
        (HEADER.replace("\n", "\r\n"), COLUMNS),
        ("X," + HEADER, ["x", *COLUMNS]),
        (HEADER.replace(",", "\t").replace("\n", "\t\n"), [*COLUMNS, ""]),
        (HEADER.replace("\n", ',"x"\n'), None),
        (HEADER.replace("\n", ",x\ry\n"), None),
        (HEADER.replace("\n", ",x\r \n"), None),
        (HEADER.replace("\n", ",x\rX\n"), None),
    ],
)
def test_a_plain_first_line_names_columns(line: str, expected: list[str] | None) -> None:
    """Any other is left to the careful reader."""
    assert header_of(line) == expected
