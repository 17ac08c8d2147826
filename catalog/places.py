"""Countries and regions by the names people use for them, in any interface language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from catalog.place_tables import (
    CLDR_REGIONS,
    COUNTRY_ALIASES,
    LOOK_ALIKES,
    REGION_ALIASES,
    REGIONS,
    SHORT_NAMES,
    TAKEN_FOR,
)

ALL_COUNTRIES = REGIONS["global"]
"""Every ISO 3166-1 alpha-2 code, and XK."""

_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae"})
_BESIDE_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """What a phrase means: one country, or several when it is a region or does not decide."""

    countries: frozenset[str]
    is_region: bool = False


def fold(text: str) -> str:
    """Words in lower case without accents and punctuation, parted by single blanks.

    >>> fold("  Côte d’Ivoire: ÅLAND ")
    'cote d ivoire aland'
    """
    bare = text.casefold()
    if not bare.isascii():
        parts = unicodedata.normalize("NFKD", bare)
        bare = "".join(mark for mark in parts if not unicodedata.combining(mark))
        bare = bare.translate(_UNDECOMPOSED)
    return _BESIDE_WORDS.sub(" ", bare).strip()


def region_countries(name: str) -> frozenset[str]:
    """The countries of a named region ("europe", "Latin_America", "gulf"); empty when unknown."""
    folded = fold(name)
    return REGIONS.get(REGION_ALIASES.get(folded, folded), frozenset())


def country_name(code: str, language: str = "en") -> str:
    """The name of a country in a language; an unknown code is its own name.

    >>> country_name("ES"), country_name("ES", "de"), country_name("QQ")
    ('Spain', 'Spanien', 'QQ')
    """
    return _territories(language).get(code, code) if code in ALL_COUNTRIES else code


def coverage_name(countries: Sequence[str], language: str = "en") -> str:
    """A set of countries in few words: "Spain", "Europe", "Austria, Germany", "12 countries"."""
    if len(countries) <= 3:
        return ", ".join(country_name(code, language) for code in countries)
    for name, members in REGIONS.items():
        if members == frozenset(countries):
            return name.upper() if len(name) < 4 else name.title()
    return f"{len(countries)} countries"


def country_codes(phrase: str, language: str = "en") -> tuple[str, ...]:
    """The countries a whole phrase names: a name, an alias, ISO-2 or ISO-3; sorted.

    >>> country_codes("uk"), country_codes("Congo"), country_codes("deu"), country_codes("europe")
    (('GB',), ('CD', 'CG'), ('DE',), ())
    """
    place = place_phrases(language).get(fold(phrase))
    return () if place is None or place.is_region else tuple(sorted(place.countries))


def look_alikes(code: str) -> tuple[str, ...]:
    """The other countries that this one is taken for: Austria -> Australia."""
    others = [other for group in LOOK_ALIKES if code in group for other in group if other != code]
    return (*others, *TAKEN_FOR.get(code, ()))


@cache
def place_phrases(language: str = "en") -> Mapping[str, Place]:
    """Every folded phrase that names a place, in English and in the language.

    Of equal phrases the later source wins: ISO codes, regions, English names, everyday names,
    names in the language.
    """
    phrases = {code: _country(alpha_2) for code, alpha_2 in iso_codes().items()}
    phrases |= {name: Place(members, is_region=True) for name, members in REGIONS.items()}
    phrases |= {name: phrases[region] for name, region in REGION_ALIASES.items()}
    phrases |= dict(_standard_names()) | dict(_names("en"))
    phrases |= {name: Place(frozenset(codes)) for name, codes in COUNTRY_ALIASES.items()}
    return phrases if language == "en" else phrases | dict(_names(language))


@cache
def place_words(language: str = "en") -> Mapping[str, frozenset[Place]]:
    """Each word that occurs in the name of a place -> the places whose names have it."""
    found: dict[str, set[Place]] = {}
    for phrase, place in place_phrases(language).items():
        for word in () if phrase in iso_codes() else phrase.split():
            found.setdefault(word, set()).add(place)
    return {word: frozenset(places) for word, places in found.items()}


@cache
def iso_codes() -> Mapping[str, str]:
    """Codes of two and three letters in lower case -> ISO 3166-1 alpha-2."""
    import pycountry

    codes = {country.alpha_3.lower(): country.alpha_2 for country in pycountry.countries}
    return codes | {"xkx": "XK"} | {code.lower(): code for code in ALL_COUNTRIES}


def _country(code: str) -> Place:
    return Place(frozenset({code}))


def _standard_names() -> Iterator[tuple[str, Place]]:
    """The English names of the standard: "Bosnia and Herzegovina", "Bolivia"."""
    import pycountry

    for country in pycountry.countries:
        for name in ("name", "common_name"):
            if hasattr(country, name):
                yield fold(getattr(country, name)), _country(country.alpha_2)


def _names(language: str) -> Iterator[tuple[str, Place]]:
    """The names of regions and countries in a language."""
    for code, name in _territories(language).items():
        if code in CLDR_REGIONS:
            yield fold(name), Place(REGIONS[CLDR_REGIONS[code]], is_region=True)
        elif code in ALL_COUNTRIES:
            yield fold(name), _country(code)


@cache
def _territories(language: str) -> Mapping[str, str]:
    """Unicode names of territories by code; English when the language is unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    names: dict[str, str] = dict(locale.territories)
    return names | SHORT_NAMES if locale.language == "en" else names
