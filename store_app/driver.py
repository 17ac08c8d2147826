"""The edge to the terminal: what comes in on stdin, signals, and the last words of a crash."""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from typing import Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_POLL_S: Final = 0.02


class TillDriver(LinuxDriver):
    """Textual's driver with a prompt Esc and an ear for bytes that are not UTF-8.

    Upstream polls every 100 ms, which is how long Esc then takes, and dies of one stray byte (a
    mouse report of an old terminal, a scanner set to Latin-1).
    """

    def run_input_thread(self) -> None:
        """Read, decode and dispatch input until the app asks to stop."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = bool(selector.select(_POLL_S))
                for message in self._read(parser, decode, ready=ready):
                    self.process_message(message)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _read(
        self, parser: XTermParser, decode: Callable[[bytes], str], *, ready: bool
    ) -> Iterator[Message]:
        if ready:
            try:
                received = os.read(self.fileno, 4096)
            except OSError:
                # The terminal is gone; the hang-up signal ends the app.
                received = b""
            if not received:
                self.exit_event.wait(_POLL_S)
            # Feeding "" would tell the parser that the input has ended.
            if text := decode(received):
                yield from parser.feed(text)
        yield from parser.tick()


def exit_on_signals(leave: Callable[[int], object]) -> None:
    """Call `leave` with 143 or 129 on SIGTERM or SIGHUP, so that the terminal is put back.

    To be called from the running event loop; outside the main thread signals stay as they are.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        try:
            loop.add_signal_handler(number, leave, 128 + number)
        except (RuntimeError, ValueError):
            return
