"""A usage file read by columns is the same file read row by row, to the line and the reason."""

from __future__ import annotations

from io import BytesIO, TextIOWrapper

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.database import to_micros
from catalog.kernel.errors import Refused
from catalog.kernel.records import numbered_lines
from catalog.kernel.row_errors import RowError
from checkout.billing import usage_columns
from checkout.billing.usage_columns import read_blocks
from checkout.billing.usage_files import UsageRow, read_usage

HEADER = "event_id,iccid,started_at,bytes,country"
CELLS = (
    ["e1", "e2", " e3", "", "é4", "x" * 201, '"q"', "a b"],
    ["8931080000000000019", "8931080000000000019F", "8931 0800", ""],
    [
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:00:00.5+00:00",
        "2026-01-31T11:00:00+01:00",
        "2026-01-31 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T23:59:60Z",
        "2026-01-31",
    ],
    ["0", "1500", " 7", "-1", "10000000000000", "10000000000001", "1.5", "１"],
    ["ES", "es", "eS", "", " ch ", "XK", "ZZ", "xx", "ſe", "ESP", "1A"],
)
ROWS = st.tuples(*(st.sampled_from(cells) for cells in CELLS)).map(",".join)
GOOD = st.integers(0, 99).map(lambda n: f"g{n},8931080000000000019,2026-01-31T10:00:00Z,{n},ES")
LINES = st.one_of(
    GOOD,
    GOOD,
    GOOD.map(lambda row: f"{row},"),
    GOOD.map(lambda row: f"{row},true"),
    GOOD.map(lambda row: row.replace(",", "\r,", 1)),
    ROWS,
    st.sampled_from(["", " ", "short", "a,b,c,d,e,f", '"open,1,2', "\ufeff", "\0"]),
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])
FILES = st.lists(st.tuples(LINES, ENDS), max_size=12)


def by_rows(raw: bytes) -> list[UsageRow | RowError]:
    """The file as the reader of rows gives it."""
    text = TextIOWrapper(BytesIO(raw), encoding="utf-8-sig", errors="surrogateescape")
    return list(read_usage(line for _, line in numbered_lines(text)))


def by_columns(raw: bytes) -> list[tuple[object, ...] | RowError]:
    """The file as the reader of blocks gives it, in the order of its lines."""
    found: list[tuple[int, tuple[object, ...] | RowError]] = []
    for block in read_blocks(BytesIO(raw)):
        found += [(row[0], row) for row in block.records.rows()]
        found += [(error.line, error) for error in block.errors]
    return [row for _, row in sorted(found, key=lambda each: each[0])]


def told(row: UsageRow | RowError) -> tuple[object, ...] | RowError:
    """A row as columns say it."""
    if isinstance(row, RowError):
        return row
    at = to_micros(row.started_at)
    return row.line, row.event_id, row.iccid, at, row.bytes, row.country, row.cumulative


@given(
    file=FILES,
    header=st.sampled_from(
        [
            HEADER,
            HEADER.upper(),
            HEADER.replace(",", ";"),
            f"\ufeff{HEADER}",
            f"{HEADER},cumulative",
            f"{HEADER},note",
        ]
    ),
    end=ENDS,
    size=st.sampled_from([20, 150, 2**22]),
)
@settings(max_examples=250)
def test_both_readers_agree(file: list[tuple[str, str]], header: str, end: str, size: int) -> None:
    """Whatever stands in the lines, and wherever a block ends."""
    raw = (header + end + "".join(line + eol for line, eol in file)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage_columns, "BLOCK", size)
        try:
            expected = [told(row) for row in by_rows(raw)]
        except Refused as refused:
            with pytest.raises(Refused, match=refused.message[:20]):
                by_columns(raw)
        else:
            assert by_columns(raw) == expected


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"a,b\n", HEADER.encode(), b"{}\n", b"\xff\n"])
def test_both_refuse_alike(raw: bytes) -> None:
    """A file that is none is refused as a whole, and a header alone is an empty table."""
    try:
        expected = [told(row) for row in by_rows(raw)]
    except Refused:
        with pytest.raises(Refused):
            by_columns(raw)
    else:
        assert by_columns(raw) == expected
