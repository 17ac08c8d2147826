"""One pass over a stock file before it is read: its hash, its packing, its encoding, its length."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from catalog.stock.packing import Packing, packing_of, told, unreadable

_BLOCK: Final = 1 << 20
_SAMPLE: Final = 1 << 16
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OF_ONE_BYTE: Final = ["cp1252", "latin_1"]


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before its rows: `lines` is for progress, 0 when not known."""

    file_hash: str
    packing: Packing
    encoding: str
    lines: int


def survey(path: Path) -> Survey:
    """Read the file once; `Refused` (`unreadable_file`) when it cannot hold rows."""
    packing = packing_of(path)
    with told():
        file_hash = _hash(path)
    if packing.kind == "workbook" or (packing.kind == "images" and _is_empty(packing)):
        return Survey(file_hash, packing, "utf-8", 0)
    with packing.open() as stream, told():
        encoding, lines = _look_through(stream)
    return Survey(file_hash, packing, encoding, lines)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_empty(packing: Packing) -> bool:
    with packing.open() as stream:
        return not stream.read(1)


def _look_through(stream: IO[bytes]) -> tuple[str, int]:
    """The encoding of a text and how many lines it has."""
    block = stream.read(_BLOCK)
    if not block.strip():
        raise unreadable("it is empty")
    encoding, lines = encoding_shown(block), 0
    decoder, odd = codecs.getincrementaldecoder("utf-8")(), b""
    while block:
        lines += block.count(b"\n")
        if not encoding and not odd and not _goes_on(decoder, block):
            odd = _lines_that_show(block)
        block = stream.read(_BLOCK)
    return encoding or (_old_encoding(odd) if odd else "utf-8"), max(lines, 1)


def encoding_shown(first: bytes) -> str:
    """The encoding that a mark or the zeros among the first bytes of a text show, or ""."""
    for bom, encoding in _BOMS:
        if first.startswith(bom):
            return encoding
    head = first[:64]
    if b"\0" not in head or head.count(b"\0") < len(head) // 3:
        return ""
    return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"


def _goes_on(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _lines_that_show(block: bytes) -> bytes:
    """Lines of a block that are not ASCII, for a guess at their encoding."""
    found = (line for line in block.splitlines(keepends=True) if not line.isascii())
    sample = bytearray()
    for line in found:
        sample += line
        if len(sample) > _SAMPLE:
            break
    return bytes(sample) or b"\xff"


def _old_encoding(sample: bytes) -> str:
    """The likeliest encoding of one byte for each character; Windows-1252 in doubt."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_OF_ONE_BYTE).best()
    return best.encoding if best else "cp1252"


@contextmanager
def open_text(known: Survey) -> Iterator[IO[bytes]]:
    """The text of a surveyed file in UTF-8; bytes that are not of its encoding spoil their row."""
    with known.packing.open() as raw:
        is_utf8 = known.encoding in {"utf-8", "utf-8-sig"}
        yield raw if is_utf8 else codecs.EncodedFile(raw, "utf-8", known.encoding, "replace")
