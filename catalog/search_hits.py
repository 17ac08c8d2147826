"""Sets of hits with their distances, and the words near a word."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from catalog.places import Place

Hits = dict[int, int]
"""Ranks of plans -> how far off they are, 0 being exact."""


def distance(place: Place, countries: tuple[str, ...]) -> int | None:
    """How far a coverage is from a place: 0 covers it (half of a region does), None is not it."""
    common = place.countries.intersection(countries)
    if not common:
        return None
    if not place.is_region or 2 * len(common) >= len(place.countries):
        return 0
    if len(common) < len(countries):
        return None
    return 2 if len(countries) > 1 else 3


def exactly(ranks: Iterable[int]) -> Hits:
    """Hits without any distance."""
    return dict.fromkeys(ranks, 0)


def either(better: Hits, worse: Hits, farther: int) -> Hits:
    """Both kinds of hit; those only in `worse` are `farther` off."""
    if not farther:
        return worse | better
    return {at: miss + farther for at, miss in worse.items()} | better


def all_of(parts: Sequence[Hits]) -> Hits:
    """Plans in every one of the parts (at least one), their distances added."""
    found, *others = sorted(parts, key=len)
    for part in others:
        found = {at: miss + part[at] for at, miss in found.items() if at in part}
    return dict(found)


def beginning(word: str, vocabulary: Sequence[str]) -> list[str]:
    """The words of a sorted vocabulary that begin with `word`, itself left out."""
    found = []
    for at in range(bisect_left(vocabulary, word), len(vocabulary)):
        if not vocabulary[at].startswith(word):
            break
        if vocabulary[at] != word:
            found.append(vocabulary[at])
    return found


def typos(word: str, vocabulary: Iterable[str]) -> list[str]:
    """Words one slip away (letter changed, left out, added, or two swapped), or so begun."""
    if len(word) < 4 or not word.isalpha():
        return []
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    choices = [one for one in vocabulary if len(one) >= 4 and one.replace(" ", "").isalpha()]
    begun = [one[: len(word)] for one in choices]
    for shapes in (choices, begun):
        near = extract(word, shapes, scorer=OSA.distance, score_cutoff=1, limit=None)
        if near:
            return [choices[at] for _, _, at in near]
    return []
