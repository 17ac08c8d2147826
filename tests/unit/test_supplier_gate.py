"""The limits of a supplier: so many at once, so many a minute, and patience that ends."""

from __future__ import annotations

import pytest

from catalog.kernel.errors import Unavailable
from catalog.suppliers.gate import Gate


def test_calls_are_spaced_and_an_early_one_waits_its_turn() -> None:
    """Sixty a minute: the third of three at once begins two seconds later."""
    slept: list[float] = []
    gate = Gate(9, 60, clock=lambda: 100.0, sleep=slept.append)
    for _ in range(3):
        with gate.passing(5):
            pass
    assert slept == [0, 1, 2]


def test_who_would_wait_too_long_is_told() -> None:
    """Nothing was ordered, and the turn is not used up."""
    gate = Gate(9, 60, clock=lambda: 100.0, sleep=lambda _s: None)
    with gate.passing(5):
        pass
    with pytest.raises(Unavailable, match="Nothing was ordered"), gate.passing(0.5):
        pass
    with gate.passing(1):
        pass


def test_no_more_than_so_many_are_inside() -> None:
    """The second finds no place; after the first has left there is one again."""
    gate = Gate(1, 6_000, sleep=lambda _s: None)
    with gate.passing(5), pytest.raises(Unavailable), gate.passing(0):
        pass
    with gate.passing(5):
        pass
