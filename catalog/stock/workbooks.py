"""Workbooks (.xlsx, .xls, .xlsb, .ods) -> rows; the library is imported where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from catalog.kernel.errors import Refused
from catalog.kernel.records import Record
from catalog.kernel.row_errors import RowError
from catalog.stock.packing import told, unreadable
from catalog.stock.raw_rows import RawRow
from catalog.stock.readers import table_rows

_EXACT: Final = 10**15
"""A spreadsheet keeps fifteen digits of a number; of longer ones the rest is lost."""


def workbook_rows(path: Path) -> Iterator[RawRow | RowError]:
    """The rows of the first sheet that names columns; lines are those of the sheet."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise unreadable(
            "it is a workbook, and this installation lacks the extra “excel”; save it as CSV, or "
            "install esim-store[excel]"
        ) from error
    try:
        with told():
            book = CalamineWorkbook.from_path(path)
            return _first_table(book.get_sheet_by_index(n) for n in range(len(book.sheet_names)))
    except CalamineError as error:
        raise unreadable("the workbook is damaged or locked with a password") from error


def _first_table(sheets: Iterable[Any]) -> Iterator[RawRow | RowError]:
    """The rows of the first table; of sheets that are none, a cover perhaps, the last refusal."""
    refusal = unreadable("the workbook is empty")
    for sheet in sheets:
        if cells := _cells_of(sheet):
            try:
                return table_rows(_records(cells))
            except Refused as none:
                refusal = none
    raise refusal


def _cells_of(sheet: Any) -> list[list[Any]]:
    return list(sheet.to_python(skip_empty_area=False))


def _records(rows: Sequence[Sequence[Any]]) -> Iterator[Record]:
    """The rows that hold something, as texts under the number that the sheet shows."""
    for line, cells in enumerate(rows, start=1):
        texts = [_text(cell) for cell in cells]
        if any(text.strip() for text in texts):
            yield line, texts


def _text(cell: Any) -> str:
    """What a cell says; a number that was too long to be kept is written so that it shows."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        if abs(cell) >= _EXACT:
            return f"{cell:.15E}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
