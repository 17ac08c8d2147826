"""What every desk function is given: the store, the time, and who asks from which register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from catalog.kernel.clock import Clock
from checkout.payments.keeping import CardMethod

NO_KEY = "A card needs a key of the payment provider: see “Cards” in the README."


def _at_once(work: Callable[[], object]) -> None:
    work()


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at one register of one store; `desk.clock()` is the present instant.

    `card` is the payment provider that this machine has a key for; `no_card` says why it is none.
    `beside` does what follows from a request and is not part of its answer: at once, or where
    somebody waits at a screen, in a thread.
    """

    engine: Engine
    clock: Clock
    actor: str
    register_id: str
    card: CardMethod | None = None
    no_card: str = NO_KEY
    beside: Callable[[Callable[[], object]], None] = _at_once
