"""However a period is cut into plans, records and bills, it comes to the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.billing.subscriptions.charges import (
    Stretch,
    charges,
    difference,
    fees,
    included_bytes,
    known_at,
)
from checkout.billing.subscriptions.cycle import Cycle
from checkout.billing.subscriptions.terms import Terms
from tests.subscriptions import account, stretch, terms

ANCHORS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ZONES = st.sampled_from(["UTC", "Europe/Madrid", "America/Sao_Paulo", "Pacific/Auckland"])
KINDS = st.sampled_from(["anniversary", "calendar"])
CUTS = st.lists(st.integers(0, 40 * 24), max_size=6).map(sorted)


@settings(max_examples=60)
@given(KINDS, ANCHORS, ZONES, st.integers(0, 30))
def test_periods_follow_each_other(kind: str, anchor: datetime, zone: str, number: int) -> None:
    """Each begins where the one before it ends, and holds just the instants between."""
    cycle = Cycle(kind, anchor, zone)
    begins, ends = cycle.begins(number), cycle.begins(number + 1)
    assert begins < ends
    assert cycle.number_at(begins) == number
    assert cycle.number_at(ends - timedelta(microseconds=1)) == number
    assert 28 <= cycle.period(number).days <= 31


def cut(of: Terms, anchor: datetime, cuts: list[int]) -> list[Stretch]:
    """One line on one plan, changed to the same plan at each cut."""
    marks = [anchor, *(anchor + timedelta(hours=hours) for hours in cuts)]
    ends = [*marks[1:], None]
    return [
        stretch(n, of, begins, until, line=1)
        for n, (begins, until) in enumerate(zip(marks, ends, strict=True))
    ]


@settings(max_examples=80)
@given(ANCHORS, KINDS, CUTS, st.integers(100, 10**6), st.booleans())
def test_proration_conserves(
    anchor: datetime, kind: str, cuts: list[int], fee: int, prorate: bool
) -> None:
    """The shares of a period add up to the fee and the data of the plan, to the unit."""
    of = terms(fee_minor=fee, data_bytes=fee * 997, prorate=prorate, cycle=kind)
    whole = account(of, anchor)
    pieces, one = cut(of, anchor, cuts), cut(of, anchor, [])
    for number in range(3):
        made = sum(each.amount_minor for each in fees(whole, number, pieces))
        assert made == sum(each.amount_minor for each in fees(whole, number, one))
        assert included_bytes(whole, number, pieces) == included_bytes(whole, number, one)
    assert sum(each.amount_minor for each in fees(whole, 1, pieces)) == fee


@settings(max_examples=80)
@given(
    st.sampled_from(["monthly_bundle", "pay_per_mb", "static_pool"]),
    st.lists(st.integers(0, 30 * 10**9), min_size=1, max_size=6),
)
def test_any_split_of_usage_gives_the_same_bill(kind: str, sizes: list[int]) -> None:
    """In a line only the sum counts, in a pool the sum over its members."""
    of = terms(kind)
    pool = of.kind == "static_pool"
    members = [stretch(n, None if pool else of) for n in range(len(sizes) if pool else 1)]
    one, many = Counter({"s0": sum(sizes)}), Counter[str]()
    for number, size in enumerate(sizes):
        many[f"s{number if pool else 0}"] += size
    made = [sum(c.amount_minor for c in charges(account(of), 0, members, u)) for u in (one, many)]
    assert made[0] == made[1]


@settings(max_examples=80)
@given(
    CUTS,
    st.lists(st.integers(0, 20 * 10**9), min_size=1, max_size=5),
    st.booleans(),
    st.booleans(),
)
def test_bills_add_up_however_many_there_are(
    cuts: list[int], sizes: list[int], prorate: bool, advance: bool
) -> None:
    """Billed in advance, closed, and adjusted after each late record: the sum is the charge."""
    anchor = datetime(2026, 1, 31, 10, tzinfo=UTC)
    of, big = terms(prorate=prorate), terms(sku="BIG", fee_minor=2_000, prorate=prorate)
    line = [
        stretch(n, big if n % 2 else of, one.begins, one.ends, line=1)
        for n, one in enumerate(cut(of, anchor, cuts))
    ]
    whole, used = account(of, anchor), 0
    billed = fees(whole, 0, known_at(line, anchor)) if advance else []
    for size in sizes:
        used += size
        billed += difference(charges(whole, 0, line, {"s0": used}), billed)
    due = charges(whole, 0, line, {"s0": used})
    assert sum(one.amount_minor for one in billed) == sum(one.amount_minor for one in due)
    assert difference(due, billed) == []
