"""The first sale with keys only, in a pty of 80x24, and its QR code read by three decoders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import zxingcpp

from tests.peers import zbar_peer
from tests.terminal import Pixels, Terminal

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


@pytest.mark.parametrize("terminal", TERMINALS)
def test_from_search_to_a_scanned_code(demo: Path, terminal: str) -> None:
    """Search, Enter, c, Enter: three decoders read the very code that the sale stored."""
    with Terminal("--store", str(demo), environment=TERMINALS[terminal]) as till:
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
        pixels = till.pixels()
    orders = command(demo, "order", "list")["orders"]
    sold = max(orders, key=lambda order: order["created_at"])  # type: ignore[call-overload]
    payload = command(demo, "esim", "qr", sold["iccid"], "--out", "-")["payload"]
    assert sold["plan"] == "JP-5GB-7D"
    assert decoded(pixels) == {name: [payload] for name in ("zxing", "zbar", "opencv")}
