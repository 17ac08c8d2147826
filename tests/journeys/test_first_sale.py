"""The first sale with keys only, in a pty of 80x24, and its QR code read by three decoders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import monotonic

import cv2
import pytest
import zxingcpp

from store_app.bootstrap import open_desk
from store_app.settings import theme_file
from store_app.themes import ANSI, OFFERED, kept_theme
from tests.peers import zbar_peer
from tests.screens.till_store import CODES, fill
from tests.terminal import Pixels, Terminal

PATIENCE_S = 30
READ_BY_NAME = {"16 colours", "no colour"}
"""Terminals on which only themes of the terminal's own colours are readable."""
F9 = "\x1b[20~"
TERMINALS = {
    "true colour": {"COLORTERM": "truecolor"},
    "256 colours": {"COLORTERM": ""},
    "16 colours": {"TERM": "xterm", "COLORTERM": ""},
    "no colour": {"NO_COLOR": "1"},
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo store, filled once for the journeys of this module."""
    store = tmp_path_factory.mktemp("demo") / "demo.db"
    command(store, "init", "--demo")
    return store


def command(store: Path, *words: str) -> dict[str, object]:
    """A command's JSON document."""
    program = [sys.executable, "-m", "store_app", "--json", "--store", str(store), *words]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    document: dict[str, object] = json.loads(done.stdout)
    return document


def decoded(pixels: Pixels) -> dict[str, list[str]]:
    """What each decoder reads; zxing without trying the inverse."""
    colours = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    seen = zxingcpp.read_barcodes(pixels, try_invert=False)
    return {
        "zxing": [each.text for each in seen],
        "zbar": zbar_peer.decode(pixels),
        "opencv": [cv2.QRCodeDetector().detectAndDecode(colours)[0]],
    }


def sale(till: Terminal) -> None:
    """Search, Enter, c, Enter: the code of a Japanese plan is on the screen."""
    till.wait_for("in stock")
    till.press("jp 5 7")
    till.wait_for("JP-5GB-7D")
    till.settle()
    till.press("\r")
    till.wait_for("Pay by")
    till.press("c")
    till.wait_for("tendered")
    till.press("\r")
    till.wait_for("SM-DP+")
    till.settle()


def last_payload(demo: Path) -> str:
    """The code that the newest sale stored."""
    orders = command(demo, "order", "list")["orders"]
    sold = max(orders, key=lambda order: order["created_at"])  # type: ignore[call-overload]
    assert sold["plan"] == "JP-5GB-7D"
    return str(command(demo, "esim", "qr", sold["iccid"], "--out", "-")["payload"])


def agreed(payload: str) -> dict[str, list[str]]:
    """All three read this."""
    return {name: [payload] for name in ("zxing", "zbar", "opencv")}


def switched(till: Terminal) -> str | None:
    """The next theme, once it is painted."""
    before = kept_theme(theme_file())
    till.press(F9)
    deadline = monotonic() + PATIENCE_S
    while kept_theme(theme_file()) == before and monotonic() < deadline:
        till.read()
    till.settle()
    return kept_theme(theme_file())


@pytest.mark.long
@pytest.mark.parametrize("terminal", TERMINALS)
def test_from_search_to_a_scanned_code(demo: Path, terminal: str) -> None:
    """80 x 24: three decoders read the very code that the sale stored, in every theme."""
    with Terminal("--store", str(demo), environment=TERMINALS[terminal]) as till:
        sale(till)
        payload = last_payload(demo)
        seen = set()
        while (theme := switched(till)) not in seen:
            seen.add(theme)
            assert decoded(till.pixels()) == agreed(payload), theme
    assert seen == (set(ANSI) if terminal in READ_BY_NAME else set(OFFERED))


@pytest.mark.parametrize("terminal", ["256 colours", "no colour"])
def test_too_small_a_window_says_so(tmp_path: Path, terminal: str) -> None:
    """No half code, no smaller one: a sentence with the size, and the code when there is room."""
    store = tmp_path / "till.db"
    fill(open_desk(str(store)), tmp_path).engine.dispose()
    with Terminal("--store", str(store), environment=TERMINALS[terminal]) as till:
        till.wait_for("Shift open since")
        till.press("JP-3")
        till.wait_for("›")
        till.settle()
        till.press("\r")
        till.wait_for("Pay by: c cash")
        till.press("c")
        till.wait_for("Cash tendered")
        till.press("\r")
        till.wait_for("Matching id")
        till.settle()
        assert decoded(till.pixels()) == agreed(CODES["JP-3"])
        till.resize(60, 20)
        till.wait_for("The QR code needs", "Press s", "Matching id")
        assert decoded(till.pixels()) == {"zxing": [], "zbar": [], "opencv": [""]}
        till.resize(59, 20)
        till.wait_for("Please enlarge the window")
        till.resize(80, 24)
        till.wait_for("Matching id")
        till.settle()
        assert decoded(till.pixels()) == agreed(CODES["JP-3"])
