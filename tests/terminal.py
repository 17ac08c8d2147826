"""The real program in a real pseudo-terminal, and what its cells look like to a camera."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import ptyprocess
import pyte

ROOT = Path(__file__).parents[1]
_WAIT_S = 60
_SCALE = 8
_NAMED = {"black": 0, "white": 229, "brightwhite": 255, "brightblack": 127}

Pixels = npt.NDArray[np.uint8]


class Terminal:
    """`esim-store WORDS` in a terminal of its own; leave the context to kill it."""

    def __init__(
        self,
        *words: str,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.process: Any = ptyprocess.PtyProcess.spawn(
            [sys.executable, "-m", "store_app", *words],
            cwd=str(ROOT),
            env={**_unsized(), "TERM": "xterm-256color", **(environment or {})},
            dimensions=(rows, columns),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.close(force=True)

    def read(self, wait_s: float = 0.05) -> bool:
        """Take what the program has written; False when there was nothing."""
        if not select.select([self.process.fd], [], [], wait_s)[0]:
            return False
        try:
            self._stream.feed(os.read(self.process.fd, 65536))
        except OSError:  # the program has ended
            return False
        return True

    def press(self, keys: str) -> None:
        """Send keystrokes as a keyboard would."""
        self.process.write(keys.encode())

    def wait_for(self, *texts: str) -> str:
        """Read until every text is on the screen; the screen's text."""
        deadline = monotonic() + _WAIT_S
        while not all(text in self.text for text in texts):
            if not self.read() and monotonic() > deadline:
                raise AssertionError(f"{texts} did not appear on:\n{self.text}")
        return self.text

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size; what it showed is gone until the program draws anew."""
        self.screen.resize(rows, columns)
        self.screen.reset()
        self.process.setwinsize(rows, columns)

    def settle(self) -> None:
        """Read until the program has nothing more to say for a moment."""
        while self.read(0.5):
            pass

    @property
    def text(self) -> str:
        """What the screen says."""
        return "\n".join(self.screen.display)

    def pixels(self) -> Pixels:
        """The screen as a camera sees it: two square modules in each cell, in greys."""
        rows = [[self._cell(x, y) for x in range(self.screen.columns)] for y in range(self._rows)]
        halves = np.array(rows, dtype=np.uint8).transpose(0, 2, 1).reshape(2 * self._rows, -1)
        return np.kron(halves, np.ones((_SCALE, _SCALE), dtype=np.uint8))

    @property
    def _rows(self) -> int:
        return int(self.screen.lines)

    def _cell(self, column: int, row: int) -> tuple[int, int]:
        cell = self.screen.buffer[row][column]
        front, back = _grey(cell.fg, 229), _grey(cell.bg, 0)
        if cell.reverse:
            front, back = back, front
        return {"▀": (front, back), "▄": (back, front), "█": (front, front)}.get(
            cell.data, (back, back)
        )


def _unsized() -> dict[str, str]:
    """The environment without a size, which would count more than the window's own."""
    return {name: told for name, told in os.environ.items() if name not in {"COLUMNS", "LINES"}}


def _grey(colour: str, default: int) -> int:
    if colour == "default":
        return default
    if colour in _NAMED:
        return _NAMED[colour]
    try:
        return sum(bytes.fromhex(colour)) // 3
    except ValueError:
        return 127
