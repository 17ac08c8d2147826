"""How many calls one supplier gets from this process: so many at once, so many a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore, Lock

from catalog.kernel.errors import Unavailable


class Gate:
    """Lets callers through one after another; who would wait too long is told so."""

    def __init__(
        self,
        concurrent: int,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Seconds come from `clock`, which only ever goes forward."""
        self._places = BoundedSemaphore(concurrent)
        self._between_s = 60 / per_minute
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()
        self._next_s = clock()

    @contextmanager
    def passing(self, patience_s: float) -> Iterator[None]:
        """Hold a place during a call; `Unavailable` when there is none within the patience."""
        if not self._places.acquire(timeout=patience_s):
            raise _crowded()
        try:
            self._sleep(self._wait_s(patience_s))
            yield
        finally:
            self._places.release()

    def _wait_s(self, patience_s: float) -> float:
        """How long until this call's turn; taking it puts the next one behind."""
        with self._lock:
            now = self._clock()
            wait = max(0.0, self._next_s - now)
            if wait > patience_s:
                raise _crowded()
            self._next_s = now + wait + self._between_s
            return wait


def _crowded() -> Unavailable:
    return Unavailable(
        "The supplier's limit of calls is used up just now. Nothing was ordered; try again in a "
        "moment.",
        code="supplier_busy",
    )


@lru_cache(maxsize=64)
def gate_of(name: str, concurrent: int, per_minute: int) -> Gate:
    """The one gate of a supplier in this process."""
    del name  # it tells the gates apart
    return Gate(concurrent, per_minute)
