"""QR images beside a table, or alone: each belongs to a row by its name or by its code."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from catalog.esim.activation_code import code_key, parse_code, parse_fields
from catalog.esim.identifiers import iccid_key
from catalog.kernel.row_errors import RowError
from catalog.stock.packing import read_images, unreadable
from catalog.stock.raw_rows import RawRow

MAX_PIXELS: Final = 16_000_000
"""Pixels of one image; a QR code needs a few thousand."""

_CARD: Final = re.compile(r"(?<![0-9])89[0-9]{16,18}(?![0-9])", re.ASCII)
_NO_CODE: Final = "Its QR image could not be read: ask for the code as text."
_OTHER: Final = "The QR image of this ICCID holds another code than the row."


@dataclass(slots=True)
class CodeImages:
    """The codes of images, empty where none could be read, by what pairs them with rows.

    Attributes:
        by_card: the code of the image whose name has the ICCID.
        by_code: images with another name; what two spellings of one code share -> the code.
        blank: how many of those hold no code.

    """

    by_card: dict[str, str] = field(default_factory=dict, repr=False)
    by_code: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    blank: int = 0


def code_images(path: Path, names: tuple[str, ...]) -> CodeImages:
    """Read the codes of all images of an archive."""
    found = CodeImages()
    for name, image in read_images(path, names):
        text, card = decoded(image), _CARD.search(PurePosixPath(name).stem)
        code = parse_code(text).code
        if card:
            found.by_card[iccid_key(card[0])] = text
        elif code and (key := code_key(code)):
            found.by_code[key] = text
        else:
            found.blank += 1
    return found


def decoded(image: bytes) -> str:
    """The activation code in the QR codes of an image; "" when there is none, or two."""
    try:
        import zxingcpp
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise unreadable(
            "it holds QR images, and this installation lacks the extra “images”; upload a table "
            "of codes, or install esim-store[images]"
        ) from error
    try:
        with _quietly(Image.DecompressionBombWarning), Image.open(BytesIO(image)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return ""
            codes = zxingcpp.read_barcodes(opened.convert("L"))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return ""
    texts = {code.text for code in codes if parse_code(code.text).ok}
    return texts.pop() if len(texts) == 1 else ""


@contextmanager
def _quietly(kind: type[Warning]) -> Iterator[None]:
    """Large images are refused below; their warning says nothing more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kind)
        yield


def with_images(
    rows: Iterator[RawRow | RowError], images: CodeImages
) -> Iterator[RawRow | RowError]:
    """Rows with the codes of their images, then the images that no row has: by ICCID, as rows."""
    line = 0
    for row in rows:
        line = row.line
        yield row if isinstance(row, RowError) else _paired(row, images)
    for card, text in images.by_card.items():
        line += 1
        found = RawRow(line, {"iccid": card, "activation_code": text})
        yield found if text else RowError(line, "activation_code", _NO_CODE)
    for text in images.by_code.values():
        line += 1
        yield RawRow(line, {"activation_code": text})
    for _ in range(images.blank):
        line += 1
        yield RowError(line, "image", "An image of the archive names no ICCID and shows no code.")


def _paired(row: RawRow, images: CodeImages) -> RawRow | RowError:
    """The row, with the code of its image when it has none of its own."""
    own = _own_code(row)
    card = iccid_key(row.texts.get("iccid", ""))
    text = images.by_card.pop(card, None)
    if own:
        images.by_code.pop(own, None)
    if text is None:
        return row
    if not text and not own:
        return RowError(row.line, "activation_code", _NO_CODE)
    code = parse_code(text).code
    if own is None:
        return replace(row, texts={**row.texts, "activation_code": text})
    is_same = code is None or code_key(code) == own
    return row if is_same else RowError(row.line, "activation_code", _OTHER)


def _own_code(row: RawRow) -> tuple[str, str] | None:
    whole = row.texts.get("activation_code", "")
    parts = (row.texts.get("smdp_address", ""), row.texts.get("matching_id", ""))
    code = (parse_code(whole) if whole else parse_fields(*parts)).code
    return code_key(code) if code else None
