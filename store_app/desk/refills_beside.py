"""Automatic refills beside the request that made them due: carried out, and their owners told."""

from __future__ import annotations

from catalog.kernel.database import snapshot
from checkout.billing.refill_episodes import due_episodes
from store_app.desk.context import Desk
from store_app.desk.outbox import send_due
from store_app.desk.refill_runs import run_refills


def run_refills_soon(desk: Desk) -> None:
    """Have what is due carried out beside the request that made it due."""
    with snapshot(desk.engine) as session:
        is_due = bool(due_episodes(session, desk.clock(), 1))
    if is_due:
        desk.beside(lambda: refill_and_tell(desk))


def refill_and_tell(desk: Desk) -> None:
    """Make the refills that are due, then write to those who have to approve one."""
    run_refills(desk)
    send_due(desk)
