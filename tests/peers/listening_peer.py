"""The store's own listener beside the tests, on a free port, as a supplier sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

from store_app.desk.context import Desk
from store_app.http import Listening, make_server
from tests.peers.own_process import free_port

_PATIENCE_S = 20


@contextmanager
def listening_peer(desk: Desk, listening: Listening) -> Iterator[str]:
    """The base address while it listens."""
    told = replace(listening, port=free_port())
    server = make_server(desk, told)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _PATIENCE_S
    while not server.started:
        assert thread.is_alive(), "it did not begin to listen"
        assert time.monotonic() < end, "it did not begin to listen"
        thread.join(0.02)
    try:
        yield told.url
    finally:
        server.should_exit = True
        thread.join()
