"""Holds on both engines: set aside once, ended once, and not counted past their deadline."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import Engine

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import IdempotencyConflict, Refused
from catalog.kernel.ids import new_id
from checkout.billing.holds import Hold, capture, place_hold, time_out_holds, void
from checkout.billing.ledger import Posting, revenue, wallet
from checkout.billing.tables import WalletRow
from checkout.billing.wallet_tables import HoldRow
from checkout.billing.wallets import available_minor, held_then
from tests.paygo import HOUR, SOLD, give, money, new_wallet, set_aside

NOW = SOLD


def free(engine: Engine, wallet_id: str, now: datetime = NOW) -> int:
    """What a wallet can pay at an instant."""
    with snapshot(engine) as session:
        return available_minor(session, session.get_one(WalletRow, wallet_id), now)


def read(engine: Engine, hold_id: str) -> HoldRow:
    """A hold as it is stored."""
    with snapshot(engine) as session:
        return session.get_one(HoldRow, hold_id)


def take(engine: Engine, payer: str, hold_id: str, *amounts: int, now: datetime = NOW) -> None:
    """Capture amounts out of a hold."""
    account = wallet(payer, "EUR")
    postings = [
        Posting(account, revenue("EUR"), each, "sale", "sold", "O-1", hold_id, "me", now, now)
        for each in amounts
    ]
    transact(engine, lambda session: capture(session, hold_id, postings, now))


def let_go(engine: Engine, hold_id: str, now: datetime = NOW) -> bool:
    """Void a hold."""
    return transact(engine, lambda session: void(session, hold_id, now))


def ask(engine: Engine, hold: Hold, now: datetime = NOW) -> str:
    """Place a hold; its state."""
    return transact(engine, lambda session: place_hold(session, hold, "me", now).state)


@pytest.mark.parametrize(("amounts", "left"), [((60,), 40), ((20, 5), 75), ((0,), 100)])
def test_a_hold_is_captured_in_full_or_in_part(
    engine: Engine, amounts: tuple[int, ...], left: int
) -> None:
    """What was not taken is free again at once."""
    payer = new_wallet(engine, 100)
    hold_id = set_aside(engine, payer, 60, NOW)
    assert (free(engine, payer), money(engine, payer)) == (40, 100)
    take(engine, payer, hold_id, *amounts)
    assert (free(engine, payer), money(engine, payer)) == (left, left)
    row = read(engine, hold_id)
    assert (row.state, row.captured_minor, row.resolved_at) == ("captured", sum(amounts), NOW)


@pytest.mark.parametrize("first", ["captured", "voided", "timed_out", "past its deadline"])
def test_a_hold_ends_once(engine: Engine, first: str) -> None:
    """After any end, and past the deadline without one, nothing can be taken or let go."""
    payer = new_wallet(engine, 100)
    hold_id = set_aside(engine, payer, 60, NOW)
    now = NOW + HOUR if first in {"timed_out", "past its deadline"} else NOW
    if first == "captured":
        take(engine, payer, hold_id, 60)
    elif first == "voided":
        assert let_go(engine, hold_id)
    elif first == "timed_out":
        assert transact(engine, lambda session: time_out_holds(session, now)) == 1
    before = free(engine, payer, now), money(engine, payer)
    with pytest.raises(Refused) as refusal:
        take(engine, payer, hold_id, 1, now=now)
    assert refusal.value.code == "hold_over"
    assert not let_go(engine, hold_id, now)
    assert (free(engine, payer, now), money(engine, payer)) == before
    assert transact(engine, lambda session: time_out_holds(session, NOW + HOUR)) == (
        first == "past its deadline"
    )


def test_a_deadline_needs_no_sweep(engine: Engine) -> None:
    """The money is there the instant the deadline is reached, and may be held by another."""
    payer = new_wallet(engine, 100)
    hold_id = set_aside(engine, payer, 100, NOW)
    assert [free(engine, payer, NOW + HOUR - (HOUR / 60)), free(engine, payer, NOW + HOUR)] == [
        0,
        100,
    ]
    other = set_aside(engine, payer, 100, NOW + HOUR)
    with pytest.raises(Refused):
        take(engine, payer, hold_id, 100, now=NOW + HOUR)
    take(engine, payer, other, 100, now=NOW + HOUR)
    assert money(engine, payer) == 0
    assert transact(engine, lambda session: time_out_holds(session, NOW + HOUR)) == 1
    assert read(engine, hold_id).resolved_at == NOW + HOUR
    with snapshot(engine) as session:
        held = [held_then(session, payer, NOW + hours * HOUR) for hours in (-1, 0, 0.5, 1, 2)]
    assert held == [0, 100, 100, 0, 0]


def test_the_id_is_the_key(engine: Engine) -> None:
    """The same id holds once; with another amount or wallet it is a conflict."""
    payer = new_wallet(engine, 100)
    hold = Hold(new_id(), payer, 70, "EUR", NOW + HOUR, "why")
    assert [ask(engine, hold), ask(engine, hold)] == ["held", "held"]
    assert free(engine, payer) == 30
    for other in (replace(hold, amount_minor=71), replace(hold, wallet_id=new_wallet(engine, 100))):
        with pytest.raises(IdempotencyConflict):
            ask(engine, other)
    assert let_go(engine, hold.id)
    assert ask(engine, hold) == "voided"
    assert free(engine, payer) == 100


@pytest.mark.parametrize(
    ("minimum", "amount", "fits"),
    [
        (0, 100, True),
        (0, 101, False),
        (30, 70, True),
        (30, 71, False),
        (-50, 150, True),
        (-50, 151, False),
        (100, 1, False),
        (200, 0, False),
    ],
)
def test_a_minimum_bounds_what_is_held(
    engine: Engine, minimum: int, amount: int, fits: bool
) -> None:
    """Exactly down to the limit, of either sign, and not a cent further."""
    payer = new_wallet(engine, 100, minimum=minimum)
    hold = Hold(new_id(), payer, amount, "EUR", NOW + HOUR, "why")
    if fits:
        assert ask(engine, hold) == "held"
        return
    with pytest.raises(Refused) as refusal:
        ask(engine, hold)
    assert refusal.value.code == "wallet_too_low"
    assert "nothing was charged" in refusal.value.message


def test_more_than_was_held_is_never_taken(engine: Engine) -> None:
    """Nor from another wallet, nor for something else."""
    payer, other = new_wallet(engine, 100), new_wallet(engine, 100)
    hold_id = set_aside(engine, payer, 60, NOW)
    with pytest.raises(ValueError, match="at most what is held"):
        take(engine, payer, hold_id, 61)
    with pytest.raises(ValueError, match="the wallet of its hold"):
        take(engine, other, hold_id, 60)
    with pytest.raises(ValueError, match="at most what is held"):
        take(engine, payer, new_id(), 1)
    assert (money(engine, payer), money(engine, other), free(engine, payer)) == (100, 100, 40)


def test_fifty_hands_on_one_hold(engine: Engine) -> None:
    """Half of them capture and half void: one wins, and the money says which."""
    payer = new_wallet(engine, 100)
    hold_id = set_aside(engine, payer, 100, NOW)

    def pull(number: int) -> str:
        if number % 2:
            return "voided" if let_go(engine, hold_id) else ""
        try:
            take(engine, payer, hold_id, 100)
        except Refused:
            return ""
        return "captured"

    with ThreadPoolExecutor(50) as pool:
        (won,) = filter(None, pool.map(pull, range(50)))
    assert read(engine, hold_id).state == won
    assert money(engine, payer) == free(engine, payer) == (0 if won == "captured" else 100)


def test_many_holds_never_pass_the_limit(engine: Engine) -> None:
    """Fifty ask for a tenth each, and take, let go or leave it: the limit stays."""
    payer = new_wallet(engine, 1000, minimum=100)

    def use(number: int) -> int:
        try:
            hold_id = set_aside(engine, payer, 100, NOW)
        except Refused:
            return 0
        if number % 3 == 0:
            take(engine, payer, hold_id, 70)
            return 70
        return 0 if number % 3 == 1 and let_go(engine, hold_id) else 100

    with ThreadPoolExecutor(8) as pool:
        used = sum(pool.map(use, range(50)))
    assert free(engine, payer) == 900 - used
    assert 0 <= free(engine, payer) < 100 + 30 * 17
    assert money(engine, payer) >= 100


def test_the_sweep_takes_holds_in_parts(engine: Engine) -> None:
    """The oldest first; what is done is not done again."""
    payer = new_wallet(engine, 0)
    give(engine, payer, 50, NOW)
    for number in range(5):
        set_aside(engine, payer, 10, NOW + number * HOUR / 10)
    now = NOW + 2 * HOUR
    sweep = partial(time_out_holds, now=now, limit=2)
    assert [transact(engine, sweep) for _ in range(4)] == [2, 2, 1, 0]
    assert free(engine, payer, now) == 50
