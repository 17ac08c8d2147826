"""A stock file read by columns is the same file read row by row, to the line and the reason."""

from __future__ import annotations

from datetime import date
from io import BytesIO, TextIOWrapper

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from catalog.kernel.records import numbered_lines
from catalog.kernel.row_errors import RowError
from catalog.stock import blocks, strict_rows
from catalog.stock.blocks import Block, judge_rows, read_blocks
from catalog.stock.readers import read_rows
from catalog.stock.verdicts import Offer, Upload
from tests.shop import iccid

PLANS = {
    "ES": Offer("01a2053a-dcd9-75a9-a223-6674ebe37776", "Telefonica"),
    "ANY": Offer("01a2053a-dcd9-75a9-a223-6674ebe37777", ""),
    "NL": Offer("01a2053a-dcd9-75a9-a223-6674ebe37778", "Odido"),
}
UPLOADS = [Upload("Telefonica", sku, PLANS, "EUR", date(2026, 3, 1)) for sku in ("", "ES")]
HOST = "smdp.example.com"
CELLS = {
    "ICCID": [
        iccid(1),
        f"{iccid(2)}F",
        iccid(3)[:18],
        f"{iccid(4)}4",
        f"{iccid(6)}ff",
        f" {iccid(5)}",
        "8931080000000000018",
        "89310800000000000199",
        "8931 0800",
        "8.93E+18",
        "９" * 19,
        "",
    ],
    "LPA": [
        f"LPA:1${HOST}$AB-1",
        f"lpa:1${HOST.upper()}$AB2",
        f"1${HOST}$X",
        f"LPA:1${HOST}$",
        f"LPA:1${HOST}$AB$$1",
        f"LPA:1${HOST}$AB$1.3.6$1",
        f"LPA:1${HOST}$AB$1.3.6",
        f"LPA:1${HOST}$AB$",
        f"LPA:1${HOST}$AB$1",
        f"LPA:1${HOST}$AB$$0",
        f"LPA:1${HOST}$AB$$1$ci",
        f"LPA:1${HOST}${'A' * 240}",
        f"LPA:1${HOST}$a",
        f"LPA:2${HOST}$AB",
        "LPA:1$host$AB",
        "x$y",
        "AB-1",
        "",
    ],
    "SM-DP+": ["", HOST, HOST.upper(), "other.example.com", "host", "192.0.2.1"],
    "Matching ID": ["", "AB-1", "AB2", "ab", "A B", f"LPA:1${HOST}$AB", "É"],
    "OID": ["", "1.3.6", "1", "x"],
    "Confirmation code": ["", "1234", "4111111111111111", "12 34", "x" * 65, "é"],
    "MSISDN": ["", "31612345678", "+31612345678", "0612345678", "+31 (6) 12", "abc"],
    "IMSI": ["", "204081234567890", "20408123456789", "999991234567890", "20408", "x"],
    "PIN1": ["", "0000", "12", "123456789"],
    "PUK1": ["", "12345678", "x"],
    "Plan SKU": ["", "ES", "ANY", "NL", "NOPE"],
    "Bundle": ["", "ES", "NOPE"],
    "Batch": ["", "B1", "PO-2026-000123", "x" * 65],
    "PO": ["", "1", "4111 1111 1111 1111"],
    "Cost": ["", "1.20", "1,20", "1.234", "-1", "x"],
    "Currency": ["", "EUR", "eur", "USD", "XX", "JPY"],
    "Install by": ["", "2026-12-31", "2020-01-01", "31.12.2026"],
    "EID": ["", "89049032123451234512345678901235", "89049032123451234512345678901236", "89"],
    "Reusable": ["", "yes", "No", "maybe"],
    "Colour": ["", "red", "\x01", "b l u e"],
}
FIRST = ("ICCID", "LPA", "SM-DP+", "Matching ID")


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A table of any columns whose rows are mostly right, with any line ends between."""
    others = draw(st.permutations([name for name in CELLS if name not in FIRST]))
    some = draw(st.permutations([*FIRST, *others[: draw(st.integers(0, 4))]]))
    names = some[: draw(st.integers(2, len(some)))]
    part = draw(st.sampled_from([",", ";", "\t"]))
    cell = {name: st.sampled_from(CELLS[name][:2] * 6 + CELLS[name]) for name in names}
    odd = st.sampled_from(["", " ", "short", part * len(names), '"open', "\ufeff", "a\rb"])
    row = st.tuples(*(cell[name] for name in names)).map(part.join)
    lines = draw(st.lists(st.one_of(*[row] * 9, odd), max_size=12))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (
        mark + end.join([part.join(names), *lines, *draw(st.sampled_from([[], [""]]))])
    ).encode()


def by_rows(raw: bytes, upload: Upload) -> Block:
    """The file as the reader of rows gives it."""
    text = TextIOWrapper(BytesIO(raw), encoding="utf-8-sig", errors="replace")
    return judge_rows(list(read_rows(numbered_lines(text))), upload)


def told(found: list[Block]) -> tuple[list[object], list[RowError], list[RowError]]:
    """Profiles with their lines, refusals and remarks."""
    profiles: list[object] = [row for block in found for row in block.profiles.rows(named=True)]
    errors = [error for block in found for error in block.errors]
    return profiles, errors, [remark for block in found for remark in block.warnings]


@given(raw=files(), upload=st.sampled_from(UPLOADS), size=st.sampled_from([60, 400, 2**22]))
@settings(max_examples=300)
def test_both_readers_agree(raw: bytes, upload: Upload, size: int) -> None:
    """Whatever stands in the cells, and wherever a block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        try:
            expected = told([by_rows(raw, upload)])
        except Refused as refused:
            with pytest.raises(Refused, match=refused.message[:30]):
                list(read_blocks(BytesIO(raw), upload))
        else:
            assert told(list(read_blocks(BytesIO(raw), upload))) == expected


def test_strict_rows_are_judged_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one of them goes the slow way, whatever its columns."""
    names = [name for name in CELLS if name not in {"SM-DP+", "Matching ID"}]
    good = {"ICCID": "", "LPA": "", "IMSI": "204081234567890", "MSISDN": "+31612345678"}
    cells = [good.get(name, CELLS[name][1]) for name in names]
    rows = [[iccid(n), f"LPA:1${HOST}$M-{n}", *cells[2:]] for n in range(50)]
    raw = "\n".join(",".join(row) for row in [names, *rows]).replace("1.3.6", "").encode()
    expected = told([by_rows(raw, UPLOADS[0])])

    def never(*_given: object) -> None:
        raise AssertionError("row by row")

    monkeypatch.setattr(blocks, "checked_row", never)
    assert told(list(read_blocks(BytesIO(raw), UPLOADS[0]))) == expected
    assert len(expected[0]) == 50


def test_columns_with_very_many_texts_go_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at each text is worth it only while they are few."""
    monkeypatch.setattr(strict_rows, "_FEW", 3)
    rows = [f"{iccid(n)},LPA:1${HOST}$M-{n},P{n}" for n in range(9)]
    raw = "\n".join(["ICCID,LPA,PO", *rows]).encode()
    assert told(list(read_blocks(BytesIO(raw), UPLOADS[0]))) == told([by_rows(raw, UPLOADS[0])])


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"a,b\n", b"ICCID\n", b"{}\n", b"\xff\n", b"[1]\n"])
def test_both_refuse_alike(raw: bytes) -> None:
    """A file that is none is refused as a whole, and a header alone is an empty table."""
    try:
        expected = told([by_rows(raw, UPLOADS[0])])
    except Refused:
        with pytest.raises(Refused):
            list(read_blocks(BytesIO(raw), UPLOADS[0]))
    else:
        assert told(list(read_blocks(BytesIO(raw), UPLOADS[0]))) == expected
