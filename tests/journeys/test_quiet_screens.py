"""A card sale in the real program: nothing beside the screen, no file astray, no secret told."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pyte
import pytest
from ptyprocess import PtyProcess

from store_app.bootstrap import open_desk
from tests.screens.till_store import fill, orders
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_server import serving

ROOT = Path(__file__).parents[2]
# The screen is painted on the terminal; whatever else goes to stderr goes into a file.
PROGRAM = """
import os, sys
sys.__stderr__ = os.fdopen(os.dup(2), "w")
os.dup2(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT), 2)
sys.stderr = os.fdopen(2, "w", buffering=1)
from store_app.app import run_app
sys.exit(run_app(sys.argv[1], False))
"""


def until(process: PtyProcess, screen: pyte.Screen, stream: pyte.ByteStream, words: str) -> None:
    """Draw what arrives until words are on the screen."""
    while words not in "\n".join(screen.display):
        stream.feed(process.read(65536))


def test_a_card_sale_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paid on a phone, paper written, one answer lost: files in our folders, key and code in none.

    The store itself holds the codes; the key is in no file at all.
    """
    home, told = tmp_path / "home", tmp_path / "stderr.txt"
    home.mkdir()
    double = StripeDouble(datetime.now(UTC))
    store = tmp_path / "till.db"
    fill(open_desk(str(store)), tmp_path).engine.dispose()
    before = set(tmp_path.rglob("*"))
    with serving(double) as address:
        monkeypatch.setenv("ESIM_STORE_STRIPE_BASE", address)
        monkeypatch.setenv("ESIM_STORE_STRIPE_KEY", TEST_KEY)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("STRIPE_LOG", "debug")
        process = PtyProcess.spawn(
            [sys.executable, "-c", PROGRAM, str(store), str(told)],
            cwd=str(ROOT),
            dimensions=(24, 80),
        )
        screen = pyte.Screen(80, 24)
        stream = pyte.ByteStream(screen)
        until(process, screen, stream, "Shift open since")
        process.write(b"spain")
        until(process, screen, stream, "› Spain 5 GB")
        process.write(b"\r")
        until(process, screen, stream, "paid on a phone")
        process.write(b"d")
        until(process, screen, stream, "Too small for the code")
        process.write(b"p")
        until(process, screen, stream, "For the printer")
        double.pay()
        until(process, screen, stream, "Support reference")
        process.write(b"\x11")
        while process.isalive():
            try:
                process.read(65536)
            except EOFError:
                break
        process.wait()
    desk = open_desk(str(store))
    (order,) = orders(desk)
    desk.engine.dispose()
    assert (order.state, process.exitstatus) == ("delivered", 0)
    assert told.read_text() == ""
    made = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()} - {told}
    stores = {path for path in made if path.name.startswith("till.db")}
    ours = {path for path in made if "esim-store" in path.relative_to(tmp_path).parts}
    assert made == stores | ours, made
    for path in made | {store}:
        content = path.read_bytes()
        assert TEST_KEY.encode() not in content, path
        assert path in stores | {store} or b"LPA:1$" not in content, path
