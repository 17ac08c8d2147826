"""The real program in a pty of 80 x 24: three keys from the search to a code a phone reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest
from ptyprocess import PtyProcess

from store_app.bootstrap import open_desk
from tests.screens.test_qr_code_widget import decode
from tests.screens.till_store import CODES, fill, orders

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; from store_app.app import run_app; sys.exit(run_app(sys.argv[1], False))"


@dataclass
class Terminal:
    """A process and the screen that it draws."""

    process: PtyProcess
    screen: pyte.Screen
    stream: pyte.ByteStream

    def until(self, condition: Callable[[], object]) -> None:
        """Draw what arrives until the condition holds; the end of the program is an error."""
        while not condition():
            self.stream.feed(self.process.read(65536))

    def shows(self, words: str) -> None:
        """Wait for words."""
        self.until(lambda: words in "\n".join(self.screen.display))

    def type(self, keys: str) -> None:
        """Press keys."""
        self.process.write(keys.encode())


@pytest.fixture(params=["xterm-256color", "linux", "xterm NO_COLOR"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """The store of the tests in a terminal of this kind."""
    store = tmp_path / "till.db"
    desk = fill(open_desk(str(store)), tmp_path)
    desk.engine.dispose()
    kind, *flags = request.param.split()
    environ = {"TERM": kind, "HOME": str(tmp_path), **dict.fromkeys(flags, "1")}
    process = PtyProcess.spawn(
        [sys.executable, "-c", PROGRAM, str(store)],
        cwd=str(ROOT),
        env=environ,
        dimensions=(24, 80),
    )
    screen = pyte.Screen(80, 24)
    yield Terminal(process, screen, pyte.ByteStream(screen))
    process.terminate(force=True)


def test_a_sale(terminal: Terminal, tmp_path: Path) -> None:
    """Search, Enter, c, Enter: the cells on the terminal decode to the stored code."""
    terminal.shows("Shift open since")
    terminal.type("spain")
    terminal.shows("› Spain 5 GB")
    terminal.type("\r")
    terminal.shows("Pay by: c cash")
    terminal.type("c")
    terminal.shows("Cash tendered: 12.10")
    terminal.type("\r\r\r")
    terminal.until(lambda: decode(terminal.screen) == CODES["ES-5"])
    desk = open_desk(str(tmp_path / "till.db"))
    assert [order.state for order in orders(desk)] == ["delivered"]
    desk.engine.dispose()
