"""One stray quote anywhere in a table: only the row that holds it may be lost."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.kernel.records import numbered_lines, read_records
from catalog.kernel.row_errors import RowError

CELLS = st.sampled_from(
    ["", "a", "two words", "a;b", "one\ntwo", "1\n2\n3", 'q"q', "a,b", ",x", "\nup", "down\n"]
)
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12)
STYLES = st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])


def row_texts(cells: list[tuple[str, str]], style: int) -> list[str]:
    """The rows as a file has them, numbered in their first cell, under their header."""
    texts = []
    for row in [("number", "left", "right"), *((f"n{at}", *row) for at, row in enumerate(cells))]:
        stream = io.StringIO()
        csv.writer(stream, quoting=style, lineterminator="\n").writerow(row)  # type: ignore[arg-type]
        texts.append(stream.getvalue())
    return texts


def read(texts: list[str]) -> list[tuple[int, list[str]] | RowError]:
    """The records of a table."""
    return list(read_records(numbered_lines(io.StringIO("".join(texts))), ","))


@settings(max_examples=100)
@given(cells=ROWS, style=STYLES)
def test_a_valid_table_is_read_whole(cells: list[tuple[str, str]], style: int) -> None:
    """Quoted delimiters, quotes and line ends are part of their cells."""
    _, *records = read(row_texts(cells, style))
    assert [record[1] for record in records if not isinstance(record, RowError)] == [
        [f"n{at}", *row] for at, row in enumerate(cells)
    ]


@settings(max_examples=300)
@given(data=st.data(), cells=ROWS, style=STYLES, inserts=st.booleans())
def test_a_stray_quote_costs_its_own_row(
    data: st.DataObject, cells: list[tuple[str, str]], style: int, *, inserts: bool
) -> None:
    """Every other row is read as before, on its own line, and no line goes without a verdict."""
    texts = row_texts(cells, style)
    hit = data.draw(st.integers(1, len(cells)))
    damaged = texts[hit]
    places = [at for at in range(len(damaged)) if inserts or damaged[at] == '"']
    if not places:
        return
    at = data.draw(st.sampled_from(places))
    changed = damaged[:at] + ('"' + damaged[at:] if inserts else damaged[at + 1 :])
    whole = read(texts)
    begins = [record[0] for record in whole if not isinstance(record, RowError)]
    after = read([*texts[:hit], changed, *texts[hit + 1 :]])
    others = [record for number, record in enumerate(whole) if number != hit]
    assert [record for record in others if record not in after] == []
    assert begins[hit] in {
        record.line if isinstance(record, RowError) else record[0] for record in after
    }


@example(["a,b,c\n", '"x","y","z\n', *['"x","y","z"\n'] * 6])
@example(["a,b,c\n", '"x,y,z\n', *["x,y,z\n"] * 10, 'x,"y",z\n', *["x,y,z\n"] * 20])
@given(st.lists(st.text(alphabet='ab",\n', max_size=12), max_size=8))
def test_every_line_has_a_verdict(texts: list[str]) -> None:
    """Whatever a file holds, each line is blank, refused, or part of one record."""
    lines = list(numbered_lines(io.StringIO("".join(texts))))
    seen = [one.line if isinstance(one, RowError) else one[0] for one in read_records(lines, ",")]
    assert seen == sorted(set(seen))
    records = [one[1] for one in read_records(lines, ",") if not isinstance(one, RowError)]
    kept = sum(cell.count("\n") for cells in records for cell in cells)
    blank = sum(not text.strip(' ,"\n') for _, text in lines)
    assert len(seen) + kept + blank >= len(lines)
