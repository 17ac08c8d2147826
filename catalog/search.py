"""Search over plans: country, region, data, days, operator, SKU and kind in any order.

Every part of a query must fit a plan. What fits is ordered by how exactly it fits, then fewest
countries, then price. A word with no exact hit counts as a beginning; failing that, as a country's
own name; failing that, one typo is forgiven, except in words with digits, where a wrong digit is
another plan.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nsmallest
from itertools import takewhile

from catalog.look_alike import LookAlike, ask_once
from catalog.native_names import native_countries
from catalog.places import Place, fold, place_phrases, place_words
from catalog.plans import Plan, PlanKind
from catalog.search_hits import Hits, all_of, beginning, distance, either, exactly, typos
from catalog.search_words import Query, data_sizes, read_query

_KIND_WORDS = {
    PlanKind.PREPAID: ("prepaid",),
    PlanKind.PAYGO: ("paygo", "payg", "pay", "as", "you", "go"),
    PlanKind.MONTHLY_BUNDLE: ("monthly", "bundle", "subscription"),
    PlanKind.PAY_PER_MB: ("pay", "per", "mb", "subscription"),
    PlanKind.UNLIMITED: ("unlimited", "subscription"),
    PlanKind.STATIC_POOL: ("static", "pool", "shared", "subscription"),
    PlanKind.DYNAMIC_POOL: ("dynamic", "pool", "subscription"),
}


@dataclass(frozen=True, slots=True)
class PlanCard:
    """The little that search needs of a plan, for lists that do not load whole plans."""

    sku: str
    kind: PlanKind
    name: str
    operator: str
    countries: tuple[str, ...]
    price_minor: int
    data_bytes: int | None
    high_speed_bytes: int | None
    validity_days: int | None


class SearchIndex:
    """Plans made ready for searching.

    Inside, a plan is its rank: its place when all plans fit equally well. Answers are positions
    in the sequence that the index was built from.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self._positions: list[int] = []
        self._words: dict[str, list[int]] = defaultdict(list)
        self._coverage: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._sizes: dict[int, list[int]] = defaultdict(list)
        self._days: dict[int, list[int]] = defaultdict(list)
        self._skus: list[tuple[str, int]] = []
        self._vocabulary: list[str] = []

    @classmethod
    def build(cls, plans: Sequence[Plan | PlanCard], language: str = "en") -> SearchIndex:
        """An index of plans for people whose interface speaks `language`."""
        index = cls(language)
        index._positions = sorted(range(len(plans)), key=lambda at: _preference(plans[at]))
        for rank, position in enumerate(index._positions):
            index._add(rank, plans[position])
        index._skus.sort()
        index._vocabulary = sorted({*index._words, *place_words(language)})
        return index

    def _add(self, rank: int, plan: Plan | PlanCard) -> None:
        text = fold(f"{plan.sku} {plan.name} {plan.operator}")
        for word in {*text.split(), *_KIND_WORDS[plan.kind]}:
            self._words[word].append(rank)
        self._coverage[plan.countries].append(rank)
        for size in {plan.data_bytes or 0, plan.high_speed_bytes or 0} - {0}:
            self._sizes[size].append(rank)
        if plan.validity_days:
            self._days[plan.validity_days].append(rank)
        self._skus.append((plan.sku.casefold(), rank))

    def search(self, text: str, limit: int | None = None) -> list[int]:
        """Positions of the plans that fit every part of the query, best first.

        A query without any word gives all plans in their own order.
        """
        query = read_query(text, place_phrases(self.language))
        parts = self._parts(query)
        if not parts:
            return list(range(len(self._positions)))[:limit]
        hits = all_of(parts) | self._by_sku(text)
        size = len(self._positions)
        keys = [miss * size + rank for rank, miss in hits.items()]
        best = sorted(keys) if limit is None else nsmallest(limit, keys)
        return [self._positions[key % size] for key in best]

    def ask_once(self, text: str) -> LookAlike | None:
        """The countries to choose from when a query names one that is taken for another."""
        return ask_once(text, self.language)

    def countries_named(self, text: str) -> frozenset[str]:
        """The countries that a query names, in full or by a beginning; regions are left out."""
        query = read_query(text, place_phrases(self.language))
        places = {*query.places.values()}.union(*map(self._places_of, query.words))
        return frozenset().union(*(place.countries for place in places if not place.is_region))

    def _places_of(self, word: str) -> frozenset[Place]:
        """The places that a word means, found as `_word` finds plans, typos left out."""
        known = place_words(self.language)
        begun = [] if word in known else beginning(word, self._vocabulary)
        if word in known or word in self._words or begun:
            return frozenset().union(*(known.get(near, ()) for near in (word, *begun)))
        return frozenset({Place(native_countries(word))})

    def _parts(self, query: Query) -> list[Hits]:
        """For each part of the query the plans that it fits."""
        parts = [self._place(phrase, place) for phrase, place in query.places.items()]
        parts += [self._sized(data_sizes(size)) for size in query.data_mb]
        parts += [exactly(self._days.get(days, ())) for days in query.days]
        parts += [self._word(word) for word in query.words if word not in _NOISE]
        return parts + self._numbers(query)

    def _place(self, phrase: str, place: Place) -> Hits:
        """Plans for a place; plans with its name among their own words come second."""
        own = [exactly(self._words.get(word, ())) for word in phrase.split()]
        return either(self._covering(place), all_of(own), 1)

    def _covering(self, place: Place) -> Hits:
        hits: Hits = {}
        for countries, positions in self._coverage.items():
            miss = distance(place, countries)
            if miss is not None:
                hits |= dict.fromkeys(positions, miss)
        return hits

    def _sized(self, sizes: Iterable[int]) -> Hits:
        return exactly(rank for size in sizes for rank in self._sizes.get(size, ()))

    def _numbers(self, query: Query) -> list[Hits]:
        """Numbers without a unit: data and days as in "jp 5 7", or part of a name."""
        lone = not query.data_mb and not query.days
        if len(query.bare) == 2 and lone:
            first, second = query.bare
            straight = all_of([self._gigabytes(first), self._lasting(second)])
            turned = all_of([self._gigabytes(second), self._lasting(first)])
            if pair := either(straight, turned, 2):
                return [pair]
        return [self._number(number, query) for number in query.bare]

    def _number(self, number: str, query: Query) -> Hits:
        sized = {} if query.data_mb else self._gigabytes(number)
        lasting = {} if query.days else self._lasting(number)
        own = exactly(self._words.get(number, ()))
        return either(either(sized, lasting, 1), own, 2) or self._word(number)

    def _gigabytes(self, number: str) -> Hits:
        """Plans of so many GB, or from 100 on also MB."""
        size = Decimal(number)
        sizes = data_sizes(size * 1000)
        return self._sized(sizes | data_sizes(size) if size >= 100 else sizes)

    def _lasting(self, number: str) -> Hits:
        return exactly(self._days.get(int(number), ()) if number.isdecimal() else ())

    def _word(self, word: str) -> Hits:
        """Plans with a word exactly, or begun; failing both, a country's own name or a typo."""
        hits = self._meaning([word])
        if begun := beginning(word, self._vocabulary):
            return either(hits, self._meaning(begun), 4)
        own = hits or self._covering(Place(native_countries(word)))
        return own or self._meaning(typos(word, self._vocabulary))

    def _meaning(self, words: Iterable[str]) -> Hits:
        """Plans that have one of these words themselves or in the name of a place."""
        of_places = place_words(self.language)
        places = {place for word in words for place in of_places.get(word, ())}
        regions = [place for place in places if place.is_region]
        countries = Place(frozenset().union(*(place.countries for place in places - {*regions})))
        hits = exactly(rank for word in words for rank in self._words.get(word, ()))
        for place in (countries, *regions):
            hits = either(hits, self._covering(place), 0)
        return hits

    def _by_sku(self, text: str) -> Hits:
        """The plan whose SKU was typed or scanned, and those whose SKU begins with it."""
        sku = text.strip().casefold()
        if len(sku) < 3 or not any(mark.isdecimal() or mark in "-_" for mark in sku):
            return {}
        first = bisect_left(self._skus, (sku, 0))
        begun = takewhile(lambda found: found[0].startswith(sku), self._skus[first:])
        return {rank: -1 if found == sku else 0 for found, rank in begun}


_NOISE = frozenset(["a", "an", "esim", "esims", "for", "of", "plan", "plans", "the", "with"])


def _preference(plan: Plan | PlanCard) -> tuple[int, int, str]:
    """The order of plans that fit equally well: few countries, low price."""
    return len(plan.countries), plan.price_minor, plan.sku
