"""What every desk function is given: the store, the time, and who asks from which register."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from catalog.kernel.clock import Clock
from checkout.payments.method import PaymentMethod

NO_KEY = "A card needs a key of the payment provider: see “Cards” in the README."


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at one register of one store; `desk.clock()` is the present instant.

    `card` is the payment provider that this machine has a key for; `no_card` says why it is none.
    """

    engine: Engine
    clock: Clock
    actor: str
    register_id: str
    card: PaymentMethod | None = None
    no_card: str = NO_KEY
