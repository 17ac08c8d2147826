"""What a subscription gives to its line, told at the instants at which it came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.billing.subscriptions.allowances import allowances
from checkout.billing.subscriptions.charges import Stretch, included_bytes
from checkout.billing.subscriptions.terms import Terms
from tests.subscriptions import BEGAN, GB, account, stretch, terms

DAY = timedelta(days=1)
CHANGE = BEGAN + 10 * DAY
SHARED = terms(prorate=True)
BIG = terms(sku="BIG", data_bytes=31 * GB, prorate=True)


@pytest.mark.parametrize(
    ("of", "later", "days", "expected"),
    [
        (terms(), [], 0, [(0, 10 * GB)]),
        (terms(), [], 40, [(0, 10 * GB), (31, 10 * GB)]),
        (SHARED, [BIG], 9, [(0, 10 * GB)]),
        (SHARED, [BIG], 31, [(0, 10 * GB), (10, 21 * GB - 6_774_193_548), (31, 31 * GB)]),
        (terms(), [terms(sku="BIG", data_bytes=31 * GB)], 12, [(0, 10 * GB), (10, 31 * GB)]),
        (terms("unlimited"), [], 40, []),
        (terms("unlimited"), [BIG], 12, [(10, 21 * GB)]),
    ],
)
def test_each_period_and_change(
    of: Terms, later: list[Terms], days: int, expected: list[tuple[int, int]]
) -> None:
    """A period brings its data; a change what it adds; nothing of what is still to come."""
    lines = [stretch(1, of, ends=CHANGE if later else None)]
    lines += [stretch(2, other, CHANGE, line=1) for other in later]
    told = allowances(account(of), lines, BEGAN + days * DAY)
    assert [((one.at - BEGAN).days, one.data_bytes) for one in told] == expected
    assert all(one.is_change == (one.at == CHANGE) for one in told)


@pytest.mark.parametrize("lines", [[], [stretch(2, BIG, CHANGE + DAY, CHANGE + 5 * DAY, line=1)]])
def test_what_is_told_of_a_period_adds_up_to_its_data(lines: list[Stretch]) -> None:
    """Also when plans were left and nothing followed them."""
    lines = [stretch(1, SHARED, ends=CHANGE), *lines]
    told = allowances(account(SHARED), lines, BEGAN + 30 * DAY)
    assert sum(one.data_bytes for one in told) == included_bytes(account(SHARED), 0, lines)
    assert told[1].data_bytes < 0
