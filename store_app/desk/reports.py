"""What suppliers report of profiles, taken at the desk; and where one profile is."""

from __future__ import annotations

from catalog.esim.record import Who
from catalog.kernel.database import snapshot, transact
from catalog.suppliers.profile_reports import apply_report
from catalog.suppliers.reports import read_report
from checkout.orders.sold_esims import esim_named
from store_app.desk.context import Desk


def take_report(desk: Desk, content: bytes) -> bool:
    """Take the body of a report; False when it is none. An unknown profile is no mistake."""
    report = read_report(content)
    if report is None:
        return False
    who = Who(desk.actor, desk.clock(), "reported by its supplier")
    transact(desk.engine, lambda session: apply_report(session, report, who))
    return True


def profile_state(desk: Desk, named: str) -> str:
    """Where the profile of an eSIM is, by its ICCID or its order: one query."""
    with snapshot(desk.engine) as session:
        return esim_named(session, named).profile_state
