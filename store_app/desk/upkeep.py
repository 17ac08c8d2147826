"""What keeps a store in order: due work, copies, the doctor, settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import and_, func
from sqlmodel import col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.clock import system_clock
from catalog.kernel.database import snapshot, transact
from catalog.kernel.settings import load_settings, set_setting
from catalog.stock.import_stock import clear_left_uploads
from catalog.stock.reserve import withdraw_overdue
from checkout.billing import holds
from checkout.billing.lines import SWEEP, settle_expiries
from checkout.billing.paygo_months import charge_months
from checkout.billing.usage_feed import apply_landed
from checkout.orders.inactive import archive_inactive
from store_app.backup import BackupResult, back_up
from store_app.backup import restore as bring_back
from store_app.bootstrap import store_file
from store_app.desk.card_orders import reconcile
from store_app.desk.context import Desk
from store_app.desk.live_orders import resume_live
from store_app.desk.orders import resume_open_orders
from store_app.desk.outbox import send_due
from store_app.desk.refill_runs import sweep_refills
from store_app.desk.saved_cards import carry_on_cards
from store_app.desk.sim_swaps import carry_on_swaps
from store_app.doctor import Check, examine
from store_app.settings import store_address


@dataclass(frozen=True, slots=True)
class Maintained:
    """What was due and is done; a kind of work that a store does not have stays 0.

    Attributes:
        expired: lines whose expiry was posted.
        charged: MRC debited, one for each month of a line.
        reconciled: open orders whose deadline had passed and that were cancelled, and orders
            that a payment provider or a supplier of profiles knew more about.
        released: profiles whose reservation had run out and that are free again.
        refilled: automatic refills of eSIMs and wallets that were made.
        sent: letters that waited and that a mail server took.
        withdrawn: profiles whose last day to install had passed and that left the shelf.
        timed_out: holds on wallets that were past their deadlines.
        swapped: SIM swaps that have ended, well or not.
        archived: eSIMs that nobody had refilled for as long as the settings say.
        applied: batches of usage that had landed when their import was killed.

    """

    expired: int
    reconciled: int
    released: int
    charged: int = 0
    withdrawn: int = 0
    fired: int = 0
    refilled: int = 0
    sent: int = 0
    timed_out: int = 0
    applied: int = 0
    swapped: int = 0
    archived: int = 0


def maintain(desk: Desk) -> Maintained:
    """Do what is due at the desk's instant; doing it again changes nothing."""
    timed_out, held = _time_out_all_holds(desk), _held_too_long(desk)
    reconciled = (
        reconcile(desk) + resume_live(desk) + resume_open_orders(desk) + carry_on_cards(desk)
    )
    swapped = carry_on_swaps(desk)
    released = held - _held_too_long(desk)
    applied = apply_landed(desk.engine, desk.clock(), desk.actor)
    expired, charged = _settle_all_expiries(desk), _charge_all_months(desk)
    archived = _archive_all_inactive(desk)
    withdrawn = _withdraw_all_overdue(desk)
    clear_left_uploads(desk.engine, desk.clock())
    refilled = sweep_refills(desk)
    return Maintained(
        expired,
        reconciled,
        released,
        charged,
        withdrawn=withdrawn,
        refilled=refilled,
        sent=send_due(desk),
        timed_out=timed_out,
        applied=applied,
        swapped=swapped,
        archived=archived,
    )


def _held_too_long(desk: Desk) -> int:
    overdue = and_(
        col(EsimRow.stock_state) == "reserved", col(EsimRow.reserved_until) <= desk.clock()
    )
    with snapshot(desk.engine) as session:
        return session.exec(select(func.count()).select_from(EsimRow).where(overdue)).one()


def _settle_all_expiries(desk: Desk) -> int:
    now, total = desk.clock(), 0
    while True:
        settled = transact(desk.engine, lambda session: settle_expiries(session, now))
        total += settled
        if settled < SWEEP:
            return total


def _archive_all_inactive(desk: Desk) -> int:
    with snapshot(desk.engine) as session:
        days = load_settings(session).inactive_after_days
    return _all_in_turn(desk, partial(archive_inactive, days=days))


def _withdraw_all_overdue(desk: Desk) -> int:
    now, total = desk.clock(), 0
    while withdrawn := transact(desk.engine, lambda session: withdraw_overdue(session, now)):
        total += withdrawn
    return total


def _time_out_all_holds(desk: Desk) -> int:
    now, total = desk.clock(), 0
    while True:
        ended = transact(desk.engine, lambda session: holds.time_out_holds(session, now))
        total += ended
        if ended < holds.SWEEP:
            return total


def _charge_all_months(desk: Desk) -> int:
    return _all_in_turn(desk, charge_months)


def _all_in_turn(desk: Desk, some: Callable[..., tuple[int, str | None]]) -> int:
    """Some after some, each in a transaction of its own, until none follow; how many in all."""
    total, after = 0, ""
    while True:
        work = partial(some, now=desk.clock(), actor=desk.actor, after=after)
        count, further = transact(desk.engine, work)
        total += count
        if further is None:
            return total
        after = further


def backup(desk: Desk, path: Path) -> BackupResult:
    """Copy the store to a file while it sells, and check the copy."""
    return back_up(desk.engine, path)


def restore(store: str | None, path: Path) -> BackupResult:
    """Bring back a copy; the store that was there is kept beside it."""
    address = store_address(store)
    return bring_back(address, store_file(address), path, system_clock()())


def doctor(desk: Desk) -> list[Check]:
    """Prove the store's invariants; one that does not hold has `ok` false and says where."""
    return examine(desk.engine, desk.clock())


def read_settings(desk: Desk) -> dict[str, object]:
    """Every setting by name, with its default when it was never set."""
    with snapshot(desk.engine) as session:
        return asdict(load_settings(session))


def write_setting(desk: Desk, name: str, value: str) -> dict[str, object]:
    """Change one setting, or `Refused`; gives all of them as they are now."""
    transact(desk.engine, lambda session: set_setting(session, name, value))
    return read_settings(desk)
