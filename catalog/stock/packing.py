"""What a stock file is wrapped in: nothing, gzip, a zip archive with QR images, a workbook.

An archive is believed only as far as its size: what unpacks to more than `MAX_UNPACKED`, or to
`MAX_RATIO` times itself, is refused before it fills memory or disk.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal, cast

from catalog.kernel.errors import Refused

MAX_UNPACKED = 4 * 2**30
"""Bytes that a compressed stock file may unpack to."""
MAX_RATIO = 200
"""How many times its own size a compressed file may unpack to, beyond `_FREE`."""
MAX_MEMBERS = 200_000
"""Files in one archive."""
MAX_IMAGE = 8 * 2**20
"""Bytes of one QR image."""

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
TABLES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
_FREE = 2**24  # small files may be as dense as they like
_DAMAGED = (EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Kind = Literal["text", "workbook", "images"]


@dataclass(frozen=True, slots=True)
class Packing:
    """How to get at what is in a file.

    Attributes:
        kind: a text; a workbook; or an archive with images, beside a text or alone.
        open: the text as bytes; nothing for an archive of images alone.
        images: the names of images within the archive.

    """

    kind: Kind
    open: Callable[[], IO[bytes]]
    images: tuple[str, ...] = ()


def unreadable(reason: str) -> Refused:
    """The refusal of a whole file."""
    message = f"The stock file was not read: {reason}. Nothing has changed."
    return Refused(message, code="unreadable_file", field="file")


@contextmanager
def told() -> Iterator[None]:
    """What is wrong with a file as a refusal in words."""
    try:
        yield
    except FileNotFoundError as error:
        raise unreadable(error.strerror or "it is not there") from error
    except _DAMAGED as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise unreadable(reason or "it is damaged, or packed in a way that is not known") from error


def packing_of(path: Path) -> Packing:
    """How a file is packed, by its first bytes; `Refused` (`unreadable_file`) for what is none."""
    with told(), path.open("rb") as file:
        first = file.read(8)
        if not first:
            raise unreadable("it is empty")
        if first.startswith(b"%PDF"):
            raise unreadable("it is a PDF document; ask for the table itself")
        if first.startswith(_PICTURES):
            raise unreadable("it is a picture; put it into a .zip archive, alone or with others")
        if first == _OLD_EXCEL:
            return Packing("workbook", lambda: path.open("rb"))
        if first.startswith(b"\x1f\x8b"):
            size = path.stat().st_size
            return Packing("text", lambda: _limited(cast("IO[bytes]", gzip.open(path)), size))
        if first.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(file) as archive:
                return _archive(path, archive)
        return Packing("text", lambda: path.open("rb"))


def _archive(path: Path, archive: zipfile.ZipFile) -> Packing:
    members = [each for each in archive.infolist() if not _is_litter(each)]
    _check_sizes(members, path.stat().st_size)
    names = [each.filename for each in members]
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names or "content.xml" in names:
        return Packing("workbook", lambda: path.open("rb"))
    tables = _tables(names)
    images = tuple(name for name in names if _ending(name) in IMAGES)
    if len(tables) > 1:
        raise unreadable(f"the archive holds {len(tables)} tables; upload them one by one")
    if not tables and not images:
        raise unreadable("the archive holds no table (.csv, .tsv, .txt, .jsonl) and no images")
    if not tables:
        return Packing("images", BytesIO, images)
    size = path.stat().st_size
    return Packing(
        "images" if images else "text", lambda: _limited(_member(path, tables[0]), size), images
    )


def _tables(names: list[str]) -> list[str]:
    """The tables of an archive; a text beside one of another ending only explains it."""
    tables = [name for name in names if _ending(name) in TABLES]
    named = [name for name in tables if _ending(name) != ".txt"]
    return named if len(named) == 1 else tables


def _is_litter(member: zipfile.ZipInfo) -> bool:
    """Folders, and what Macs add to archives."""
    place = PurePosixPath(member.filename)
    return member.is_dir() or "__MACOSX" in place.parts or place.name.startswith(".")


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _check_sizes(members: list[zipfile.ZipInfo], packed: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise unreadable(f"the archive holds more than {MAX_MEMBERS:,} files")
    if any(member.flag_bits & 1 for member in members):
        raise unreadable("the archive is locked with a password; upload what is in it")
    if any(_ending(each.filename) in IMAGES and each.file_size > MAX_IMAGE for each in members):
        raise unreadable(f"an image in the archive has more than {MAX_IMAGE // 2**20} MB")
    _check_size(sum(member.file_size for member in members), packed)


def _check_size(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED or unpacked > _FREE + MAX_RATIO * packed:
        raise unreadable("it unpacks to far more than a stock file holds")


def _member(path: Path, name: str) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    member = archive.open(name)
    archive.close()  # the member keeps the file open as long as it needs it
    return member


def _limited(stream: IO[bytes], packed: int) -> IO[bytes]:
    return cast("IO[bytes]", BufferedReader(_Limited(stream, packed), 2**18))


class _Limited(RawIOBase):
    """A stream that is refused as soon as it grows beyond what its packing may come to."""

    def __init__(self, stream: IO[bytes], packed: int) -> None:
        super().__init__()
        self._stream, self._packed, self._read = stream, packed, 0

    def readable(self) -> bool:
        """It is only read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes; 0 at the end. `Refused` beyond the limit or for damage."""
        with told():
            part = self._stream.read(len(buffer))
        self._read += len(part)
        _check_size(self._read, self._packed)
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """The stream below as well."""
        if not self.closed:
            self._stream.close()
        super().close()


def read_images(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The images of an archive by name, one at a time."""
    with told(), zipfile.ZipFile(path) as archive:
        for name in names:
            with archive.open(name) as member:
                yield name, member.read(MAX_IMAGE + 1)[:MAX_IMAGE]
