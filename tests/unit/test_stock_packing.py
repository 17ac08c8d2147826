"""Stock files in every packing: gzip, archives with QR images, workbooks, old encodings, bombs."""

from __future__ import annotations

import doctest
import gzip
import sys
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from catalog.esim.qr import png_bytes
from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError
from catalog.stock import code_images, columns, operators, packing
from catalog.stock.sources import open_blocks
from catalog.stock.survey import survey
from catalog.stock.verdicts import Upload
from tests.shop import iccid

TERMS = Upload("Telefonica", "", {}, "EUR", date(2026, 3, 1))
TABLE = f"ICCID;LPA;PO\n{iccid(1)};LPA:1$smdp.example.com$AB-1;Zürich\n"
Found = tuple[list[tuple[str, str, str]], list[RowError]]


def read(path: Path) -> Found:
    """Card, matching id and purchase order of what is accepted, and what is refused."""
    with open_blocks(path, survey(path), TERMS) as found:
        blocks = list(found)
    names = ("iccid", "matching_id", "purchase_order")
    rows = [row for block in blocks for row in block.profiles.select(names).rows()]
    return rows, [error for block in blocks for error in block.errors]


def refusal(path: Path) -> str:
    """Why a file is not read at all."""
    with pytest.raises(Refused) as refused:
        read(path)
    assert refused.value.code == "unreadable_file"
    return refused.value.message


def zipped(path: Path, **members: bytes) -> Path:
    """An archive of these files; an underscore stands for the dot of a name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(".".join(name.rsplit("_", 1)), content)
    return path


def workbook(path: Path, *rows: Sequence[str | float], cover: str = "") -> Path:
    """A workbook as any spreadsheet program reads it; a cover is a sheet before the table."""
    space = "http://schemas.openxmlformats.org"
    sheets: list[Sequence[Sequence[str | float]]] = [[[cover]], rows] if cover else [rows]
    book = f"{space}/spreadsheetml/2006/main"
    office = f"{space}/officeDocument/2006/relationships"
    package = f"{space}/package/2006"
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{book}" xmlns:r="{office}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
        "</Relationships>",
    }
    for n, sheet in zip(numbers, sheets, strict=True):
        files[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{book}"><sheetData>{_rows(sheet)}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def _rows(rows: Sequence[Sequence[str | float]]) -> str:
    return "".join(
        f'<row r="{n}">{"".join(map(_cell, row))}</row>' for n, row in enumerate(rows, start=1)
    )


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value!r}</v></c>"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"]
)
def test_each_encoding_is_recognised(tmp_path: Path, encoding: str) -> None:
    """With a mark or without; the delimiter too."""
    path = tmp_path / "stock.csv"
    path.write_bytes(TABLE.encode(encoding))
    assert read(path) == ([(iccid(1), "AB-1", "Zürich")], [])


def test_examples_in_the_docstrings_hold() -> None:
    """Headings are understood as it is written there."""
    assert not doctest.testmod(columns).failed
    assert not doctest.testmod(operators).failed


def test_typographic_quotes_are_those_of_windows(tmp_path: Path) -> None:
    """Which are control characters in Latin-1."""
    path = tmp_path / "stock.csv"
    path.write_bytes(TABLE.replace("Zürich", "“Nº 1” – 5 €").encode("cp1252"))
    assert read(path)[0][0][2] == "“Nº 1” – 5 €"


def test_packed_tables_are_read_like_plain_ones(tmp_path: Path) -> None:
    """Gzip, and an archive with one table and what Macs add to it."""
    packed = tmp_path / "stock.csv.gz"
    packed.write_bytes(gzip.compress(TABLE.encode("cp1252")))
    mac = {"__MACOSX/._stock_csv": b"\0\1", "_DS_Store": b"\0"}
    archive = zipped(tmp_path / "stock.zip", stock_csv=TABLE.encode("utf-16"), **mac)
    for path in (packed, archive):
        assert read(path) == ([(iccid(1), "AB-1", "Zürich")], [])


def code(number: int) -> str:
    """The code of the n-th profile."""
    return f"LPA:1$smdp.example.com$QR-{number}"


def test_images_belong_to_rows_by_name_or_by_code(tmp_path: Path) -> None:
    """A row without a code gets that of its image; images without a row become rows."""
    table = f"ICCID,LPA\n{iccid(1)},\n{iccid(2)},{code(2)}\n{iccid(3)},{code(3)}\n{iccid(4)},\n"
    path = zipped(
        tmp_path / "stock.zip",
        **{
            "stock_csv": table.encode(),
            f"qr/{iccid(1)}_png": png_bytes(code(1), 4),
            f"ICCID {iccid(2)}F_PNG": png_bytes(code(2), 4),
            f"{iccid(3)}_png": png_bytes(code(9), 4),
            f"{iccid(4)}_png": png_bytes("https://example.com", 4),
            f"{iccid(5)}_png": png_bytes(code(5), 4),
            "first_png": png_bytes(code(2), 4),
            "second_png": png_bytes(code(7), 4),
            "logo_png": b"no image",
        },
    )
    rows, errors = read(path)
    assert [(card, matching) for card, matching, _ in rows] == [
        (iccid(1), "QR-1"),
        (iccid(2), "QR-2"),
        (iccid(5), "QR-5"),
        ("", "QR-7"),
    ]
    assert [(error.line, error.field) for error in errors] == [
        (4, "activation_code"),
        (5, "activation_code"),
        (8, "image"),
    ]
    assert ("another code" in errors[0].reason, "could not be read" in errors[1].reason) == (
        True,
        True,
    )


def test_images_alone_are_a_stock_file(tmp_path: Path) -> None:
    """Each is a row."""
    images = {f"{iccid(n)}_png": png_bytes(code(n), 4) for n in range(3)}
    rows, errors = read(zipped(tmp_path / "codes.zip", **images))
    assert [matching for _, matching, _ in rows] == ["QR-0", "QR-1", "QR-2"]
    assert errors == []


def test_an_image_is_read_or_holds_nothing() -> None:
    """A damaged one is no error of the program."""
    assert code_images.decoded(png_bytes(code(1), 4)) == code(1)
    assert code_images.decoded(b"\x89PNG\r\n\x1a\n") == ""


def test_large_images_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file can be a picture of gigabytes."""
    monkeypatch.setattr(code_images, "MAX_PIXELS", 10)
    assert code_images.decoded(png_bytes(code(1), 4)) == ""


def test_a_workbook_is_read_with_the_lines_that_it_shows(tmp_path: Path) -> None:
    """Titles above the header are passed over; numbers that were rounded are refused."""
    path = workbook(
        tmp_path / "stock.xlsx",
        ["Delivery of March"],
        [],
        ["ICCID", "Activation code", "PO"],
        [iccid(1), code(1), 4711.0],
        [float(iccid(2)), code(2), ""],
    )
    rows, errors = read(path)
    assert rows == [(iccid(1), "QR-1", "4711")]
    assert [(error.line, error.field) for error in errors] == [(5, "iccid")]
    assert "rounded" in errors[0].reason


def test_the_table_may_lie_behind_a_cover(tmp_path: Path) -> None:
    """The first sheet that names columns is read."""
    table = (["ICCID", "LPA"], [iccid(1), code(1)])
    rows, errors = read(workbook(tmp_path / "stock.xlsx", *table, cover="Norvia, March"))
    assert (rows, errors) == ([(iccid(1), "QR-1", "")], [])


def test_a_sheet_without_known_columns_is_refused(tmp_path: Path) -> None:
    """And so is an empty one."""
    assert "known column" in refusal(workbook(tmp_path / "a.xlsx", ["Colour"], ["red"]))
    assert "empty" in refusal(workbook(tmp_path / "b.xlsx"))


@pytest.mark.parametrize(
    ("module", "name", "extra"),
    [("python_calamine", "b.xlsx", "excel"), ("zxingcpp", "c.zip", "images")],
)
def test_what_an_extra_reads_is_refused_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, extra: str
) -> None:
    """The sentence names the extra."""
    workbook(tmp_path / "b.xlsx", ["ICCID"])
    zipped(tmp_path / "c.zip", first_png=png_bytes(code(1), 4))
    monkeypatch.setitem(sys.modules, module, None)
    assert f"esim-store[{extra}]" in refusal(tmp_path / name)


def test_bombs_are_refused_before_they_go_off(tmp_path: Path) -> None:
    """By what an archive says of itself, and by what a stream turns out to be."""
    zeros = b"0" * 40_000_000
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"ICCID,LPA\n" + zeros))
    zipped(tmp_path / "b.zip", a_csv=zeros)
    zipped(tmp_path / "c.zip", a_png=b"0" * (packing.MAX_IMAGE + 1), b_csv=b"ICCID\n1\n")
    assert "far more" in refusal(tmp_path / "a.csv.gz")
    assert "far more" in refusal(tmp_path / "b.zip")
    assert "MB" in refusal(tmp_path / "c.zip")


def test_an_archive_that_lies_about_its_sizes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read counts as well."""
    path = zipped(tmp_path / "a.zip", a_csv=b"ICCID,LPA\n" + b"x" * 5_000)
    monkeypatch.setattr(packing, "_check_sizes", lambda *_: None)
    monkeypatch.setattr(packing, "MAX_UNPACKED", 1_000)
    assert "far more" in refusal(path)


def test_damage_and_other_things_are_told_in_words(tmp_path: Path) -> None:
    """Each with its reason; a folder and a missing file too."""
    files = {
        "cut.gz": gzip.compress(TABLE.encode() * 99)[:-20],
        "bad.zip": b"PK\x03\x04 not an archive",
        "bad.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a.pdf": b"%PDF-1.7",
        "a.png": png_bytes(code(1), 4),
        "empty.csv": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    words = {name: refusal(tmp_path / name) for name in [*files, "missing.csv", "."]}
    assert "damaged" in words["cut.gz"]
    assert "damaged" in words["bad.zip"]
    assert "workbook" in words["bad.xls"]
    assert "PDF" in words["a.pdf"]
    assert "picture" in words["a.png"]
    assert "empty" in words["empty.csv"]
    assert "No such file" in words["missing.csv"]


def test_a_text_that_explains_a_table_is_left_aside(tmp_path: Path) -> None:
    """Alone it is the table; beside several tables it helps nobody."""
    archive = zipped(tmp_path / "a.zip", README_txt=b"Dear customer", a_csv=TABLE.encode())
    assert read(archive) == ([(iccid(1), "AB-1", "Zürich")], [])


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a_csv": b"ICCID\n1\n", "b_csv": b"ICCID\n2\n"}, "2 tables"),
        ({"a_doc": b"x"}, "no table"),
        ({"a_csv": b""}, "empty"),
    ],
)
def test_an_archive_holds_one_table(tmp_path: Path, members: dict[str, bytes], words: str) -> None:
    """Or images alone."""
    assert words in refusal(zipped(tmp_path / "a.zip", **members))
