"""What every desk function is given: the store, the time, and who asks from which register."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from catalog.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at one register of one store; `desk.clock()` is the present instant."""

    engine: Engine
    clock: Clock
    actor: str
    register_id: str
