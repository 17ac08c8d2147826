"""Stock files of every form become rows with their physical lines."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from catalog.kernel.errors import Refused
from catalog.kernel.records import MAX_LINE, numbered_lines
from catalog.kernel.row_errors import RowError
from catalog.stock.raw_rows import MAX_FIELD, RawRow
from catalog.stock.readers import read_rows
from catalog.stock.survey import survey

CODE = "LPA:1$smdp.example.com$K2-7HX0"
CARD = "8931080000000000019"


def read(text: str) -> list[RawRow | RowError]:
    """The rows of a text."""
    return list(read_rows(numbered_lines(io.StringIO(text, newline=None))))


def texts(text: str) -> list[dict[str, str]]:
    """The texts of rows that are all readable."""
    rows = read(text)
    assert all(isinstance(row, RawRow) for row in rows), rows
    return [dict(row.texts) for row in rows if isinstance(row, RawRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_read_whatever_parts_it(delimiter: str) -> None:
    """Columns may stand in any order, unknown ones are passed over."""
    header = delimiter.join(["Colour", "Matching ID", "ICCID", "RSP URL"])
    row = delimiter.join(["red", "K2", CARD, "smdp.example.com"])
    assert texts(f"{header}\n{row}\n") == [
        {"matching_id": "K2", "iccid": CARD, "smdp_address": "smdp.example.com"}
    ]


def test_a_quoted_line_end_does_not_shift_the_lines_after_it() -> None:
    """A row is known by the physical line on which it begins; empty lines count as lines."""
    rows = read(f'ICCID,LPA,Note\n{CARD},{CODE},"two\nlines"\n\n{CARD},{CODE},x\n,,\n{CARD}\n')
    assert [row.line for row in rows] == [2, 5, 7]
    assert rows[-1] == RowError(7, "", "The row has 1 field, the header has 3.")


def test_a_forgotten_quote_costs_one_row() -> None:
    """The rows after it are read again, each on its own."""
    good = f"{CARD},{CODE}\n"
    rows = read(f'ICCID,LPA\n"{CARD},{CODE}\n{good * 30}')
    assert [row.line for row in rows] == list(range(2, 33))
    assert [row.line for row in rows if isinstance(row, RowError)] == [2]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (f"{CARD},{CODE},more", ""),
        (f'"{CARD}"x,{CODE}', ""),
        (f"{CARD},{CODE}\0A", "activation_code"),
        (f"{CARD},{'A' * (MAX_FIELD + 1)}", "activation_code"),
        (f"{CARD},{'A' * MAX_LINE}", ""),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_alone(row: str, field: str) -> None:
    """Ragged rows, wrong quotes, control characters and endless fields name their line."""
    bad, good = read(f"ICCID,LPA\n{row}\n{CARD},{CODE}\n")
    assert isinstance(bad, RowError)
    assert (bad.line, bad.field) == (2, field)
    assert isinstance(good, RawRow)
    assert good.line == 3


def test_a_list_of_codes_needs_no_header() -> None:
    """Beside the code may stand an ICCID, an EID and a confirmation code, in any order."""
    assert texts(f"{CODE}\n{CODE} , {CARD}\n{CARD},{CODE},4711\n") == [
        {"activation_code": CODE},
        {"activation_code": f"{CODE} ", "iccid": f" {CARD}"},
        {"activation_code": CODE, "iccid": CARD, "confirmation_code": "4711"},
    ]
    assert isinstance(read(f"{CODE},4711,4712\n")[0], RowError)


def test_titles_above_a_header_are_passed_over() -> None:
    """A line that happens to name a column is none as long as another names more of them."""
    rows = read(f"Norvia\nCode;ABC\n;;\n\nICCID;LPA;PO\n{CARD};{CODE};4711\n")
    assert rows == [RawRow(6, {"iccid": CARD, "activation_code": CODE, "purchase_order": "4711"})]


def test_a_list_with_words_beside_its_codes_is_no_table() -> None:
    """No header comes after a code."""
    assert texts(f"{CODE},{CARD}\nLPA:1$smdp.example.com$K3,ICCID\n")[1] == {
        "activation_code": "LPA:1$smdp.example.com$K3",
        "confirmation_code": "ICCID",
    }


def test_json_lines_are_read_by_the_same_names() -> None:
    """Whole numbers and flags become texts; null is missing."""
    line = f'{{"ICCID": {CARD}, "lpa": "{CODE}", "reusable": true, "eid": null, "x": [1]}}'
    assert texts(line) == [{"iccid": CARD, "activation_code": CODE, "reusable": "true"}]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", ""),
        ("[1]", ""),
        ("[" * 5000, ""),
        ('{"iccid": 8.9e18}', "iccid"),
        ('{"iccid": ["89"]}', "iccid"),
        ('{"lpa": "\\ud800"}', "activation_code"),
        ('{"iccid": ' + "9" * 5000 + "}", ""),
    ],
)
def test_json_that_is_no_row_is_refused_alone(line: str, field: str) -> None:
    """Broken JSON, other values than texts and half characters name their line."""
    _, bad, good = read(f'{{"iccid": "1"}}\n{line}\n{{"iccid": "2"}}\n')
    assert isinstance(bad, RowError)
    assert (bad.line, bad.field) == (2, field)
    assert isinstance(good, RawRow)


TWO_NAMES = [
    ("matching_id", ("matching_id", "K2"), ("token", "K3")),
    ("matching_id", ("matching_id", "K2"), ("match id", "k2")),
    ("iccid", ("iccid", CARD), ("icc", "8931080000000000027")),
    ("activation_code", ("lpa", CODE), ("qr", f"{CODE}1")),
    ("activation_code", ("lpa", CODE), ("ac", "LPA:1$smdp")),
    ("activation_code", ("activation code", "K2"), ("ac", "K3")),
    ("plan_sku", ("sku", "ES-5GB"), ("plan", "ES-1GB")),
]


def forms_of(fields: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The same row as a table and as a line of JSON, both on the second line."""
    names, values = ([part[at] for part in fields] for at in (0, 1))
    table = f"{','.join(names)},serial\n{','.join(values)},S1\n"
    return table, f'{{"serial": "S0"}}\n{json.dumps({**dict(fields), "serial": "S1"})}\n'


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("column", "one", "other"), TWO_NAMES)
def test_two_names_of_a_field_with_two_values_are_refused(
    column: str, one: tuple[str, str], other: tuple[str, str], *, backwards: bool
) -> None:
    """Neither wins in silence, in a table as in JSON lines; the texts are not repeated."""
    for text in forms_of((other, one) if backwards else (one, other)):
        bad = read(text)[-1]
        assert isinstance(bad, RowError)
        assert (bad.line, bad.field) == (2, column)
        assert "differ" in bad.reason
        assert "K2" not in bad.reason


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("matching_id", ("matching_id", "K2"), ("token", " K2 ")),
        ("matching_id", ("matching_id", "K2"), ("token", "")),
        ("iccid", ("iccid", CARD), ("icc", f"{CARD}F")),
        ("activation_code", ("lpa", CODE), ("ac", CODE.removeprefix("LPA:"))),
        ("activation_code", ("lpa", CODE), ("activation code", "K2-7HX0")),
        ("activation_code", ("activation code", CODE), ("qr code", "codes/1.png")),
        ("smdp_address", ("smdp", "smdp.example.com"), ("rsp url", "SMDP.example.com")),
        ("msisdn", ("msisdn", "34600000012"), ("phone", "+34 600000012")),
        ("bundle", ("bundle name", "Spain 5 GB"), ("bundle code", "B-17")),
    ],
)
def test_two_names_of_a_field_may_agree(
    column: str, one: tuple[str, str], other: tuple[str, str], *, backwards: bool
) -> None:
    """Spellings of one value, a blank one, what stands beside a whole code, a supplier's words."""
    for text in forms_of((other, one) if backwards else (one, other)):
        good = read(text)[-1]
        assert isinstance(good, RawRow), good
        assert good.texts[column].strip() in {one[1].strip(), other[1].strip()} - {"K2-7HX0", ""}


@pytest.mark.parametrize("name", ["matching_id", "matchingId"])
def test_a_name_that_stands_twice_in_an_object_is_seen(name: str) -> None:
    """A table is refused for it as a whole, JSON readers keep the last one otherwise."""
    (bad,) = read(f'{{"iccid": "{CARD}", "matching_id": "K2", "{name}": "K3"}}')
    assert isinstance(bad, RowError)
    assert (bad.line, bad.field) == (1, "matching_id")


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n", "name,colour\nx,y\n", "\x01\x02\x03", "[]"])
def test_a_file_without_a_known_form_is_refused_as_a_whole(text: str) -> None:
    """It says so at once instead of refusing every line."""
    with pytest.raises(Refused) as refusal:
        read(text)
    assert refusal.value.code == "unreadable_file"


def test_spreadsheet_customs_are_understood() -> None:
    """The `sep=` line and the `="…"` that keeps digits from being rounded."""
    assert texts(f'sep=;\nICCID;LPA\n="{CARD}";{CODE}\n') == [
        {"iccid": CARD, "activation_code": CODE}
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"]
)
def test_the_encoding_is_found(encoding: str, tmp_path: Path) -> None:
    """Marks are not needed; what is not UTF-8 is read as Latin-1."""
    path = tmp_path / "stock.csv"
    path.write_bytes(f"ICCID,LPA,Übung\n{CARD},{CODE},ü\n".encode(encoding))
    with path.open(encoding=survey(path).encoding) as file:
        rows = list(read_rows(numbered_lines(file)))
    assert rows == [RawRow(2, {"iccid": CARD, "activation_code": CODE})]


@pytest.mark.parametrize("content", [b"", b" \n", b"PK\x03\x04rest", b"%PDF-1.7"])
def test_a_file_of_another_kind_is_refused(content: bytes, tmp_path: Path) -> None:
    """Workbooks and documents are named, so that the clerk knows what to do."""
    path = tmp_path / "stock.csv"
    path.write_bytes(content)
    with pytest.raises(Refused, match="Nothing has changed"):
        survey(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A wrong path is an answer, not a crash."""
    with pytest.raises(Refused, match="No such file"):
        survey(tmp_path / "none.csv")


def test_a_row_hides_its_texts() -> None:
    """The repr of a row never shows a code."""
    assert "K2-7HX0" not in repr(RawRow(1, {"activation_code": CODE}))


def test_a_lone_code_of_another_format_is_a_row() -> None:
    """It is refused by its row, with the reason of the code."""
    assert texts("LPA:2$smdp.example.com$K2\n") == [
        {"activation_code": "LPA:2$smdp.example.com$K2"}
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [('[{"iccid": "89"},\n', "JSON list"), ("ICCID,LPA,Iccid\n1,2,3\n", "column iccid twice")],
)
def test_an_unreadable_file_says_why(text: str, reason: str) -> None:
    """The sentence names what to change."""
    with pytest.raises(Refused, match=reason):
        read(text)
