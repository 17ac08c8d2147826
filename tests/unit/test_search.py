"""Finding plans the way a clerk types, and asking when a name may mean another country."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.place_tables import REGIONS
from catalog.places import place_phrases
from catalog.plans import Plan, PlanKind
from catalog.search import PlanCard, SearchIndex
from catalog.search_words import data_sizes, read_query

GB = 10**9


def plan(sku: str, countries: str, size_gb: int = 5, days: int = 30, **terms: object) -> PlanCard:
    """A prepaid plan of Norvia unless told otherwise."""
    card = {
        "sku": sku,
        "kind": PlanKind.PREPAID,
        "name": sku,
        "operator": "Norvia",
        "countries": tuple(countries.split()),
        "price_minor": size_gb * 200,
        "data_bytes": size_gb * GB,
        "high_speed_bytes": None,
        "validity_days": days,
    }
    return PlanCard(**card | terms)  # type: ignore[arg-type]  # terms are fields of the card


EUROPE = " ".join(sorted(REGIONS["europe"]))
WORLD = " ".join(sorted(REGIONS["global"]))
PLANS = [
    plan("world-10", WORLD, 10),
    plan("jp-5-7", "JP", 5, 7),
    plan("jp-7-5", "JP", 7, 5),
    plan("jp-50-7", "JP", 50, 7),
    plan("jp-5-30", "JP", 5, 30, operator="Sakura Télécom"),
    plan("europe-10", EUROPE, 10),
    plan("europe-5", EUROPE, 5),
    plan("es-10", "ES", 10),
    plan("es-half", "ES", 1, 7, data_bytes=500_000_000),
    plan("es-odd", "ES", 1, 7, data_bytes=2**30, price_minor=190),
    plan("us-5", "US"),
    plan("kr-5", "KR"),
    plan("at-5", "AT"),
    plan("au-5", "AU"),
    plan("ng-5", "NG"),
    plan("gw-5", "GW"),
    plan("gn-5", "GN"),
    plan("gulf-5", "AE BH KW OM QA SA"),
    plan(
        "free-es",
        "ES",
        kind=PlanKind.UNLIMITED,
        data_bytes=None,
        high_speed_bytes=3 * GB,
        validity_days=None,
    ),
    plan("pool-100", "", 100, kind=PlanKind.STATIC_POOL, validity_days=None, name="Fleet"),
]
INDEX = SearchIndex.build(PLANS)


def found(query: str, index: SearchIndex = INDEX) -> list[str]:
    """The SKUs that a query finds, best first."""
    return [PLANS[position].sku for position in index.search(query)]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("jp 5 7", "jp-5-7"),
        ("japan 5gb 7d", "jp-5-7"),
        ("7 days 5 GB Japan", "jp-5-7"),
        ("JPN 5 gb 1 week", "jp-5-7"),
        ("jap 5000mb 7-day", "jp-5-7"),
        ("jp 7 5", "jp-7-5"),
        ("europe 10gb", "europe-10"),
        ("euro 10", "europe-10"),
        ("10 GB EUROPE", "europe-10"),
        ("spain 10", "es-10"),
        ("espagne", ""),
        ("españa 10", "es-10"),
        ("espan 10", "es-10"),
        ("Österreich", "at-5"),
        ("osterreich", "at-5"),
        ("日本 5 7", "jp-5-7"),
        ("대한민국", "kr-5"),
        ("spain 500mb", "es-half"),
        ("spain 0.5 gb", "es-half"),
        ("spain 0,5gb", "es-half"),
        ("spain 1gb", "es-odd"),
        ("sapin", "es-odd"),
        ("spian", "es-odd"),
        ("spainn 10", "es-10"),
        ("sakura telecom", "jp-5-30"),
        ("telecom japan", "jp-5-30"),
        ("sakurra", "jp-5-30"),
        ("united sta", "us-5"),
        ("usa", "us-5"),
        ("south korea", "kr-5"),
        ("korea", "kr-5"),
        ("guinea bis", "gw-5"),
        ("guinea", "gn-5"),
        ("gulf", "gulf-5"),
        ("dubai", "gulf-5"),
        ("unlimited spain", "free-es"),
        ("3gb", "free-es"),
        ("pool", "pool-100"),
        ("fleet", "pool-100"),
        ("esim plan for japan 7 5", "jp-7-5"),
        ("FREE-ES", "free-es"),
        ("europe-5", "europe-5"),
        ("jp-5-3", "jp-5-30"),
        ("global", "world-10"),
    ],
)
def test_the_best_hit(query: str, best: str) -> None:
    """Names, codes, aliases, regions, data, days, operator, kind and SKU, in any order."""
    assert next(iter(found(query)), "") == best


@pytest.mark.parametrize(
    ("query", "absent"),
    [
        ("jp 5 7", "jp-50-7"),
        ("5gb", "jp-50-7"),
        ("austria", "au-5"),
        ("niger", "ng-5"),
        ("ne", "ng-5"),
        ("spain 6gb", "es-10"),
        ("japan 8 days", "jp-5-7"),
        ("jp-6-7", "jp-5-7"),
        ("europe 10gb", "europe-5"),
        ("zzzz", "es-10"),
        ("spain zzzz", "es-10"),
    ],
)
def test_what_does_not_fit_is_not_found(query: str, absent: str) -> None:
    """Every part must fit; a wrong digit and a look-alike are no typo."""
    assert absent not in found(query)


def test_fewer_countries_and_lower_prices_come_first() -> None:
    """Among plans that fit equally well the plain one leads."""
    spain = ["es-odd", "es-half", "free-es", "es-10", "europe-5", "europe-10", "world-10"]
    assert found("spain") == spain


def test_a_region_prefers_plans_that_cover_it() -> None:
    """Plans of the whole region, then plans inside it."""
    hits = found("europe")
    assert hits[:3] == ["europe-5", "europe-10", "world-10"]
    assert {"es-10", "at-5"} <= set(hits)
    assert "jp-5-7" not in hits


def test_an_empty_query_gives_all_in_their_own_order() -> None:
    """Nothing typed, or only noise, hides nothing."""
    everything = list(range(len(PLANS)))
    for query in ("", "  ", "-", "esim"):
        assert INDEX.search(query) == everything
    assert INDEX.search("", limit=3) == [0, 1, 2]


def test_a_limit_gives_the_best() -> None:
    """The limit cuts the ranked list."""
    assert INDEX.search("spain", limit=2) == INDEX.search("spain")[:2]


def test_names_of_the_interface_language_are_known() -> None:
    """German names, with and without umlauts typed; English ones as well."""
    german = SearchIndex.build(PLANS, "de")
    assert found("Österreich", german)[0] == "at-5"
    assert found("osterreich", german)[0] == "at-5"
    assert found("Spanien 10", german)[0] == "es-10"
    assert found("spain 10", german)[0] == "es-10"
    assert found("europa 10 gb", german)[0] == "europe-10"
    assert found("japan 7 tage 5gb", german)[0] == "jp-5-7"


def test_whole_plans_can_be_indexed() -> None:
    """An index takes the plans themselves as well as cards."""
    whole = Plan(sku="A", kind=PlanKind.PAYGO, name="Roam", currency="EUR", countries=("ES",))
    assert SearchIndex.build([whole]).search("pay as you go spain") == [0]


def test_an_empty_index_finds_nothing() -> None:
    """A new shop has no plans yet."""
    empty = SearchIndex.build([])
    assert (empty.search("spain"), empty.search("")) == ([], [])


@pytest.mark.parametrize(
    "query", ["[red]EU[/]", "%" * 300, "5" * 300, "\x00\ud800", "1e9 gb", "½ gb"]
)
def test_anything_can_be_typed(query: str) -> None:
    """Markup, over-long text and odd characters are just text."""
    assert isinstance(INDEX.search(query), list)
    INDEX.ask_once(query)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("austr", ["AT", "AU"]),
        ("austrlia 5 7", ["AT", "AU"]),
        ("niger", ["NE", "NG"]),
        ("nigerai", ["NG", "NE"]),
        ("congo", ["CD", "CG"]),
        ("sudan", ["SD", "SS"]),
        ("korea", ["KR", "KP"]),
        ("slov 10gb", ["SI", "SK"]),
        ("dominica", ["DM", "DO"]),
        ("guinea", ["GN", "GQ", "GW", "PG"]),
        ("ira", ["IR", "IQ"]),
        ("georgia", ["GE", "US"]),
        ("virgin isl", ["VG", "VI"]),
        ("prepaid austr", ["AT", "AU"]),
    ],
)
def test_look_alikes_are_asked_for(query: str, codes: list[str]) -> None:
    """Typed exactly, begun or mistyped, a confusable name gives its candidates."""
    question = INDEX.ask_once(query)
    assert question is not None
    assert sorted(code for code, _ in question.candidates) == sorted(codes)
    if question.typed in {"niger", "dominica", "guinea", "georgia"}:
        assert question.candidates[0][0] == codes[0]


@pytest.mark.parametrize(
    "query",
    ["", "at 5", "au", "ne", "aut", "niger ne", "spain", "usa", "au 5 7", "in", "europe", "s",
     "austria 5gb", "Australia", "nigeria", "south korea", "dr congo", "slovakia", "iran",
     "deutschland",
     "cayman isl", "guinea bis", "republic", "islands", "nigeri", "5 7", "norvia"],
)  # fmt: skip
def test_clear_queries_are_not_asked_about(query: str) -> None:
    """Codes, complete names, other countries, regions and wide beginnings leave nothing to ask."""
    assert INDEX.ask_once(query) is None


def test_candidates_are_named_in_the_interface_language() -> None:
    """The screen shows name and code."""
    question = SearchIndex.build([], "de").ask_once("Niger")
    assert question is not None
    assert question.typed == "niger"
    assert question.candidates == (("NE", "Niger"), ("NG", "Nigeria"))


@pytest.mark.parametrize("query", ["niger", "nigeria", "congo"])
def test_plans_of_exactly_that_country_come_first(query: str) -> None:
    """A cheaper plan of a whole region comes after the plain ones."""
    plans = [
        plan("africa", " ".join(sorted(REGIONS["africa"])), 1),
        *(plan(code, code) for code in ("NE", "NG", "CD", "CG")),
    ]
    hits = SearchIndex.build(plans).search(query)
    assert plans[hits[0]].countries[0] in SearchIndex.build(plans).countries_named(query)
    assert hits[-1] == 0


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("niger 5", {"NE"}),
        ("congo", {"CD", "CG"}),
        ("nige", {"NE", "NG"}),
        ("deutschland", {"DE"}),
        ("europe", set()),
        ("norvia 5gb", set()),
        ("", set()),
    ],
)
def test_a_query_names_countries(query: str, codes: set[str]) -> None:
    """Whole names and beginnings, in English or in the country's own language; no regions."""
    assert INDEX.countries_named(query) == codes


def test_a_query_is_read_into_parts() -> None:
    """Phrases, sizes, days, bare numbers and other words are told apart."""
    query = read_query("Norvia South Korea 1.5GB 2 weeks 10 x7", place_phrases("en"))
    assert list(query.places) == ["south korea"]
    assert (query.data_mb, query.days) == ((Decimal(1500),), (14,))
    assert (query.bare, query.words) == (("10",), ("norvia", "x7"))


def test_a_size_means_both_megabytes() -> None:
    """1 GB is 1000 or 1024 MB of 10^6 or 2^20 bytes."""
    assert {10**9, 2**30, 1024 * 10**6, 1000 * 2**20} == data_sizes(Decimal(1000))
    assert data_sizes(Decimal(500)) == {500 * 10**6, 500 * 2**20}
