"""Terms of subscriptions as they are kept, and the shares of what they cost and include."""

from __future__ import annotations

import json

import pytest

from checkout.billing.subscriptions.terms import Share, terms_from_json, terms_to_json
from tests.subscriptions import terms


@pytest.mark.parametrize("kind", ["monthly_bundle", "pay_per_mb", "unlimited", "static_pool"])
def test_terms_are_read_as_they_were_stored(kind: str) -> None:
    """Through JSON and back nothing is lost."""
    of = terms(kind, activation_fee_minor=500, prorate=True)
    assert terms_from_json(json.loads(json.dumps(terms_to_json(of)))) == of


@pytest.mark.parametrize(
    ("currency", "megabyte", "parts"),
    [("EUR", 10**6, 10**10), ("JPY", 10**6, 10**12), ("KWD", 2**20, 2**20 * 1_000)],
)
def test_a_minor_unit_has_its_parts(currency: str, megabyte: int, parts: int) -> None:
    """Bytes times millionths of the currency, by its own decimals and the operator's megabyte."""
    assert terms("pay_per_mb", currency=currency, megabyte=megabyte).parts_per_minor == parts


@pytest.mark.parametrize(
    ("share", "part"),
    [
        (Share(0, 31, 31, prorated=True), 1500),
        (Share(10, 21, 31, prorated=True), 1016),
        (Share(10, 0, 31, prorated=True), 0),
        (Share(10, 21, 31, prorated=False), 1500),
    ],
)
def test_a_share_is_whole_days_of_the_period(share: Share, part: int) -> None:
    """Prorated by days; whole when it is not prorated."""
    assert share.part(1500) == part
