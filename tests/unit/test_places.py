"""Countries and regions by the names people use."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pycountry
import pytest

from catalog import places
from catalog.native_names import native_countries
from catalog.place_tables import (
    CLDR_REGIONS,
    COUNTRY_ALIASES,
    LOOK_ALIKES,
    NAME_ORDER,
    REGION_ALIASES,
    REGIONS,
    TAKEN_FOR,
)
from catalog.places import (
    ALL_COUNTRIES,
    country_codes,
    country_name,
    coverage_name,
    fold,
    look_alikes,
    place_phrases,
    region_countries,
)


def test_examples_of_places_hold() -> None:
    """The documentation of the module is true."""
    outcome = doctest.testmod(places)
    assert outcome.attempted
    assert not outcome.failed


def test_the_world_is_every_country_of_the_standard_and_kosovo() -> None:
    """Continents together miss no country and invent none."""
    standard = {country.alpha_2 for country in pycountry.countries}
    assert standard | {"XK"} == ALL_COUNTRIES


def test_tables_name_only_countries_and_regions_that_exist() -> None:
    """No table has a mistyped code, and all phrases stand as they are compared."""
    alike = {code for group in LOOK_ALIKES for code in group}
    named = {code for codes in COUNTRY_ALIASES.values() for code in codes}
    assert alike | named | set(TAKEN_FOR) <= ALL_COUNTRIES
    assert {*REGION_ALIASES.values(), *CLDR_REGIONS.values()} <= REGIONS.keys()
    for phrase in (*COUNTRY_ALIASES, *REGION_ALIASES, *REGIONS):
        assert fold(phrase) == phrase


def test_the_order_of_names_is_that_of_the_names() -> None:
    """The ranks are what sorting by the English names gives."""
    assert list(NAME_ORDER) == sorted(ALL_COUNTRIES, key=lambda code: fold(country_name(code)))


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("deutschland", {"DE"}),
        ("belgique", {"BE"}),
        ("suisse", {"CH"}),
        ("sver", {"SE"}),
        ("sve", set()),
        (fold("日本"), {"JP"}),
        ("norvia", set()),
    ],
)
def test_countries_by_their_own_names(word: str, codes: set[str]) -> None:
    """Names in the official languages, from four letters on also begun."""
    assert native_countries(word) == codes


@pytest.mark.parametrize(
    ("phrase", "language", "codes"),
    [
        ("Spain", "en", ("ES",)),
        ("es", "en", ("ES",)),
        ("ESP", "en", ("ES",)),
        ("UK", "en", ("GB",)),
        ("usa", "en", ("US",)),
        ("Holland", "en", ("NL",)),
        ("Ivory Coast", "en", ("CI",)),
        ("cote d'ivoire", "en", ("CI",)),
        ("Turkey", "en", ("TR",)),
        ("Türkiye", "en", ("TR",)),
        ("Congo", "en", ("CD", "CG")),
        ("DR Congo", "en", ("CD",)),
        ("Bosnia and Herzegovina", "en", ("BA",)),
        ("St. Lucia", "en", ("LC",)),
        ("Saint Lucia", "en", ("LC",)),
        ("Kosovo", "en", ("XK",)),
        ("xkx", "en", ("XK",)),
        ("Deutschland", "de", ("DE",)),
        ("Germany", "de", ("DE",)),
        ("Deutschland", "en", ()),
        ("Österreich", "de-AT", ("AT",)),
        ("日本", "ja", ("JP",)),
        ("Spain", "qq", ("ES",)),
        ("Spain", "not a language", ("ES",)),
        ("europe", "en", ()),
        ("atlantis", "en", ()),
    ],
)
def test_a_phrase_names_countries(phrase: str, language: str, codes: tuple[str, ...]) -> None:
    """Names in both languages, everyday names and codes; regions are no country."""
    assert country_codes(phrase, language) == codes


def test_every_country_is_found_by_its_own_name() -> None:
    """No everyday name or region hides a country's name or code."""
    for language in ("en", "de", "fr", "es"):
        for code in ALL_COUNTRIES:
            assert code in country_codes(country_name(code, language), language), (code, language)
            assert country_codes(code) == (code,)


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("europe", "ES", "TR"),
        ("EU", "IE", "GB"),
        ("Latin America", "BR", "US"),
        ("latam", "MX", "CA"),
        ("middle_east", "AE", "PK"),
        ("gulf", "QA", "IQ"),
        ("balkans", "XK", "HU"),
        ("nordics", "IS", "EE"),
        ("worldwide", "AQ", "ZZ"),
    ],
)
def test_a_region_has_its_countries(name: str, has: str, lacks: str) -> None:
    """Regions and their other names give sets of codes."""
    assert has in region_countries(name)
    assert lacks not in region_countries(name)


def test_an_unknown_region_is_empty() -> None:
    """Nothing is guessed."""
    assert region_countries("atlantis") == frozenset()


def test_region_names_are_known_in_other_languages() -> None:
    """The Unicode names of regions mean ours."""
    assert place_phrases("de")["europa"].countries == REGIONS["europe"]
    assert place_phrases("fr")["afrique"].is_region


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("AT", ("AU",)),
        ("NG", ("NE",)),
        ("CD", ("CG",)),
        ("DM", ("DO",)),
        ("SK", ("SI",)),
        ("GN", ("GQ", "GW", "PG")),
        ("IQ", ("IR",)),
        ("GE", ("US",)),
        ("US", ()),
        ("FR", ()),
    ],
)
def test_look_alikes(code: str, others: tuple[str, ...]) -> None:
    """Countries that people take for each other know of it."""
    assert look_alikes(code) == others


@pytest.mark.parametrize(
    ("countries", "name"),
    [
        (("ES",), "Spain"),
        (("HK",), "Hong Kong"),
        (("AT", "CH", "DE"), "Austria, Switzerland, Germany"),
        (("ES", "FR"), "Spain, France"),
        (("ES", "FR", "IT", "MT"), "4 countries"),
        (tuple(sorted(REGIONS["north america"])), "North America"),
        (tuple(sorted(REGIONS["gcc"])), "GCC"),
        ((), ""),
    ],
)
def test_a_coverage_has_a_short_name(countries: tuple[str, ...], name: str) -> None:
    """One country, a region, a few countries, or their number."""
    assert coverage_name(countries) == name


def test_importing_loads_no_library_of_places() -> None:
    """Names and codes are loaded when the first search needs them, not at start."""
    program = (
        "import sys, catalog.plan_rules, catalog.search, catalog.plan_files;"
        "sys.exit(', '.join({'babel', 'pycountry', 'rapidfuzz'} & sys.modules.keys()) or 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
