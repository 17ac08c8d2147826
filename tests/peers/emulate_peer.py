"""emulate in a process of its own: Checkout Sessions with a real page to pay on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.own_process import free_port, running
from tests.peers.stripe_install import EMULATE, node


@contextmanager
def emulate(folder: Path) -> Iterator[str]:
    """The address of its Stripe while it runs."""
    if not EMULATE.exists():
        raise RuntimeError("emulate is missing: run `python tests/peers/stripe_install.py`.")
    port = free_port()
    command = node(str(EMULATE), "start", "--service", "stripe", "--port", str(port))
    with running(command, port, folder) as address:
        yield address
