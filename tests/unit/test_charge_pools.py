"""What a pool costs in a period: one price whatever its members, or the sum of what they bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.billing.subscriptions.charges import (
    charges,
    included_bytes,
)
from tests.subscriptions import BEGAN, GB, MB, account, bill, stretch, terms

pytestmark = pytest.mark.usefixtures("nothing_known")

DAY = timedelta(days=1)


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
