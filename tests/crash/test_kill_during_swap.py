"""kill -9 between each two steps of a SIM swap: nothing happened, or it is carried on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sim_swaps import show_swap, swap_sim
from store_app.desk.upkeep import maintain
from tests.crash.own_processes import died
from tests.crash.swap_that_dies import main
from tests.office import sound
from tests.shop import at, iccid
from tests.swap_shop import swap_shop

MOMENTS = 8
"""The intent, the try as it is claimed, the operator's call, its answer."""


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_a_swap_that_died_is_carried_on(sqlite_desk: Desk, moment: int) -> None:
    """By the upkeep, one hour later at the latest; the same key tells of the same swap."""
    card = swap_shop(sqlite_desk)
    assert died(main, sqlite_desk, moment, card, iccid(2)) == -9
    assert sound(sqlite_desk)
    hour = at(sqlite_desk, sqlite_desk.clock() + timedelta(hours=1))
    maintain(hour)
    done = swap_sim(hour, card, iccid(2), key="k1")
    assert (done.state, done.replayed) == ("done", moment > 1)
    assert show_swap(hour, card).tries <= 2
    assert show_esim(hour, iccid(2)).msisdn == "34600000012"
    assert show_esim(hour, card).status == "archived"
    assert sound(hour)


def test_there_are_no_more_moments(sqlite_desk: Desk) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    card = swap_shop(sqlite_desk)
    assert died(main, sqlite_desk, MOMENTS + 1, card, iccid(2)) == 0
