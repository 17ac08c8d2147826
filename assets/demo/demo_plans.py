"""The plans of the demo shop, all kinds, as fields of a plan file."""

from __future__ import annotations

from collections.abc import Iterable

# Operator -> price level in percent -> countries.
_MARKETS = {
    "Norvia": {
        100: "AT BE CZ DE DK EE FI FR GB IE IS LT LU LV NL NO PL SE SK",
        140: "CH LI UA",
    },
    "Solmar": {
        100: "BG CY ES GR HR HU IT MT PT RO SI",
        140: "AL BA MA ME MK RS TN TR XK",
        200: "AD DZ EG MC",
    },
    "Tessera": {
        110: "CN HK ID IN JP KR MO MY SG TH TW VN",
        160: "AE IL JO KH KZ LK OM PH QA SA UZ",
        240: "BD GE MV NP PK",
    },
    "Orbis": {
        120: "CA MX US",
        180: "AR BR CL CO CR DO EC PA PE UY ZA",
        260: "BS CV GH JM KE MU NG SN TZ UG",
    },
    "Pacifica": {130: "AU NZ", 260: "FJ PF PG"},
}
POPULAR = [
    "ES",
    "FR",
    "DE",
    "IT",
    "GB",
    "PT",
    "GR",
    "NL",
    "AT",
    "CH",
    "TR",
    "US",
    "CA",
    "MX",
    "JP",
    "TH",
    "SG",
    "AE",
    "AU",
    "NZ",
]

# (data_mb, days): price in cents at the level of 100 %.
_SIZES = {(1000, 7): 390, (3000, 15): 750, (5000, 30): 1100, (10000, 30): 1850}
_POPULAR_SIZES = {(5000, 7): 890, (20000, 30): 2900}
_REGIONS = {
    "Europe": ("Norvia", 130, ["europe"]),
    "Balkans": ("Solmar", 150, ["balkans"]),
    "Nordics": ("Norvia", 120, ["nordics"]),
    "Gulf": ("Tessera", 200, ["gcc"]),
    "Middle East": ("Tessera", 220, ["middle east"]),
    "Asia": ("Tessera", 190, ["southeast asia", "central asia"]),
    "Asia Pacific": ("Pacifica", 230, ["asia pacific"]),
    "Oceania": ("Pacifica", 220, ["oceania"]),
    "North America": ("Orbis", 150, ["north america"]),
    "Latin America": ("Orbis", 210, ["latin america"]),
    "Caribbean": ("Orbis", 290, ["caribbean"]),
    "Africa": ("Orbis", 310, ["africa"]),
    "Global": ("Orbis", 330, ["global"]),
}

_PRICE_LISTS: tuple[tuple[str, str, str, str, dict[str, str], str, str], ...] = (
    ("EUR", "Norvia", "europe", "0.0045", {"CH": "0.02", "GB": "0.006"}, "MC", "1.00"),
    ("APAC", "Pacifica", "asia pacific", "0.0090", {"JP": "0.007"}, "", "1.50"),
    ("AMER", "Orbis", "americas", "0.0080", {"CU": "0.35"}, "", "1.50"),
    ("GLOBAL", "Orbis", "global", "0.0150", {"US": "0.008"}, "AQ", "2.00"),
)

Fields = dict[str, object]
"""One plan as a plan file writes it."""


def money(cents: int) -> str:
    """Cents as a decimal string."""
    return f"{cents // 100}.{cents % 100:02}"


def retail(cents: int, level: int) -> str:
    """A price at a level, on the next ten cents below a round one."""
    return money(round(cents * level / 5000) * 50 - 10)


def size_words(data_mb: int) -> str:
    """5000 -> "5GB"."""
    return f"{data_mb // 1000}GB"


def markets() -> Iterable[tuple[str, str, int]]:
    """(country, operator, price level), by country."""
    found = [
        (country, operator, level)
        for operator, levels in _MARKETS.items()
        for level, countries in levels.items()
        for country in countries.split()
    ]
    return sorted(found)


def prepaid(sku: str, operator: str, place: Fields, size: tuple[int, int], price: str) -> Fields:
    """One prepaid plan with its terms."""
    data_mb, days = size
    return {
        "sku": sku,
        "kind": "prepaid",
        "operator": operator,
        **place,
        "currency": "EUR",
        "price": price,
        "data_mb": data_mb,
        "validity_days": days,
    }


def country_plans() -> Iterable[Fields]:
    """Prepaid plans of one country, with refills."""
    for country, operator, level in markets():
        sizes = _SIZES | (_POPULAR_SIZES if country in POPULAR else {})
        for (data_mb, days), cents in sizes.items():
            sku = f"{country}-{size_words(data_mb)}-{days}D"
            place: Fields = {"countries": [country]}
            plan = prepaid(sku, operator, place, (data_mb, days), retail(cents, level))
            yield plan | {"refill": refills(level)}


def refills(level: int) -> list[Fields]:
    """The refills of every prepaid plan of a price level."""
    offers = ((1000, 350), (3000, 690))
    return [
        {"id": size_words(size), "data_mb": size, "price": retail(cents, level)}
        for size, cents in offers
    ]


def region_plans() -> Iterable[Fields]:
    """Prepaid plans of many countries; those of the Gulf start at installation."""
    for name, (operator, level, regions) in _REGIONS.items():
        code = "".join(word[:3].upper() for word in name.split())
        for (data_mb, days), cents in {**_SIZES, (20000, 30): 2900}.items():
            words = f"{data_mb // 1000} GB · {days} days"
            place: Fields = {"name": f"{name} {words}", "regions": regions}
            sku = f"{code}-{size_words(data_mb)}-{days}D"
            plan = prepaid(sku, operator, place, (data_mb, days), retail(cents, level))
            start: Fields = {"start": "installation"} if name == "Gulf" else {}
            yield plan | start | {"refill": refills(level)}


def designated_plan() -> Fields:
    """A plan that only one company and its people see."""
    place: Fields = {"name": "Harbour crew Europe 5 GB", "regions": ["europe"]}
    plan = prepaid("HARBOUR-EUR-5GB-30D", "Norvia", place, (5000, 30), "9.90")
    return plan | {"companies": ["Harbour Travel"], "refill": refills(100)}


def live_plans() -> Iterable[Fields]:
    """Plans without stock: each profile is ordered from the offline supplier when it is paid."""
    for (data_mb, days), cents in _SIZES.items():
        size = size_words(data_mb)
        place: Fields = {"countries": ["GL"]}
        plan = prepaid(
            f"GL-{size}-{days}D", "Fjordline", place, (data_mb, days), retail(cents, 260)
        )
        live = {"supplier": "fjordline", "profile_type": f"DEMO-GL-{size}"}
        yield plan | live | {"refill": refills(260)}


def wallet_plans() -> Iterable[Fields]:
    """PAYGO price lists with credit packs."""
    packs = [
        {"id": str(credit), "credit": money(credit * 100), "price": money(price)}
        for credit, price in ((20, 1900), (50, 4500), (100, 8500))
    ]
    for code, operator, region, rate, rates, barred, mrc in _PRICE_LISTS:
        yield {
            "sku": f"PAYGO-{code}",
            "kind": "paygo",
            "operator": operator,
            "regions": [region],
            "currency": "EUR",
            "price": "1.00",
            "rate_per_mb": rate,
            "country_rates": rates,
            "barred": barred.split(),
            "mrc": mrc,
            "refill": packs,
        }


def subscription(sku: str, kind: str, operator: str, place: Fields, **terms: object) -> Fields:
    """One plan that is billed monthly."""
    return {"sku": sku, "kind": kind, "operator": operator, **place, "currency": "EUR", **terms}


def company_plans() -> Iterable[Fields]:
    """Bundles, pay per MB, unlimited and pools."""
    over: Fields = {"overage_size_mb": 100, "overage_price": "0.50"}
    for country, operator, level in markets():
        if country not in POPULAR:
            continue
        here: Fields = {"countries": [country]}
        fee = retail(1590, level)
        bundle = {"price": fee, "data_mb": 10000, **over, "activation_fee": "5.00", "prorate": True}
        yield subscription(f"{country}-BUNDLE-10GB", "monthly_bundle", operator, here, **bundle)
        speed = {"high_speed_mb": 3000, "per": "day", "throttled_kbps": 1000, "tethering": "capped"}
        price = retail(4490, level)
        yield subscription(
            f"{country}-UNLIMITED", "unlimited", operator, here, price=price, **speed
        )
    europe: Fields = {"regions": ["europe"]}
    world: Fields = {"regions": ["global"]}
    for code, operator, place, rate in (
        ("EUR", "Norvia", europe, "0.004"),
        ("GLOBAL", "Orbis", world, "0.012"),
    ):
        yield subscription(
            f"METER-{code}", "pay_per_mb", operator, place, rate_per_mb=rate, mrc="0.75",
            mrc_on="active",
        )  # fmt: skip
        yield subscription(
            f"POOL-{code}-100GB", "static_pool", operator, place, price="189.00", data_mb=100000,
            **over,
        )  # fmt: skip
        yield subscription(
            f"POOL-{code}-MEMBERS", "dynamic_pool", operator, place, **over, prorate=True
        )


def all_plans() -> list[Fields]:
    """Every plan of the demo shop."""
    return [
        *country_plans(),
        *region_plans(),
        designated_plan(),
        *live_plans(),
        *wallet_plans(),
        *company_plans(),
    ]
