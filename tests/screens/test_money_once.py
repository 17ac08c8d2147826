"""Money moves once: one payment at a time, one key while nobody knows the outcome."""

from __future__ import annotations

import asyncio

import pytest

from catalog.kernel.errors import Refused, StoreError, Unavailable
from store_app.desk.context import Desk
from store_app.screens.money import once, start
from store_app.screens.shift import ShiftScreen
from store_app.shell import Shell
from tests.screens.shown import status
from tests.screens.waiting import until


def charge(desk: Desk, amount: str, *, key: str, answers: list[object]) -> str:
    """A charge that answers what the test says, and the key under which it was asked."""
    del desk, amount
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise type(answer)(f"{answer} {key}")
    return key


async def keys_of(screen: ShiftScreen, amount: str, *answers: object) -> list[str]:
    """The keys under which the same charge was asked, one try for each answer."""
    keys = []
    for answer in answers:
        try:
            keys.append(await once(screen, charge, amount, answers=Answers([answer])))
        except StoreError as error:
            keys.append(error.message.split()[-1])
    return keys


class Answers(list[object]):
    """A list that reads the same whatever it holds, so that the request is the same one."""

    def __repr__(self) -> str:
        return "answers"

    __str__ = __repr__


async def test_an_unknown_outcome_keeps_its_key(sqlite_desk: Desk) -> None:
    """Asked again with the same key until there is an answer; then another key."""
    app = Shell({"shift": lambda: ShiftScreen(sqlite_desk)})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ShiftScreen))
        screen = app.screen
        assert isinstance(screen, ShiftScreen)
        unknown = Unavailable("nobody answered")
        first, second, third, fourth = await keys_of(screen, "1", unknown, unknown, "done", "done")
        assert first == second == third != fourth


async def test_a_refusal_ends_a_key(sqlite_desk: Desk) -> None:
    """Corrected and sent again it is a new request; another amount is one, too."""
    app = Shell({"shift": lambda: ShiftScreen(sqlite_desk)})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ShiftScreen))
        screen = app.screen
        assert isinstance(screen, ShiftScreen)
        one, two = await keys_of(screen, "1", Refused("no"), "done")
        assert one != two
        unknown = Unavailable("nobody answered")
        assert await keys_of(screen, "2", unknown) != await keys_of(screen, "3", unknown)


@pytest.mark.parametrize("second", ["started", "refused"])
async def test_one_payment_at_a_time(sqlite_desk: Desk, second: str) -> None:
    """While one is under way another is not started; after it, it is."""
    app = Shell({"shift": lambda: ShiftScreen(sqlite_desk)})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ShiftScreen))
        screen = app.screen
        assert isinstance(screen, ShiftScreen)
        gate, done = asyncio.Event(), []

        async def pay(name: str) -> None:
            await gate.wait()
            done.append(name)

        assert start(screen, pay("one"))
        if second == "refused":
            assert not start(screen, pay("two"))
            assert "Another payment is under way" in status(pilot)
        gate.set()
        await until(pilot, lambda: done == ["one"])
        await until(pilot, lambda: start(screen, pay("three")))
        await until(pilot, lambda: done == ["one", "three"])
