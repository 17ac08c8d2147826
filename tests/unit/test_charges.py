"""What a period costs, for every cell of the matrix of subscription kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.billing.subscriptions.charges import (
    charges,
    fees,
    high_speed_bytes,
    included_bytes,
)
from checkout.billing.subscriptions.terms import Terms
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
    ("of", "used", "expected"),
    [
        (WHOLE, 0, [("s1", "fee", 1, 1500)]),
        (WHOLE, 10 * GB, [("s1", "fee", 1, 1500)]),
        (WHOLE, 10 * GB + 1, [("s1", "fee", 1, 1500), ("account", "overage", 1, 50)]),
        (WHOLE, 10 * GB + 100 * MB, [("s1", "fee", 1, 1500), ("account", "overage", 1, 50)]),
        (WHOLE, 10 * GB + 250 * MB, [("s1", "fee", 1, 1500), ("account", "overage", 3, 150)]),
        (terms(overage_size_bytes=None), 99 * GB, [("s1", "fee", 1, 1500)]),
        (terms("unlimited"), 999 * GB, [("s1", "fee", 1, 3000)]),
        (terms("pay_per_mb"), 0, [("s1", "mrc", 1, 200)]),
        (terms("pay_per_mb"), MB - 1, [("s1", "mrc", 1, 200)]),
        (terms("pay_per_mb"), MB, [("s1", "mrc", 1, 200), ("s1", "usage", 1, 1)]),
        (terms("pay_per_mb"), 12 * MB + 999_999, [("s1", "mrc", 1, 200), ("s1", "usage", 1, 12)]),
        (terms("pay_per_mb", fee_minor=0), 2 * MB, [("s1", "usage", 1, 2)]),
        (terms("pay_per_mb", mrc_on="active"), 0, []),
        (terms("pay_per_mb", megabyte=2**20, fee_minor=0), 2**20, [("s1", "usage", 1, 1)]),
        (
            terms("pay_per_mb", currency="JPY", rate_per_mb_micro=1_500_000, fee_minor=0),
            3 * MB,
            [("s1", "usage", 1, 4)],
        ),
    ],
)
def test_one_line_in_one_period(
    of: Terms, used: int, expected: list[tuple[str, str, int, int]]
) -> None:
    """Fees, MRC, begun blocks of overage, and whole minor units of usage."""
    assert bill(charges(account(of), 0, [stretch(1, of)], {"s1": used})) == expected


@pytest.mark.parametrize(
    ("of", "begins", "ends", "fee", "data"),
    [
        (BUNDLE, 0, None, 1500, 10 * GB),
        (BUNDLE, 10, None, 1016, 6_774_193_548),
        (BUNDLE, 0, 10, 484, 3_225_806_452),
        (BUNDLE, 10, 11, 48, 322_580_645),
        (BUNDLE, 30, None, 48, 322_580_645),
        (BUNDLE, 3, 3, 0, 0),
        (WHOLE, 10, None, 1500, 10 * GB),
        (WHOLE, 0, 1, 1500, 10 * GB),
        (WHOLE, 3, 3, 0, 0),
        (WHOLE, 31, None, 0, 0),
        (terms("unlimited", prorate=True), 10, None, 2032, 0),
        (terms("pay_per_mb", prorate=True), 0, 10, 65, 0),
    ],
)
def test_a_part_of_a_period(of: Terms, begins: int, ends: int | None, fee: int, data: int) -> None:
    """Whole days over the days of the period, for fee and data alike, or whole (decision 2)."""
    until = None if ends is None else BEGAN + ends * DAY
    lines = [stretch(1, of, BEGAN + begins * DAY, until)]
    assert sum(one.amount_minor for one in fees(account(of), 0, lines)) == fee
    assert included_bytes(account(of), 0, lines) == data


def test_a_change_splits_the_period_without_a_rest() -> None:
    """Old and new plan share the days; the same plan cut in two costs what it costs whole."""
    change = BEGAN + 10 * DAY
    both = [stretch(1, BUNDLE, ends=change), stretch(2, BIG, change, line=1)]
    assert bill(fees(account(BUNDLE), 0, both)) == [("s1", "fee", 1, 484), ("s2", "fee", 1, 2100)]
    same = [stretch(1, BUNDLE, ends=change), stretch(2, BUNDLE, change, line=1)]
    assert sum(one.amount_minor for one in fees(account(BUNDLE), 0, same)) == 1500
    assert included_bytes(account(BUNDLE), 0, same) == 10 * GB


def test_overage_after_a_change_is_of_the_period() -> None:
    """Data and usage of both plans are summed; the latest plan says what a block costs."""
    change = BEGAN + 10 * DAY
    dear = replace(BIG, overage_price_minor=99)
    both = [stretch(1, BUNDLE, ends=change), stretch(2, dear, change, line=1)]
    data = included_bytes(account(BUNDLE), 0, both)
    assert data == 3_225_806_452 + 21 * GB
    made = charges(account(BUNDLE), 0, both, {"s1": 20 * GB, "s2": data - 20 * GB + 1})
    assert bill(made)[-1] == ("account", "overage", 1, 99)


def test_a_plan_that_comes_back_in_its_begun_period_is_not_charged_again() -> None:
    """Without proration each plan counts whole, once."""
    other = replace(BIG, prorate=False)
    there_and_back = [
        stretch(1, WHOLE, ends=BEGAN + 5 * DAY),
        stretch(2, other, BEGAN + 5 * DAY, BEGAN + 9 * DAY, line=1),
        stretch(3, WHOLE, BEGAN + 9 * DAY, line=1),
    ]
    made = bill(fees(account(WHOLE), 0, there_and_back))
    assert made == [("s1", "fee", 1, 1500), ("s2", "fee", 1, 3100)]


@pytest.mark.parametrize(
    ("used", "on", "expected"),
    [(None, "all", 200), (None, "active", 0), (35, "active", 0), (30, "active", 200)],
)
def test_mrc_on_all_or_on_active_lines(used: int | None, on: str, expected: int) -> None:
    """Active at any instant of the period; afterwards it is so until it ends (decision 11)."""
    of = terms("pay_per_mb", mrc_on=on)
    first = None if used is None else BEGAN + used * DAY
    line = [stretch(1, of, used=first)]
    assert sum(one.amount_minor for one in fees(account(of), 0, line)) == expected
    assert sum(one.amount_minor for one in fees(account(of), 2, line)) == (
        200 if first else expected
    )


def test_a_first_usage_without_an_activation_fee_costs_nothing() -> None:
    """There is no item of nothing."""
    line = [stretch(1, WHOLE, used=BEGAN)]
    assert bill(charges(account(WHOLE), 0, line, {})) == [("s1", "fee", 1, 1500)]


def test_the_activation_fee_comes_once_in_the_period_of_first_usage() -> None:
    """Never for a line that was never used, and not again after a change of plan."""
    of = terms(activation_fee_minor=500)
    line = [stretch(1, of, ends=BEGAN + 40 * DAY, used=BEGAN + 35 * DAY)]
    changed = [*line, stretch(2, of, BEGAN + 40 * DAY, used=BEGAN + 35 * DAY, line=1)]
    kinds = [[one.kind for one in charges(account(of), n, changed, {})] for n in range(3)]
    assert kinds == [["fee"], ["fee", "activation"], ["fee"]]
    never = charges(account(of), 0, [stretch(1, of)], {})
    assert [one.kind for one in never] == ["fee"]


def test_high_speed_data_of_unlimited_plans_is_shared_by_days() -> None:
    """A part of a month has its share, and plans that follow each other add theirs up."""
    slow = terms("unlimited", per="month", prorate=True)
    fast = terms("unlimited", per="month", prorate=True, sku="FAST", high_speed_bytes=31 * GB)
    change = BEGAN + 10 * DAY
    assert high_speed_bytes(account(slow), 0, [stretch(1, slow, change)]) == 677_419_355
    both = [stretch(1, slow, ends=change), stretch(2, fast, change, line=1)]
    assert high_speed_bytes(account(slow), 0, both) == 322_580_645 + 21 * GB
    assert high_speed_bytes(account(slow), 0, [stretch(1, terms("unlimited"))]) == 0


def test_calendar_periods_are_parts_of_their_months() -> None:
    """From the 11th to the end of March are 21 of its 31 days."""
    of = terms(prorate=True, cycle="calendar")
    began = datetime(2026, 3, 11, 10, tzinfo=UTC)
    line = [stretch(1, of, began, datetime(2026, 5, 11, tzinfo=UTC))]
    made = [fees(account(of, began), number, line) for number in range(3)]
    assert [one.amount_minor for (one,) in made] == [1016, 1500, 484]
    assert [(one.days, one.of_days) for (one,) in made] == [(21, 31), (30, 30), (10, 31)]
