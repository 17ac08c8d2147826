"""A stray quote in a stock, usage or plan file: its line is refused, the others are read."""

from __future__ import annotations

import io

import pytest

from catalog.kernel.records import numbered_lines
from catalog.kernel.row_errors import RowError
from catalog.plan_files import read_plan_file
from catalog.stock.readers import read_rows
from checkout.billing.usage_files import read_usage

USAGE = "event_id,iccid,started_at,bytes,country,note\n"
PLANS = "sku,countries,currency,price,data_mb,validity_days,name\n"


def stock(rows: list[str]) -> list[tuple[int, str]]:
    """The lines of a stock file with the reasons of those that were refused."""
    text = "".join(["ICCID,LPA,Note\n", *rows])
    read = read_rows(numbered_lines(io.StringIO(text)))
    return [(row.line, row.reason if isinstance(row, RowError) else "") for row in read]


def test_a_missing_closing_quote_in_a_stock_file() -> None:
    """Every field is quoted, and the last one of line 5 is not closed."""
    rows = [f'"89310800000000000{at}","LPA:1$smdp.example.com$K{at}","n"\n' for at in range(10)]
    rows[3] = rows[3].replace('"n"', '"n')
    verdicts = stock(rows)
    assert [line for line, _ in verdicts] == list(range(2, 12))
    assert [line for line, reason in verdicts if reason] == [5]
    assert dict(verdicts)[5] == "A quote is not closed."


def test_a_stray_quote_and_a_quoted_field_later_in_a_stock_file() -> None:
    """The rows between the two quotes are rows."""
    rows = [f"89310800000000000{at},LPA:1$smdp.example.com$K{at},n\n" for at in range(10, 40)]
    rows[3] = '"' + rows[3]
    rows[15] = rows[15].replace(",n", ',"n, m"')
    verdicts = stock(rows)
    assert [line for line, _ in verdicts] == list(range(2, 32))
    assert [line for line, reason in verdicts if reason] == [5]


@pytest.mark.parametrize("at", [0, 3, 99])
def test_a_stray_quote_in_a_usage_file(at: int) -> None:
    """One of a hundred records is refused."""
    rows = [f"e{n},8931080000000000019,2026-01-31T10:00:00Z,5,ES,\n" for n in range(100)]
    rows[at] = '"' + rows[at]
    read = list(read_usage([USAGE, *rows]))
    assert [row.line for row in read] == list(range(2, 102))
    assert [row for row in read if isinstance(row, RowError)] == [
        RowError(at + 2, "", "A quote is not closed.")
    ]


def test_a_stray_quote_in_a_plan_file() -> None:
    """The plans before and after it are taken."""
    rows = [f"ES-{at},ES,EUR,4.00,1000,7,\n" for at in range(5)]
    rows[2] = rows[2].replace("7,", '7,"')
    read = read_plan_file("a.csv", "".join([PLANS, *rows]))
    assert [line for line, _ in read.plans] == [2, 3, 5, 6]
    assert read.errors == (RowError(4, "", "A quote is not closed."),)


@pytest.mark.parametrize("part", [",", ";", "\t", "|"])
def test_usage_is_read_whatever_parts_it(part: str) -> None:
    """Blank lines may stand before the header, and they count."""
    row = "e1,8931080000000000019,2026-01-31T10:00:00Z,5,ES,\n"
    (read,) = read_usage(["\n", " \n", USAGE.replace(",", part), row.replace(",", part)])
    assert not isinstance(read, RowError)
    assert (read.line, read.event_id) == (4, "e1")


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    """It is refused, in tables and in JSON lines."""
    for first in (USAGE, "{}\n"):
        *_, refused = read_usage([first, "x" * 40_000])
        assert isinstance(refused, RowError)
        assert "longer than" in refused.reason
