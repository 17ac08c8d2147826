"""One SIM swap that kills its process at a chosen moment.

A moment is a number: every commit and the call of the operator have one before and one after.
"""

from __future__ import annotations

from catalog.suppliers.number_moves import OfflineMover
from store_app.desk.sim_swaps import swap_sim
from tests.crash.moments import Moments, dying_desk


def main(store: str, fatal: int, old: str, new: str) -> None:
    """Swap, dying at the fatal moment."""
    moments = Moments(fatal)
    moments.around_all(OfflineMover, "move")
    swap_sim(dying_desk(store, moments), old, new, key="k1")
