"""Large files of lines, a block at a time, and what was read of one joined again to its rest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from io import BufferedReader, RawIOBase, TextIOWrapper
from itertools import chain
from typing import IO, Any


def whole_lines(stream: IO[bytes], size: int) -> bytes:
    """About the next `size` bytes of a file, up to the end of a line; nothing at its end."""
    block = stream.read(size)
    return block + stream.readline() if block else block


def count_lines(block: bytes) -> int:
    """The ends of lines in a block, whichever of the three kinds they are."""
    alone = block.count(b"\r") - block.count(b"\r\n")
    return block.count(b"\n") + alone


def joined_text(parts: list[bytes], rest: IO[bytes], size: int, errors: str) -> TextIOWrapper:
    """These parts and the rest of a file as one text in UTF-8, `size` bytes read at once."""
    joined = _Joined(chain(parts, iter(partial(rest.read, size), b"")))
    return TextIOWrapper(BufferedReader(joined), encoding="utf-8-sig", errors=errors)


class _Joined(RawIOBase):
    """Parts of a file as one stream."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts, self._left = parts, b""

    def readable(self) -> bool:
        """It is only read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As many bytes as there are at once; 0 at the end."""
        while not self._left and (part := next(self._parts, None)) is not None:
            self._left = part
        taken, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
