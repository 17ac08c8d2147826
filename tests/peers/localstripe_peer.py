"""localstripe in a process of its own: payments and refunds as somebody else understands Stripe."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.own_process import free_port, running


@contextmanager
def localstripe(folder: Path) -> Iterator[str]:
    """Its address while it runs; it keeps nothing from one run to the next."""
    if importlib.util.find_spec("localstripe") is None:
        raise RuntimeError("localstripe is missing: it is among the developers' requirements.")
    port = free_port()
    command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
    with running(command, port, folder) as address:
        yield address
