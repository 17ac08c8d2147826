"""What a period costs, for every cell of the matrix of subscription kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.billing.subscriptions.charges import (
    Charge,
    Stretch,
    charges,
    difference,
    fees,
    high_speed_bytes,
    included_bytes,
    known_at,
)
from checkout.billing.subscriptions.terms import Terms
from tests.subscriptions import BEGAN, GB, MB, account, bill, forget, stretch, terms

DAY = timedelta(days=1)
BUNDLE = terms(prorate=True)
WHOLE = terms()
BIG = terms(sku="BIG", fee_minor=3_100, data_bytes=31 * GB, prorate=True)


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    """What an earlier test has computed proves nothing here."""
    forget()


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


def test_a_static_pool_has_one_price_whatever_its_members() -> None:
    """Balance and price are the pool's; the usage of all members is summed; never prorated."""
    of = terms("static_pool", activation_fee_minor=700)
    pool = account(of, activated_at=BEGAN + DAY)
    members = [stretch(n, None, BEGAN + n * DAY, used=BEGAN + n * DAY) for n in range(1, 4)]
    used = {"s1": 30 * GB, "s2": 20 * GB, "s3": 50 * MB}
    assert included_bytes(pool, 0, members) == included_bytes(pool, 0, []) == 50 * GB
    assert bill(charges(pool, 0, members, used)) == [
        ("account", "fee", 1, 10_000),
        ("account", "activation", 1, 700),
        ("account", "overage", 1, 50),
    ]
    assert bill(charges(replace(pool, ends=BEGAN + 40 * DAY), 1, [], {})) == [
        ("account", "fee", 1, 10_000)
    ]
    assert charges(replace(pool, ends=BEGAN + 40 * DAY), 2, [], {}) == []


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


def test_a_first_usage_without_an_activation_fee_costs_nothing() -> None:
    """There is no item of nothing."""
    line = [stretch(1, WHOLE, used=BEGAN)]
    assert bill(charges(account(WHOLE), 0, line, {})) == [("s1", "fee", 1, 1500)]


@pytest.mark.parametrize(("prorate", "fee", "data"), [(True, 1016, 7 * GB), (False, 1500, 10 * GB)])
def test_a_dynamic_pool_is_the_sum_of_its_members(prorate: bool, fee: int, data: int) -> None:
    """Each brings data and price; the pool plan says whether joining is prorated."""
    of = terms("dynamic_pool", prorate=prorate)
    member = terms(sku="MEMBER", prorate=not prorate, data_bytes=10_333_333_333)
    whole = replace(member, data_bytes=10 * GB)
    members = [stretch(1, whole), stretch(2, member if prorate else whole, BEGAN + 10 * DAY)]
    pool = account(of)
    assert included_bytes(pool, 0, members) == 10 * GB + data
    used = {"s1": 16 * GB, "s2": 6 * GB}
    assert bill(charges(pool, 0, members, used))[:2] == [
        ("s1", "fee", 1, 1500),
        ("s2", "fee", 1, fee),
    ]
    over = 22 * GB - 10 * GB - data
    assert bill(charges(pool, 0, members, used))[2:] == [
        ("account", "overage", over // (100 * MB), over // (100 * MB) * 50)
    ]


def test_an_empty_dynamic_pool_costs_nothing() -> None:
    """No member, no fee and no data."""
    pool = account(terms("dynamic_pool"))
    assert charges(pool, 0, [], {}) == []
    assert included_bytes(pool, 0, []) == 0


def test_the_activation_fee_comes_once_in_the_period_of_first_usage() -> None:
    """Never for a line that was never used, and not again after a change of plan."""
    of = terms(activation_fee_minor=500)
    line = [stretch(1, of, ends=BEGAN + 40 * DAY, used=BEGAN + 35 * DAY)]
    changed = [*line, stretch(2, of, BEGAN + 40 * DAY, used=BEGAN + 35 * DAY, line=1)]
    kinds = [[one.kind for one in charges(account(of), n, changed, {})] for n in range(3)]
    assert kinds == [["fee"], ["fee", "activation"], ["fee"]]
    never = charges(account(of), 0, [stretch(1, of)], {})
    assert [one.kind for one in never] == ["fee"]


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
