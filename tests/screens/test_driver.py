"""The edge to the terminal, in a real pty: junk bytes, signals, the last words of a crash."""

from __future__ import annotations

import hashlib
import inspect
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ptyprocess import PtyProcess
from textual.drivers.linux_driver import LinuxDriver

from store_app.driver import TillDriver

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from textual.widgets import Input
from store_app.shell import Shell
class Desk(Shell):
    def compose(self):
        yield Input(placeholder="ready")
    def on_input_submitted(self, event):
        secret = "LPA:1$host.example$LOCAL"
        raise RuntimeError("cannot read LPA:1$host.example$SECRET of 8944500102198304826")
desk = Desk(log_path=Path(sys.argv[1]))
desk.run()
sys.exit(desk.return_code)
"""
RESTORED = b"\x1b[?1049l"


@pytest.fixture
def desk(tmp_path: Path) -> PtyProcess:
    """The program, painted and ready for keys."""
    environ = {**os.environ, "TERM": "xterm-256color", "ESCDELAY": "20"}
    process = PtyProcess.spawn(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "log")],
        cwd=str(ROOT),
        env=environ,
        dimensions=(24, 80),
    )
    read_until(process, b"eady")
    return process


def read_until(process: PtyProcess, mark: bytes) -> bytes:
    """What arrives on the terminal up to a mark; the end of the program is an error."""
    seen = b""
    while mark not in seen:
        seen += process.read(65536)
    return seen


def read_all(process: PtyProcess) -> bytes:
    """What arrives until the program ends."""
    seen = b""
    while True:
        try:
            seen += process.read(65536)
        except EOFError:
            process.wait()
            return seen


def test_upstream_still_reads_as_we_know_it() -> None:
    """A new Textual that changes the method we replace must be looked at."""
    source = inspect.getsource(LinuxDriver.run_input_thread)
    assert hashlib.sha256(source.encode()).hexdigest() == (
        "d796af6d69db337d6fa6bd463984f7d17188d991dbb22f60efb92a8a9619507c"
    )
    assert "run_input_thread" in vars(TillDriver)


@pytest.mark.parametrize(
    "junk",
    [b"\x80", b"\xff\xfe", b"caf\xe9", b"\x1b[M \xe9\xe9", b"\xc3"],
    ids=["continuation", "never valid", "latin-1", "old mouse report", "half a letter"],
)
def test_junk_bytes_do_not_end_the_program(desk: PtyProcess, junk: bytes) -> None:
    """After bytes that are no UTF-8 a typed letter still arrives, and it leaves in good order."""
    desk.write(junk)
    desk.write(b"zzz")
    read_until(desk, b"z")
    desk.write(b"\x11")
    assert RESTORED in read_all(desk)
    assert desk.exitstatus == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_put_the_terminal_back(desk: PtyProcess, number: int, code: int) -> None:
    """A shutdown or a lost line leaves a usable terminal and says so in the exit code."""
    desk.kill(number)
    assert RESTORED in read_all(desk)
    assert desk.exitstatus == code


def test_a_crash_is_one_sentence(desk: PtyProcess, tmp_path: Path) -> None:
    """No traceback on the screen; in the log no local variable and no code."""
    desk.write(b"\r")
    words = read_all(desk)
    assert RESTORED in words
    assert b"The store stopped" in words
    assert b"Traceback" not in words
    assert desk.exitstatus == 1
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "RuntimeError" in log
    assert "SECRET" not in log
    assert "8944500102198304826" not in log


def test_starting_the_shell_stays_light() -> None:
    """No database, no words, no encoder before the first paint."""
    heavy = ("sqlalchemy", "sqlmodel", "babel", "qrcode", "stripe", "httpx", "pydantic")
    program = f"import sys, store_app.shell; print([m for m in {heavy!r} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
