"""What countries call themselves: "Deutschland", "España", "日本"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from catalog.places import ALL_COUNTRIES, fold

_BEGINS_FROM = 4


def native_countries(word: str) -> frozenset[str]:
    """The countries with this folded word in their own name, or with one that it begins.

    The first call takes some tenths of a second; ask when no other name fits.
    """
    words = _native_words()
    if word in words or len(word) < _BEGINS_FROM:
        return words.get(word, frozenset())
    return frozenset().union(*(codes for name, codes in words.items() if name.startswith(word)))


@cache
def _native_words() -> Mapping[str, frozenset[str]]:
    """Each folded word of a country's names in its official languages -> the countries."""
    from babel import localedata

    found: dict[str, set[str]] = defaultdict(set)
    for language, countries in _languages().items():
        names = localedata.load(language, merge_inherited=False).get("territories", {})
        for code in countries & names.keys():
            for word in fold(names[code]).split():
                found[word].add(code)
    return {word: frozenset(codes) for word, codes in found.items()}


def _languages() -> Mapping[str, set[str]]:
    """Each language that is the first one of some country -> where it is official."""
    from babel import localedata
    from babel.core import get_global

    official: dict[str, list[str]] = {}
    for code in ALL_COUNTRIES:
        spoken = get_global("territory_languages").get(code, {})
        names = [name for name, facts in spoken.items() if facts["official_status"]]
        official[code] = sorted(names, key=lambda name: -spoken[name]["population_percent"])
    first = {names[0] for names in official.values() if names} - {"en"}
    return {
        language: {code for code, names in official.items() if language in names}
        for language in first
        if localedata.exists(language)
    }
