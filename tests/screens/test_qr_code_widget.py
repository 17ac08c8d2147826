"""The QR widget: scannable on every theme and terminal, honest when there is no room."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pyte
import pytest
import zxingcpp
from ptyprocess import PtyProcess
from rich.console import Console
from textual.app import ComposeResult
from textual.geometry import Region
from textual.widgets import Static

from store_app.shell import Shell
from store_app.themes import OFFERED
from store_app.widgets.qr_code import QrCode
from tests.screens.waiting import until

PAYLOAD = "LPA:1$smdp-plus.operator.example$K2-7HX0-91ZQ-44"
SIZES = [(80, 24), (120, 40)]
Depth = Literal["truecolor", "256", "standard"]
ROOT = Path(__file__).parents[2]
PROGRAM = f"""
from store_app.shell import Shell
from store_app.widgets.qr_code import QrCode
class Show(Shell):
    def compose(self):
        yield QrCode({PAYLOAD!r})
Show().run()
"""


class Show(Shell):
    """The code beside some text."""

    def __init__(self, payload: str = PAYLOAD, theme: str = OFFERED[0]) -> None:
        super().__init__(theme=theme)
        self.code = QrCode(payload, id="qr", advice="Press s to save it.")

    def compose(self) -> ComposeResult:
        """A header line and the code."""
        yield Static("Activation")
        yield self.code


def decode(screen: pyte.Screen) -> str | None:
    """What a phone reads from a terminal: every cell two pixels, drawn eight times as large."""
    rows = []
    for y, half in itertools.product(range(screen.lines), (0, 1)):
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        rows.append(
            [_light(cell.fg if cell.data == "▀" and not half else cell.bg) for cell in cells]
        )
    pixels = np.kron(np.array(rows, dtype=np.uint8), np.ones((8, 8), dtype=np.uint8))
    found = zxingcpp.read_barcodes(pixels, try_invert=False)
    return found[0].text if found else None


def _light(color: str) -> int:
    return {"000000": 0, "black": 0, "ffffff": 255, "brightwhite": 255, "white": 255}.get(color, 90)


def as_terminal(app: Show, color_system: Depth) -> pyte.Screen:
    """The widget's own lines as a terminal of that colour depth shows them."""
    width, height = app.code.size
    console = Console(color_system=color_system, force_terminal=True, _environ={})
    screen = pyte.Screen(width, height)
    stream = pyte.Stream(screen)
    strips = app.code.render_lines(Region(0, 0, width, height))
    stream.feed("\r\n".join(strip.render(console) for strip in strips))
    return screen


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("theme", OFFERED)
@pytest.mark.parametrize("depth", ["truecolor", "256", "standard"])
async def test_a_phone_reads_it(
    theme: str, depth: Depth, no_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every theme, 16 and 256 colours and NO_COLOR: the very same code, never inverted."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = Show(theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.code.is_scannable)
        assert decode(as_terminal(app, depth)) == PAYLOAD


@pytest.mark.parametrize("size", SIZES)
async def test_it_takes_what_it_needs(size: tuple[int, int]) -> None:
    """Level M with its quiet zone of 4: 41 x 21 cells, from the upper left corner."""
    app = Show()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.code.is_scannable)
        assert app.code.region == Region(0, 1, 41, size[1] - 1)
        fitting = {line.text.strip() != "" for line in app.code.render_lines(Region(4, 4, 33, 13))}
        assert fitting == {True}


async def test_too_small_says_the_size_and_what_to_do() -> None:
    """Never clipped: a sentence instead, and the code again when there is room."""
    app = Show(PAYLOAD + "-" + "X" * 180)
    async with app.run_test(size=(60, 20)) as pilot:
        words = " ".join(line.text for line in app.code.render_lines(Region(0, 0, 53, 19)))
        assert not app.code.is_scannable
        assert "▀" not in words
        assert "needs 53 x 27; here are 53 x 19. Press s to save it." in " ".join(words.split())
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: app.code.is_scannable)
        assert decode(as_terminal(app, "truecolor")) == PAYLOAD + "-" + "X" * 180


async def test_toasts_leave_the_code_alone() -> None:
    """At 80 x 24 a toast and the code do not share a cell."""
    app = Show()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.code.is_scannable)
        app.notify(
            "The code was saved as a PNG file in the folder for downloads, with a long name."
        )
        await until(pilot, lambda: app.screen.query("Toast"))
        toast = app.screen.query_one("Toast")
        await until(pilot, lambda: toast.region.area > 0)
        assert not toast.region.overlaps(app.code.region)


async def test_another_payload_and_none() -> None:
    """The code follows its payload, and the payload is in no repr."""
    app = Show()
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show("LPA:1$other.example$ABC")
        await until(pilot, lambda: decode(as_terminal(app, "256")) == "LPA:1$other.example$ABC")
        assert "other" not in repr(app.code)
        app.code.show("")
        await pilot.pause()
        assert not app.code.is_scannable


async def test_a_text_too_long_for_any_code_is_a_sentence() -> None:
    """More than a QR code holds is said, not raised."""
    app = Show("9" * 8000)
    async with app.run_test(size=(80, 24)):
        words = " ".join(line.text for line in app.code.render_lines(Region(0, 0, 80, 23)))
        assert "too long for a QR code" in " ".join(words.split())


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "xterm", "NO_COLOR": "1"},
        {"TERM": "linux"},
        {"TERM": "xterm-256color"},
    ],
    ids=lambda environ: " ".join(environ.values()),
)
def test_in_a_real_terminal(environ: dict[str, str]) -> None:
    """The program in a pty: what arrives on the terminal decodes to the code."""
    process = PtyProcess.spawn(
        [sys.executable, "-c", PROGRAM], cwd=str(ROOT), env=environ, dimensions=(24, 80)
    )
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    try:
        while decode(screen) != PAYLOAD:
            stream.feed(process.read(65536))
    finally:
        process.terminate(force=True)
