"""Whatever a file says: a plan that holds its rules, or problems; never an exception."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, exponent
from catalog.places import ALL_COUNTRIES, fold
from catalog.plan_files import read_plan_file
from catalog.plan_rules import FIELDS, build_plan
from catalog.plans import (
    Plan,
    PlanKind,
    offer_words,
    plan_from_json,
    plan_to_json,
    start_rule_words,
)
from catalog.search import SearchIndex

words = st.text(alphabet="ABCxyz019-_.é", min_size=1, max_size=20)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "USD"])
countries = st.lists(st.sampled_from(sorted(ALL_COUNTRIES)), min_size=1, max_size=5)
counts = st.integers(1, 3000)


def amounts(currency: str, least_major: int) -> st.SearchStrategy[str]:
    """Decimal strings of a currency from a least amount of whole units."""
    least = least_major * 10 ** exponent(currency)
    return st.integers(least, 10**9).map(lambda minor: decimal_string(minor, currency))


@st.composite
def plan_fields(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of a plan that is right, of any kind."""
    kind, currency = draw(st.sampled_from(PlanKind)), draw(currencies)
    price, fee = amounts(currency, 1), amounts(currency, 0)
    billed = {
        "activation_fee": fee,
        "prorate": st.just(kind is not PlanKind.STATIC_POOL),
        "billing": st.sampled_from(["post", "pre", "advance"]),
        "bill_cycle": st.sampled_from(["anniversary", "calendar"]),
    }
    gives = {"data_mb": counts} if kind is PlanKind.PREPAID else {"credit": price}
    sold = st.fixed_dictionaries({"price": price, **gives})
    one = st.dictionaries(words, sold, max_size=3).map(_refills)
    bundle = {"price": price, "data_mb": counts}
    terms: dict[PlanKind, dict[str, st.SearchStrategy[Any]]] = {
        PlanKind.PREPAID: bundle | {"validity_days": counts, "refill": one},
        PlanKind.PAYGO: {"price": price, "rate_per_mb": st.just("0.0045"), "refill": one},
        PlanKind.MONTHLY_BUNDLE: bundle | billed,
        PlanKind.PAY_PER_MB: {"rate_per_mb": st.just("0.02"), "mrc": fee} | billed,
        PlanKind.UNLIMITED: {
            "price": price,
            "high_speed_mb": counts,
            "per": st.sampled_from(["day", "month"]),
            "throttled_kbps": counts,
            "tethering": st.sampled_from(["yes", "no", "capped"]),
        }
        | billed,
        PlanKind.STATIC_POOL: bundle | billed,
        PlanKind.DYNAMIC_POOL: billed,
    }
    common = {
        "sku": words,
        "kind": st.just(kind.value),
        "countries": countries,
        "currency": st.just(currency),
    }
    return draw(st.fixed_dictionaries(common | terms[kind]))


def _refills(by_id: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": refill_id, **terms} for refill_id, terms in by_id.items()]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=150)
@given(plan_fields())
def test_a_right_plan_survives_storage(fields: dict[str, Any]) -> None:
    """Through JSON text and back it is the same plan, and it can say what it sells."""
    plan = build_plan(fields)
    assert isinstance(plan, Plan), plan
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan
    assert plan.name
    assert offer_words(plan)
    assert start_rule_words(plan)


@settings(max_examples=100)
@given(plan_fields(), st.sampled_from(["price", "data_mb", "rate_per_mb", "activation_fee"]))
def test_no_float_becomes_money_or_bytes(fields: dict[str, Any], name: str) -> None:
    """A float in the place of an exact number is refused by name."""
    problems = build_plan(fields | {name: 5.0})
    assert isinstance(problems, list)
    assert {problem.field for problem in problems} == {name}


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=6), anything))
def test_any_fields_give_a_plan_or_problems(fields: dict[str, Any]) -> None:
    """Nonsense is explained, not raised."""
    built = build_plan(fields)
    assert isinstance(built, Plan) or built


@settings(max_examples=100)
@given(st.sampled_from(["a.toml", "a.csv", "a.jsonl"]), st.text(max_size=80))
def test_any_text_is_read_or_explained(name: str, text: str) -> None:
    """Text of any kind is read to the end or refused; each error has a line of the file."""
    try:
        told = [error.line for error in read_plan_file(name, text.replace("\x00", "")).errors]
    except Refused as refusal:
        told = [int(line) for line in re.findall(r"not read: line (\d+) ", refusal.message)]
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= line <= lines for line in told)


@settings(max_examples=60)
@given(st.lists(plan_fields(), min_size=1, max_size=8), st.text(max_size=20))
def test_a_search_gives_each_position_at_most_once(many: list[dict[str, Any]], query: str) -> None:
    """Any query gives distinct positions; a plan's own SKU finds it first."""
    plans = [plan for plan in map(build_plan, many) if isinstance(plan, Plan)]
    index = SearchIndex.build(plans)
    hits = index.search(query)
    assert len(hits) == len(set(hits))
    assert set(hits) <= set(range(len(plans)))
    assert index.search(query, limit=2) == hits[:2]


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_folding_once_is_enough(text: str) -> None:
    """Folded words fold to themselves."""
    assert fold(fold(text)) == fold(text)
