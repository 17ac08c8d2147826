"""One pass over a stock file before it is read: its hash, its encoding, its length."""

from __future__ import annotations

import codecs
import hashlib
from codecs import EncodedFile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from catalog.kernel.errors import Refused

_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_PROGRAMS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF document"),
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before its rows: `lines` is for progress only."""

    file_hash: str
    encoding: str
    lines: int


def survey(path: Path) -> Survey:
    """Read the file once; `Refused` (`unreadable_file`) when it cannot be text with rows."""
    try:
        with path.open("rb") as file:
            first = file.read(_BLOCK)
            encoding = _known_encoding(first)
            digest, lines = hashlib.sha256(), 0
            decoder = codecs.getincrementaldecoder("utf-8")()
            block = first
            while block:
                digest.update(block)
                lines += block.count(b"\n")
                encoding = encoding or _unless_utf8(decoder, block)
                block = file.read(_BLOCK)
    except OSError as error:
        raise unreadable(f"{error.strerror or 'it cannot be opened'}") from error
    return Survey(digest.hexdigest(), encoding or "utf-8", lines)


@contextmanager
def open_text(path: Path, known: Survey) -> Iterator[IO[bytes]]:
    """The text of a surveyed file in UTF-8."""
    with path.open("rb") as raw:
        is_utf8 = known.encoding in {"utf-8", "utf-8-sig"}
        yield raw if is_utf8 else EncodedFile(raw, "utf-8", known.encoding, errors="replace")


def unreadable(reason: str) -> Refused:
    """The refusal of a whole file."""
    message = f"The stock file was not read: {reason}. Nothing has changed."
    return Refused(message, code="unreadable_file", field="file")


def _known_encoding(first: bytes) -> str:
    """The encoding that the first bytes show, or "" when only reading on can tell."""
    if not first.strip():
        raise unreadable("it is empty")
    for magic, what in _OTHER_PROGRAMS:
        if first.startswith(magic):
            raise unreadable(f"it is {what}; save it as CSV first")
    return encoding_shown(first)


def encoding_shown(first: bytes) -> str:
    """The encoding that a mark or the zeros among the first bytes of a text show, or ""."""
    for bom, encoding in _BOMS:
        if first.startswith(bom):
            return encoding
    head = first[:64]
    if b"\0" not in head or head.count(b"\0") < len(head) // 3:
        return ""
    return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"


def _unless_utf8(decoder: codecs.IncrementalDecoder, block: bytes) -> str:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return "latin-1"
    return ""
