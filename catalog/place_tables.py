"""What no library knows about places: selling regions, everyday names, names easily confused.

Codes are ISO 3166-1 alpha-2, and XK, which networks use for Kosovo.
"""

from __future__ import annotations

from collections.abc import Mapping

_EUROPE = (
    "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT "
    "LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"
)
_ASIA = (
    "AE AF AM AZ BD BH BN BT CN GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV "
    "MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE"
)
_AFRICA = (
    "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG "
    "ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW"
)
_NORTH_AMERICA = "BM CA GL MX PM US"
_CENTRAL_AMERICA = "BZ CR GT HN NI PA SV"
_CARIBBEAN = "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI"
_SOUTH_AMERICA = "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE"
_OCEANIA = "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"
_AMERICAS = f"{_NORTH_AMERICA} {_CENTRAL_AMERICA} {_CARIBBEAN} {_SOUTH_AMERICA}"
_GLOBAL = f"{_EUROPE} {_ASIA} {_AFRICA} {_AMERICAS} {_OCEANIA} AQ"


def _sets(regions: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(codes.split()) for name, codes in regions.items()}


REGIONS: Mapping[str, frozenset[str]] = _sets(
    {
        "global": _GLOBAL,
        "europe": _EUROPE,
        "asia": _ASIA,
        "africa": _AFRICA,
        "americas": _AMERICAS,
        "north america": _NORTH_AMERICA,
        "central america": _CENTRAL_AMERICA,
        "south america": _SOUTH_AMERICA,
        "latin america": "AR BO BR CL CO CR CU DO EC GF GT HN HT MX NI PA PE PR PY SV UY VE",
        "caribbean": _CARIBBEAN,
        "oceania": _OCEANIA,
        "asia pacific": f"{_ASIA} {_OCEANIA}",
        "eu": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
        "eea": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO "
        "SE SI SK",
        "middle east": "AE BH EG IL IQ IR JO KW LB OM PS QA SA SY TR YE",
        "gcc": "AE BH KW OM QA SA",
        "balkans": "AL BA BG GR HR ME MK RO RS SI XK",
        "nordics": "AX DK FI FO IS NO SE",
        "scandinavia": "DK NO SE",
        "baltics": "EE LT LV",
        "benelux": "BE LU NL",
        "dach": "AT CH DE",
        "iberia": "ES PT",
        "caucasus": "AM AZ GE",
        "central asia": "KG KZ TJ TM UZ",
        "southeast asia": "BN ID KH LA MM MY PH SG TH TL VN",
        "maghreb": "DZ LY MA MR TN",
    }
)
"""Region name (folded) -> its countries; a seller's regions, not a statistician's."""

REGION_ALIASES: Mapping[str, str] = {
    "world": "global",
    "worldwide": "global",
    "european union": "eu",
    "european economic area": "eea",
    "america": "americas",
    "latam": "latin america",
    "apac": "asia pacific",
    "pacific": "oceania",
    "mideast": "middle east",
    "gulf": "gcc",
    "gulf states": "gcc",
    "balkan": "balkans",
    "nordic": "nordics",
    "baltic": "baltics",
    "baltic states": "baltics",
    "south east asia": "southeast asia",
}

CLDR_REGIONS: Mapping[str, str] = {
    "001": "global",
    "150": "europe",
    "142": "asia",
    "002": "africa",
    "019": "americas",
    "003": "north america",
    "013": "central america",
    "005": "south america",
    "419": "latin america",
    "029": "caribbean",
    "009": "oceania",
    "EU": "eu",
    "035": "southeast asia",
    "143": "central asia",
}
"""The regions above that the Unicode names know, for other interface languages."""

COUNTRY_ALIASES: Mapping[str, tuple[str, ...]] = {
    phrase: tuple(codes.split())
    for codes, phrases in {
        "AE": "uae, emirates, dubai, abu dhabi",
        "BA": "bosnia",
        "CD": "drc, dr congo, congo kinshasa, zaire",
        "CD CG": "congo",
        "CG": "congo brazzaville, republic of the congo, congo republic",
        "CI": "ivory coast, cote divoire",
        "CV": "cape verde, cabo verde",
        "CZ": "czech republic, czech",
        "ES": "canary islands, mallorca, ibiza",
        "FK": "falklands",
        "GB": "uk, great britain, britain, england, scotland, wales, northern ireland",
        "HK": "hong kong",
        "ID": "bali",
        "IE": "republic of ireland, eire",
        "IR": "persia",
        "KP": "north korea",
        "KR": "korea, south korea",
        "LK": "ceylon",
        "MK": "macedonia, fyrom",
        "MM": "burma",
        "MO": "macau, macao",
        "NL": "holland",
        "PF": "tahiti",
        "PS": "palestine",
        "PT": "madeira, azores",
        "SA": "ksa",
        "SZ": "swaziland",
        "TL": "east timor",
        "TR": "turkey, turkiye",
        "TZ": "zanzibar",
        "US": "usa, united states of america, states, hawaii, alaska",
        "VA": "vatican, holy see",
        "VG VI": "virgin islands",
    }.items()
    for phrase in phrases.split(", ")
}
"""Everyday name (folded) -> countries; more than one where the name does not decide."""

LOOK_ALIKES: tuple[tuple[str, ...], ...] = (
    ("AT", "AU"),
    ("NE", "NG"),
    ("CD", "CG"),
    ("DM", "DO"),
    ("SK", "SI"),
    ("GN", "GQ", "GW", "PG"),
    ("IR", "IQ"),
    ("KR", "KP"),
    ("MR", "MU"),
    ("SD", "SS"),
    ("VG", "VI"),
    ("WS", "AS"),
    ("MF", "SX"),
)
"""Groups of countries whose names people take for each other."""

TAKEN_FOR: Mapping[str, tuple[str, ...]] = {"GE": ("US",)}
"""One way only: Georgia is also a state of the US, but nobody typing "usa" means Georgia."""

SHORT_NAMES: dict[str, str] = {
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
}
"""English names shorter than those of Unicode, as sellers write them."""

_BY_NAME = (
    "AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BA BW BV BR "
    "IO VG BN BG BF BI KH CM CA CV BQ KY CF TD CL CN CX CC CO KM CG CD CK CR CI HR CU CW CY CZ DK "
    "DJ DM DO EC EG SV GQ ER EE SZ ET FK FO FJ FI FR GF PF TF GA GM GE DE GH GI GR GL GD GP GU GT "
    "GG GN GW GY HT HM HN HK HU IS IN ID IR IQ IE IM IL IT JM JP JE JO KZ KE KI XK KW KG LA LV LB "
    "LS LR LY LI LT LU MO MG MW MY MV ML MT MH MQ MR MU YT MX FM MD MC MN ME MS MA MZ MM NA NR NP "
    "NL NC NZ NI NE NG NU NF KP MK MP NO OM PK PW PS PA PG PY PE PH PN PL PT PR QA RE RO RU RW WS "
    "SM ST SA SN RS SC SL SG SX SK SI SB SO ZA GS KR SS ES LK BL SH KN LC MF PM VC SD SR SJ SE CH "
    "SY TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UM VI UG UA AE GB US UY UZ VU VA VE VN WF EH YE "
    "ZM ZW "
)
NAME_ORDER: Mapping[str, int] = {code: rank for rank, code in enumerate(_BY_NAME.split())}
"""Codes -> their rank by English name: a shelf is ordered before any library is imported."""
