"""What is done while the screens are open, so that no balance waits for somebody's command."""

from __future__ import annotations

from catalog.kernel.database import snapshot
from checkout.billing.usage_waiting import Progress, progress
from store_app.desk.context import Desk


def catch_up(desk: Desk, seen: frozenset[Progress]) -> frozenset[Progress]:
    """Count usage that landed when its import was killed; what is seen of it now.

    An import that is under way moves: only what stands where it was `seen` before is applied.
    """
    with snapshot(desk.engine) as session:
        waiting = progress(session)
    stuck = waiting & seen
    if stuck:
        from checkout.billing.usage_feed import apply_landed

        apply_landed(desk.engine, desk.clock(), desk.actor, {one.batch for one in stuck})
    return waiting - stuck
