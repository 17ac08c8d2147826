"""What is billed anew when a period comes to cost something else: each step says its own amount."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.billing.subscriptions.charges import (
    Charge,
    charges,
    difference,
    fees,
    known_at,
)
from tests.subscriptions import (
    BEGAN,
    BIG,
    BUNDLE,
    GB,
    MB,
    WHOLE,
    account,
    bill,
    stretch,
    terms,
)

pytestmark = pytest.mark.usefixtures("nothing_known")

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("price", "rest"),
    [(50, ("account", "overage", 2, 100)), (70, ("account", "overage", 1, 160))],
)
def test_more_overage_than_was_billed(price: int, rest: tuple[str, str, int, int]) -> None:
    """Whole blocks where their price is what it was, and one amount where it is not."""
    line = [stretch(1, WHOLE)]
    before = charges(account(WHOLE), 0, line, {"s1": 10 * GB + 1})
    dear = replace(WHOLE, overage_price_minor=price)
    due = charges(account(dear), 0, [stretch(1, dear)], {"s1": 10 * GB + 250 * MB})
    assert difference(before, []) == before
    assert bill(difference(due, before)) == [rest]


def test_what_was_billed_in_advance_is_credited_by_the_same_shares() -> None:
    """A change after the fee was billed: the old plan's rest goes back, the new one's comes."""
    change = BEGAN + 10 * DAY
    timeline = [stretch(1, BUNDLE, ends=change), stretch(2, BIG, change, line=1)]
    advance = fees(account(BUNDLE), 0, known_at(timeline, BEGAN))
    assert bill(advance) == [("s1", "fee", 1, 1500)]
    rest = difference(charges(account(BUNDLE), 0, timeline, {}), advance)
    assert bill(rest) == [("s1", "fee", 1, 484 - 1500), ("s2", "fee", 1, 2100)]
    assert difference(charges(account(BUNDLE), 0, timeline, {}), [*advance, *rest]) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([10], [(-1016, 21)]),
        ([10, 4], [(-1016, 21), (-290, 6)]),
        ([10, 20], [(-1016, 21), (484, 10)]),
        ([10, None], [(-1016, 21), (1016, 21)]),
        ([10, 0], [(-1016, 21), (-484, 10)]),
        ([0], [(-1500, 31)]),
    ],
)
def test_a_credit_says_the_days_of_its_own_amount(
    changes: list[int | None], said: list[tuple[int, int]]
) -> None:
    """Billed for 31 days, then known to end after these: each step says what it moves."""
    billed = fees(account(BUNDLE), 0, [stretch(1, BUNDLE)])
    found = []
    for ends in changes:
        line = stretch(1, BUNDLE, ends=None if ends is None else BEGAN + ends * DAY)
        rest = difference(fees(account(BUNDLE), 0, [line]), billed)
        found += [(one.amount_minor, one.days) for one in rest]
        billed += rest
    assert found == said


def test_an_adjustment_of_usage_says_the_bytes_of_its_own_amount() -> None:
    """Late usage is billed for itself, not once more for the whole period."""
    of = terms("pay_per_mb", fee_minor=0)
    billed: list[Charge] = []
    for used, said in ((2 * MB, (2, 2 * MB)), (5 * MB, (3, 3 * MB)), (4 * MB, (-1, MB))):
        rest = difference(charges(account(of), 0, [stretch(1, of)], {"s1": used}), billed)
        assert [(one.amount_minor, one.bytes) for one in rest] == [said]
        billed += rest


def test_a_fee_that_is_not_owed_after_all_goes_back() -> None:
    """What was billed and is not due is credited whole."""
    advance = fees(account(BUNDLE), 0, [stretch(1, BUNDLE)])
    assert bill(difference([], advance)) == [("s1", "fee", 1, -1500)]


ONE = Charge("s1", "l1", "fee", BUNDLE, 1, 500, 10, 31)
MORE = Charge("account", "l1", "overage", WHOLE, 4, 50, bytes=400 * MB)


@pytest.mark.parametrize(
    ("due", "billed", "expected"),
    [
        ([ONE], [], [ONE]),
        ([ONE], [ONE], []),
        ([ONE], [replace(ONE, unit_minor=300, days=6)], [replace(ONE, unit_minor=200, days=4)]),
        ([ONE], [replace(ONE, unit_minor=800, days=16)], [replace(ONE, unit_minor=-300, days=6)]),
        ([], [ONE], [replace(ONE, unit_minor=-500)]),
        ([], [ONE, replace(ONE, unit_minor=-500)], []),
        (
            [],
            [ONE, replace(ONE, unit_minor=-200, days=4)],
            [replace(ONE, unit_minor=-300, days=6)],
        ),
        (
            [],
            [replace(ONE, unit_minor=-200, days=4)],
            [replace(ONE, unit_minor=200, days=4)],
        ),
        (
            [ONE],
            [replace(ONE, unit_minor=1_000, days=20)],
            [replace(ONE, unit_minor=-500, days=10)],
        ),
        ([], [replace(ONE, unit_minor=1, days=1)], [replace(ONE, unit_minor=-1, days=1)]),
        (
            [],
            [replace(ONE, unit_minor=1, days=1), replace(ONE, unit_minor=4, days=3)],
            [replace(ONE, unit_minor=-5, days=4)],
        ),
        ([], [MORE], [replace(MORE, quantity=1, unit_minor=-200)]),
        (
            [],
            [replace(MORE, quantity=-1, bytes=100 * MB)],
            [replace(MORE, quantity=1, unit_minor=50, bytes=100 * MB)],
        ),
        (
            [replace(MORE, unit_minor=0)],
            [replace(MORE, quantity=1, bytes=100 * MB)],
            [replace(MORE, quantity=1, unit_minor=-50, bytes=300 * MB)],
        ),
        (
            [MORE],
            [replace(MORE, quantity=1, bytes=100 * MB)],
            [replace(MORE, quantity=3, bytes=300 * MB)],
        ),
        (
            [MORE],
            [replace(MORE, quantity=6, bytes=600 * MB)],
            [replace(MORE, quantity=-2, bytes=200 * MB)],
        ),
        (
            [MORE],
            [replace(MORE, quantity=1, unit_minor=70, bytes=MB)],
            [replace(MORE, quantity=1, unit_minor=130, bytes=399 * MB)],
        ),
        (
            [MORE],
            [MORE, replace(MORE, quantity=-1, bytes=100 * MB)],
            [replace(MORE, quantity=1, bytes=100 * MB)],
        ),
        (
            [],
            [replace(MORE, quantity=2, bytes=200 * MB), replace(MORE, quantity=1, bytes=MB)],
            [replace(MORE, quantity=1, unit_minor=-150, bytes=201 * MB)],
        ),
    ],
)
def test_all_that_is_said_of_a_difference(
    due: list[Charge], billed: list[Charge], expected: list[Charge]
) -> None:
    """Days and bytes are those of its own amount, whichever way it goes."""
    assert difference(due, billed) == expected
