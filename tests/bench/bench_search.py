"""How search compares with a plain loop over folded strings; run it from the project root."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter

from catalog.place_tables import REGIONS
from catalog.places import ALL_COUNTRIES, country_name, fold
from catalog.plans import Plan, PlanKind
from catalog.search import SearchIndex

QUERIES = (
    "s", "spain", "spa", "sapin", "jp 5 7", "europe 10gb", "5gb", "prepaid", "germany 30 days",
    "es-5gb", "south korea 3 gb", "norvia france", "united sta 5", "austr", "global", "zzzz",
)  # fmt: skip


def many_plans(count: int) -> list[Plan]:
    """Seeded plans: mostly one country, some regions, a few for the whole world."""
    chance = random.Random(7)
    codes = sorted(ALL_COUNTRIES)
    regions = [tuple(sorted(members)) for members in REGIONS.values()]
    return [_plan(number, chance, codes, regions) for number in range(count)]


def _plan(
    number: int, chance: random.Random, codes: list[str], regions: list[tuple[str, ...]]
) -> Plan:
    wide = chance.random() < 0.1
    countries = chance.choice(regions) if wide else (chance.choice(codes),)
    size, days = chance.choice((1, 3, 5, 10, 20)), chance.choice((7, 15, 30))
    operator = chance.choice(("Norvia", "Solmar", "Tessera", "Orbis"))
    where = "Region" if wide else country_name(countries[0])
    return Plan(
        sku=f"{countries[0]}-{size}GB-{days}D-{number}",
        kind=PlanKind.PREPAID,
        name=f"{where} {size} GB · {days} days",
        currency="EUR",
        operator=operator,
        countries=countries,
        price_minor=size * 250 + chance.randrange(100),
        data_bytes=size * 10**9,
        validity_days=days,
    )


def plain_loop(folded: list[str], query: str) -> list[int]:
    """The least that any search has to do: every word in every string."""
    words = fold(query).split()
    return [at for at, text in enumerate(folded) if all(word in text for word in words)]


def milliseconds(work: Callable[[], object], times: int = 7) -> float:
    """Median wall time of one call."""
    spent = []
    for _ in range(times):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return median(spent) * 1000


def report(count: int) -> Iterator[str]:
    """The lines of one table for a catalogue of `count` plans."""
    plans = many_plans(count)
    build = milliseconds(partial(SearchIndex.build, plans), times=5)
    index = SearchIndex.build(plans)
    folded = [fold(f"{plan.sku} {plan.name} {plan.operator}") for plan in plans]
    yield f"{count} plans; index built in {build:.0f} ms"
    yield f"{'query':<20}{'found':>7}{'index ms':>10}{'loop ms':>10}{'ratio':>8}"
    for query in QUERIES:
        found = len(index.search(query))
        ours = milliseconds(partial(index.search, query))
        loop = milliseconds(partial(plain_loop, folded, query))
        yield f"{query:<20}{found:>7}{ours:>10.2f}{loop:>10.2f}{ours / loop:>8.2f}"


if __name__ == "__main__":
    for size in (5_000, 50_000):
        sys.stdout.writelines(f"{line}\n" for line in report(size))
