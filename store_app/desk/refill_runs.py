"""Carrying automatic refills out: after the commit that made them due, and by the upkeep.

Each try is an order under a key that follows from its episode, so that whatever dies between two
steps goes on with the same order, the same attempt and the same words to the provider.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused, StoreError, Unavailable
from catalog.kernel.money import decimal_string
from catalog.kernel.settings import load_settings
from checkout.billing import refill_episodes as episodes
from checkout.billing.refill_episodes import Capped, Try
from checkout.billing.refill_tables import AutoRefillRow, RefillEpisodeRow
from checkout.billing.refill_watch import watch_all
from checkout.billing.tables import WalletRow
from checkout.orders.agreement import Payment
from checkout.orders.auto_refill import ACTOR, AutoEsimRefill, AutoTopUp
from checkout.orders.tables import OrderRow
from store_app.desk.auto_refill_views import esim_name, owner_name
from store_app.desk.card_orders import look_again
from store_app.desk.carry_out import carry_out
from store_app.desk.context import Desk
from store_app.desk.counter import card_method

REGISTER: Final = "AUTO"
"""The register of what nobody asked for at a counter: its orders are in no shift."""
PAGE_OPEN: Final = timedelta(hours=23)
"""How long the owner of a card has to approve a payment on its page."""
_LIMIT: Final = 200
_FINAL: Final = ("no_card_kept", "archived", "line_ended", "unknown_refill", "not_refillable")
"""Refusals that waiting does not change."""
_TAKEN: Final = ("not_due", "not_needed", "card_elsewhere")
"""Refusals that say nothing of this try: somebody else makes it, or a machine with the key."""


def sweep_refills(desk: Desk) -> int:
    """The upkeep's part: find all that is under its threshold, then carry out what is due."""
    transact(desk.engine, lambda session: watch_all(session, desk.clock()))
    return run_refills(desk)


def run_refills(desk: Desk) -> int:
    """Look at what was begun, try what is due; how many refills were made.

    What one try makes due, such as money for the wallet that paid, is tried as well.
    """
    made = sum(_look(desk, one) for one in _in(desk, "trying", "paused"))
    seen: set[str] = set()
    while fresh := [one for one in _due(desk) if one.id not in seen]:
        for one in fresh:
            seen.add(one.id)
            made += _try(desk, one)
    return made


def wish_of(session: Session, rule: AutoRefillRow, one: Try) -> AutoEsimRefill | AutoTopUp:
    """What a person would ask for: a refill of the eSIM, or an amount for the wallet's owner."""
    if rule.kind == "esim":
        by_company = rule.pay == "company-card"
        return AutoEsimRefill(esim_name(session, rule.subject_id), rule.refill, one, by_company)
    wallet = session.get_one(WalletRow, rule.subject_id)
    amount = decimal_string(rule.amount_minor, wallet.currency)
    return AutoTopUp(owner=owner_name(session, wallet), amount=amount, one=one)


def key_of(one: Try) -> str:
    """The key of a try's order: the same try is the same order."""
    return f"auto-refill-{one.episode_id}-{one.number}"


def unattended(desk: Desk) -> Desk:
    """The desk at which nobody stands."""
    return replace(desk, register_id=REGISTER, actor=ACTOR)


def _in(desk: Desk, *states: str) -> list[RefillEpisodeRow]:
    with snapshot(desk.engine) as session:
        return [one for one in episodes.episodes_in(session, *states) if one.order_id]


def _due(desk: Desk) -> list[RefillEpisodeRow]:
    with snapshot(desk.engine) as session:
        return episodes.due_episodes(session, desk.clock(), _LIMIT)


def _look(desk: Desk, one: RefillEpisodeRow) -> bool:
    """Ask how far the order of a try is; True when that delivered it."""
    with snapshot(desk.engine) as session:
        order = session.get_one(OrderRow, one.order_id)
    with suppress(StoreError):
        return look_again(unattended(desk), order)
    return False


def _try(desk: Desk, due: RefillEpisodeRow) -> bool:
    """One try of an episode; True when that made the refill."""
    one = Try(due.id, due.tries + 1)
    with snapshot(desk.engine) as session:
        rule = session.get_one(AutoRefillRow, due.auto_refill_id)
        is_card = rule.pay in ("card", "company-card")
        if is_card and card_method(desk, load_settings(session)) is None:
            return False  # a machine with a key will find it
        wish = wish_of(session, rule, one)
    payment = Payment("card" if is_card else rule.pay, unattended=is_card)
    try:
        return carry_out(unattended(desk), wish, payment, key_of(one), _is_done)
    except Capped as cap:
        until, why = cap.until, cap.message
        transact(desk.engine, lambda session: episodes.put_off(session, due.id, until, why))
    except (Refused, NotFound) as refusal:
        _note(desk, due, refusal)
    except Unavailable:
        pass  # it is being checked, with the same order
    return False


def _is_done(session: Session, order: OrderRow, answer: dict[str, Any]) -> bool:
    del session, answer
    return order.state == "delivered"


def _note(desk: Desk, due: RefillEpisodeRow, refusal: Refused | NotFound) -> None:
    """Write down why a try was not even ordered; a declined one has told its episode already."""

    def work(session: Session) -> None:
        now = desk.clock()
        if refusal.code == "not_needed":
            episodes.lapse(session, due.id, now)
        elif refusal.code not in _TAKEN:
            is_final = refusal.code in _FINAL
            why = refusal.message
            episodes.refused(session, due.id, due.tries, why=why, is_final=is_final, now=now)

    transact(desk.engine, work)
