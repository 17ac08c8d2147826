"""A surveyed stock file of any packing -> its judged rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, cast

from catalog.kernel.records import numbered_lines
from catalog.stock.blocks import Block, blocks_of, read_blocks
from catalog.stock.readers import read_rows
from catalog.stock.survey import Survey, open_text
from catalog.stock.verdicts import Upload


@contextmanager
def open_blocks(path: Path, known: Survey, upload: Upload) -> Iterator[Iterator[Block]]:
    """The rows of a file in its order; `Refused` (`unreadable_file`) when it is none.

    Workbooks and images need the extras `excel` and `images`; without them they are refused.
    """
    if known.packing.kind == "workbook":
        from catalog.stock.workbooks import workbook_rows

        yield blocks_of(workbook_rows(path), upload)
        return
    with open_text(known) as stream:
        if known.packing.kind == "text":
            yield read_blocks(stream, upload)
            return
        from catalog.stock.code_images import code_images, with_images

        images = code_images(path, known.packing.images)
        text = TextIOWrapper(cast("BinaryIO", stream), encoding="utf-8-sig", errors="replace")
        rows = read_rows(numbered_lines(text)) if known.lines else iter(())
        yield blocks_of(with_images(rows, images), upload)
