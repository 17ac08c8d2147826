"""All that is said of a charge: for what, by which terms, how many days and bytes, when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.billing.subscriptions.charges import (
    Charge,
    Stretch,
    charges,
    known_at,
)
from checkout.billing.subscriptions.terms import Terms
from tests.subscriptions import BEGAN, BIG, BUNDLE, GB, MB, WHOLE, account, stretch, terms

pytestmark = pytest.mark.usefixtures("nothing_known")

DAY = timedelta(days=1)


POOL, SHARED = terms("static_pool", activation_fee_minor=700), terms("dynamic_pool", prorate=True)
METER = terms("pay_per_mb", prorate=True, activation_fee_minor=300)
NINE = terms("pay_per_mb", rate_per_mb_micro=9, fee_minor=0)
FIRST, LAST, NEXT = BEGAN + 10 * DAY, BEGAN + 20 * DAY, BEGAN + 31 * DAY


@pytest.mark.parametrize(
    ("of", "lines", "used", "expected"),
    [
        (
            BUNDLE,
            [stretch(1, BUNDLE, FIRST, LAST)],
            {"s1": 4 * GB},
            [
                Charge("s1", "l1", "fee", BUNDLE, 1, 484, 10, 31),
                Charge("account", "l1", "overage", BUNDLE, 8, 50, bytes=774_193_549),
            ],
        ),
        (
            WHOLE,
            [stretch(1, WHOLE, FIRST, used=LAST)],
            {},
            [Charge("s1", "l1", "fee", WHOLE, 1, 1500, 31, 31)],
        ),
        (
            WHOLE,
            [stretch(1, WHOLE, FIRST, LAST)],
            {},
            [Charge("s1", "l1", "fee", WHOLE, 1, 1500, 31, 31)],
        ),
        (
            BUNDLE,
            [
                stretch(1, WHOLE, ends=FIRST),
                stretch(2, WHOLE, FIRST, LAST, line=1),
                stretch(3, BIG, LAST, line=1),
            ],
            {},
            [
                Charge("s1", "l1", "fee", WHOLE, 1, 1500, 31, 31),
                Charge("s3", "l1", "fee", BIG, 1, 1100, 11, 31),
            ],
        ),
        (
            WHOLE,
            [stretch(1, WHOLE, ends=NEXT), stretch(2, BIG, NEXT, line=1)],
            {"s1": 10 * GB + 1},
            [
                Charge("s1", "l1", "fee", WHOLE, 1, 1500, 31, 31),
                Charge("account", "l1", "overage", WHOLE, 1, 50, bytes=1),
            ],
        ),
        (NINE, [stretch(1, NINE)], {"s1": 1_111_111_111}, []),
        (
            NINE,
            [stretch(1, NINE)],
            {"s1": 1_111_111_112},
            [Charge("s1", "l1", "usage", NINE, 1, 1, bytes=1_111_111_112)],
        ),
        (
            METER,
            [
                stretch(1, METER, ends=FIRST, used=BEGAN),
                stretch(2, METER, FIRST, used=BEGAN, line=1),
            ],
            {"s1": MB, "s2": 2 * MB + 1},
            [
                Charge("s1", "l1", "mrc", METER, 1, 65, 10, 31),
                Charge("s2", "l1", "mrc", METER, 1, 135, 21, 31),
                Charge("s1", "l1", "activation", METER, 1, 300),
                Charge("s2", "l1", "usage", METER, 1, 3, bytes=3 * MB + 1),
            ],
        ),
        (
            POOL,
            [stretch(1, None, used=FIRST), stretch(2, None, FIRST)],
            {"s1": 50 * GB, "s2": 1},
            [
                Charge("account", None, "fee", POOL, 1, 10_000, 31, 31),
                Charge("account", None, "activation", POOL, 1, 700),
                Charge("account", None, "overage", POOL, 1, 50, bytes=1),
            ],
        ),
        (
            SHARED,
            [stretch(1, WHOLE, FIRST, LAST), stretch(2, BIG, LAST)],
            {"s1": 15 * GB, "s2": 1},
            [
                Charge("s1", "l1", "fee", WHOLE, 1, 484, 10, 31),
                Charge("s2", "l2", "fee", BIG, 1, 1100, 11, 31),
                Charge("account", None, "overage", SHARED, 8, 50, bytes=774_193_550),
            ],
        ),
    ],
)
def test_all_that_is_said_of_a_charge(
    of: Terms, lines: list[Stretch], used: dict[str, int], expected: list[Charge]
) -> None:
    """For what and which line, by which terms, how many days of how many, how many bytes."""
    at = next((one.activated_at for one in lines if one.activated_at), None)
    assert charges(account(of, activated_at=at), 0, lines, used) == expected


def test_nothing_begins_or_goes_on_at_its_end() -> None:
    """A stretch of no time, an account that ends as a period begins, an activation at its end."""
    ends = account(POOL).cycle.begins(1)
    assert charges(account(POOL, ends=ends), 1, [], {}) == []
    assert len(charges(account(POOL, ends=ends + DAY), 1, [], {})) == 1
    assert charges(account(WHOLE), 1, [stretch(1, WHOLE, ends=ends)], {}) == []
    assert charges(account(WHOLE), 0, [stretch(1, WHOLE, FIRST, FIRST)], {}) == []
    assert charges(account(WHOLE), 0, [stretch(1, WHOLE, ends)], {}) == []
    active = terms("pay_per_mb", mrc_on="active")
    for used, until, count in (
        (FIRST, None, 1),
        (ends, None, 0),
        (LAST, LAST, 0),
        (FIRST, LAST, 1),
    ):
        line = stretch(1, active, ends=until, used=used)
        assert len(charges(account(active), 0, [line], {})) == count
    fee = terms(activation_fee_minor=5, fee_minor=0)
    for used, count in ((BEGAN - DAY, 0), (BEGAN, 1), (LAST, 0), (ends, 0)):
        line = stretch(1, fee, ends=LAST, used=used)
        assert len(charges(account(fee), 0, [line], {})) == count


def test_stretches_are_known_as_they_were() -> None:
    """Each end and first usage counts from its instant on, and a stretch from its begin on."""
    line = stretch(1, WHOLE, FIRST, LAST, used=FIRST + DAY)
    tick = timedelta(microseconds=1)
    assert known_at([line], FIRST - tick) == []
    assert known_at([line], FIRST) == [replace(line, ends=None, activated_at=None)]
    assert known_at([line], FIRST + DAY - tick) == [replace(line, ends=None, activated_at=None)]
    assert known_at([line], FIRST + DAY) == [replace(line, ends=None)]
    assert known_at([line], LAST - tick) == [replace(line, ends=None)]
    assert known_at([line], LAST) == [line]
    open_line = stretch(1, WHOLE)
    assert known_at([open_line], LAST) == [open_line]
