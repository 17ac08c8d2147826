"""Waiting in Pilot tests: on a condition, with a deadline, never for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot


async def until(pilot: Pilot[None], condition: Callable[[], object], deadline_s: int = 10) -> None:
    """Let the app work until the condition holds."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the screen never got there"
        await pilot.pause()
