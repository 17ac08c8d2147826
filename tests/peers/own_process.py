"""Programs of other people that run beside the tests, on a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

_PATIENCE_S = 60


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket(socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET) as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[str]:
    """The address of a server while it runs; one that does not come up fails, with its words."""
    log = folder / "peer.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE_S)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(address, timeout=1)
        except httpx.HTTPError:
            continue
        return
    raise RuntimeError(f"{address} did not come up: {log.read_text(errors='replace')[-2000:]}")
