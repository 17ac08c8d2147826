"""Names that people take for each other: ask once, and show the codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.place_tables import TAKEN_FOR
from catalog.places import Place, country_name, iso_codes, look_alikes, place_phrases
from catalog.search_hits import typos
from catalog.search_words import read_query


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A name in a query that may mean another country than the one it says.

    Attributes:
        typed: the folded words in question.
        candidates: (ISO alpha-2, name in the interface language), what was typed first.

    """

    typed: str
    candidates: tuple[tuple[str, str], ...]


def ask_once(text: str, language: str = "en") -> LookAlike | None:
    """The countries to choose from when a query names one that is taken for another.

    It may be typed exactly when the name is also part of another's ("niger"), as a beginning that
    only look-alikes share, or with a typo. A complete name of one country ("austria") or an ISO
    code in the query leaves no doubt. None when there is nothing to ask.
    """
    query = read_query(text, place_phrases(language))
    sure = {iso_codes()[phrase] for phrase in query.places.keys() & iso_codes().keys()}
    named = {phrase: _countries([place]) for phrase, place in query.places.items()}
    doubts = [
        (phrase, _confused(phrase, codes, language))
        for phrase, codes in named.items()
        if phrase not in iso_codes()
    ]
    whole = " ".join(query.words)
    begins = any(name.startswith(whole) for name in place_phrases(language))
    runs = [whole] if begins else query.words
    doubts += [(run, _meant(run, language)) for run in runs if len(run) >= 3]
    for typed, codes in doubts:
        if codes:
            asked = tuple((code, country_name(code, language)) for code in dict.fromkeys(codes))
            return None if sure.intersection(codes) else LookAlike(typed, asked)
    return None


def _countries(places: Iterable[Place]) -> list[str]:
    """The codes of places that are no regions, sorted."""
    return sorted({code for one in places if not one.is_region for code in one.countries})


def _confused(phrase: str, codes: list[str], language: str) -> list[str]:
    """What a whole name may mean: more than itself when it stands in another's name as well."""
    others = {other for code in codes for other in look_alikes(code)}
    within = any(
        f" {phrase}" in f" {name}" and others.intersection(place.countries)
        for name, place in place_phrases(language).items()
        if not place.is_region
    )
    is_open = len(codes) > 1 or within or any(code in TAKEN_FOR for code in codes)
    return _taken(codes) if is_open else []


def _taken(codes: list[str]) -> list[str]:
    """The countries and what they are taken for; nothing when they are taken for none."""
    others = [other for code in codes for other in look_alikes(code)]
    return [*codes, *others] if others else []


def _meant(beginning: str, language: str) -> list[str]:
    """The look-alikes that the beginning of a name, or a name with a typo, may mean."""
    phrases = place_phrases(language)
    begun = _countries(place for name, place in phrases.items() if name.startswith(beginning))
    if not begun:
        return _taken(_countries(phrases[name] for name in typos(beginning, phrases)))
    alike = {begun[0], *look_alikes(begun[0])}
    return begun if len(begun) > 1 and alike.issuperset(begun) else []
