"""Write the demo shop: plans, stock, customers, past sales and their usage.

`python assets/demo/make_demo.py [FOLDER]` writes the same bytes every time. All operators,
people and numbers are invented: ICCIDs begin with 89 999, which no country has, and the SM-DP+
hosts are reserved example names.

plans.toml      plan file of the store
stock-*.csv     one stock file per operator, to be imported with the operator's name
customers.csv   company, email, name, deposit; without email the deposit is the company's wallet
sales.json      past sales, oldest first: sku, profile (the row of that sku in its stock file,
                from 0, so that selling in order gives this iccid), iccid, customer (email or ""),
                company, pay (cash, wallet, company-wallet), days_ago, state reached today, and
                refill {id, minutes_after_sale} where one was bought
usage.csv       event_id, iccid, minutes_after_sale, bytes, country
months.json     what companies have by the month, in order: pools opened, eSIMs assigned, bills
                made (those of the companies under issue are issued too), each with days_ago
months.csv      event_id, iccid, minutes_after_assignment, bytes, country
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from demo_months import months, months_usage
from demo_plans import POPULAR, Fields, all_plans

HOSTS = {
    "Norvia": "smdp.example.com",
    "Solmar": "rsp.example.net",
    "Tessera": "smdp.example.com",
    "Orbis": "rsp.example.net",
    "Pacifica": "smdp.example.com",
}
PROFILES = {"5GB-30D": 7, "10GB-30D": 4, "3GB-15D": 3, "5GB-7D": 2}
"""Profiles in stock for each plan of a popular country."""

REGION_PROFILES = {"EUR-5GB-30D": 12, "EUR-1GB-7D": 8, "GLO-3GB-15D": 6, "NORAME-5GB-30D": 6}
GENERIC = 9
"""Profiles of each operator that are for any of its plans."""

CUSTOMERS = (
    ("Harbour Travel", "", "", "1000.00"),
    ("Harbour Travel", "ines@harbour.example", "Ines Duarte", ""),
    ("Harbour Travel", "tom@harbour.example", "Tom Achterberg", ""),
    ("Northlight Films", "", "", "500.00"),
    ("Northlight Films", "saga@northlight.example", "Saga Lindqvist", ""),
    ("Quay Logistics", "", "", "250.00"),
    ("Quay Logistics", "olu@quay.example", "Olu Adeyemi", ""),
    ("", "mika@mail.example", "Mika Tanaka", "250.00"),
    ("", "leo@mail.example", "Léo Marchand", "250.00"),
    ("", "hana@mail.example", "Hana Novák", "60.00"),
    ("", "noor@mail.example", "Noor El Amrani", ""),
)
BUYERS = (
    ("", "", "cash"),
    ("mika@mail.example", "", "wallet"),
    ("ines@harbour.example", "Harbour Travel", "company-wallet"),
    ("noor@mail.example", "", "cash"),
    ("saga@northlight.example", "Northlight Films", "company-wallet"),
    ("leo@mail.example", "", "wallet"),
    ("", "", "cash"),
)
STATES = ("expired", "depleted", "refilled", "half_used", "nearly_empty", "untouched")
DAYS_AGO = {
    "expired": (45, 60), "depleted": (12, 26), "refilled": (10, 14),
    "half_used": (3, 6), "nearly_empty": (7, 13), "untouched": (0, 2),
}  # fmt: skip
SALES = 26
DAY = 24 * 60
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Profile:
    """One stock row; an empty sku is for any plan of the operator."""

    operator: str
    sku: str
    iccid: str
    matching_id: str
    confirmation_code: str
    msisdn: str

    def cells(self) -> Sequence[str]:
        """The row of the stock file."""
        code = f"LPA:1${HOSTS[self.operator]}${self.matching_id}"
        flag = "$$1" if self.confirmation_code else ""
        return self.iccid, code + flag, self.confirmation_code, self.sku, self.msisdn


def luhn_digit(digits: str) -> str:
    """The check digit that makes the number end well."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def wanted_profiles(plans: Iterable[Fields]) -> Iterable[tuple[str, str]]:
    """(operator, sku) of every profile in stock."""
    operators = {str(plan["sku"]): str(plan["operator"]) for plan in plans}
    counts = {f"{country}-{size}": count for country in POPULAR for size, count in PROFILES.items()}
    for sku, count in (counts | REGION_PROFILES).items():
        yield from [(operators[sku], sku)] * count
    for operator in HOSTS:
        yield from [(operator, "")] * GENERIC


def stock(plans: Iterable[Fields], chance: random.Random) -> list[Profile]:
    """All profiles, those of one operator together."""
    wanted = sorted(wanted_profiles(plans), key=lambda pair: list(HOSTS).index(pair[0]))
    return [_profile(number, *pair, chance) for number, pair in enumerate(wanted, start=1)]


def _profile(number: int, operator: str, sku: str, chance: random.Random) -> Profile:
    issuer = list(HOSTS).index(operator) + 1
    digits = f"89999{issuer:02}{number:011}"
    groups = ("".join(chance.choices(_ALPHABET, k=4)) for _ in range(4))
    return Profile(
        operator=operator,
        sku=sku,
        iccid=digits + luhn_digit(digits),
        matching_id="-".join(groups),
        confirmation_code=f"{chance.randrange(10**6):06}" if number % 20 == 0 else "",
        msisdn=f"99970{number:07}" if number % 3 == 0 else "",
    )


def timeline() -> list[tuple[int, int, str]]:
    """(days ago, number, state) of each past sale, oldest first."""
    aged = []
    for number in range(SALES):
        state = STATES[number % len(STATES)]
        first, last = DAYS_AGO[state]
        aged.append((first + number % (last - first + 1), number, state))
    return sorted(aged, key=lambda one: (-one[0], one[1]))


def sales(plans: Iterable[Fields], profiles: Sequence[Profile]) -> list[Fields]:
    """Past sales over the states, each of a profile of its own; only short plans expire."""
    shelves: dict[str, list[str]] = {}
    for profile in profiles:
        shelves.setdefault(profile.sku, []).append(profile.iccid)
    days = {plan["sku"]: plan["validity_days"] for plan in plans if plan["sku"] in shelves}
    offers = sorted(sku for sku in shelves if sku and not sku.startswith("EUR"))
    sold: list[Fields] = []
    for days_ago, number, state in timeline():
        fitting = [sku for sku in offers if (days[sku] == 30) != (state == "expired")]
        sku = fitting[number * 7 % len(fitting)]
        at = sum(sale["sku"] == sku for sale in sold)
        sale = _sale(sku, at, shelves[sku][at], number)
        refill: Fields = {"refill": {"id": "3GB", "minutes_after_sale": 5 * DAY}}
        sold.append(
            sale | {"days_ago": days_ago, "state": state} | (refill if state == "refilled" else {})
        )
    return sold


def _sale(sku: str, at: int, iccid: str, number: int) -> Fields:
    email, company, pay = BUYERS[number % len(BUYERS)]
    buyer = {"customer": email, "company": company, "pay": pay}
    return {"sku": sku, "profile": at, "iccid": iccid, **buyer}


def usage(sold: Iterable[Fields], plans: Iterable[Fields], chance: random.Random) -> list[Fields]:
    """Usage records that bring each sale into its state, by time within each eSIM."""
    by_sku = {plan["sku"]: plan for plan in plans}
    records: list[Fields] = []
    for sale in sold:
        data_bytes = int(str(by_sku[sale["sku"]]["data_mb"])) * 10**6
        country = _country(by_sku[sale["sku"]])
        for minutes, used in _sessions(str(sale["state"]), data_bytes, chance):
            records.append(
                {
                    "event_id": f"demo-{len(records) + 1:04}",
                    "iccid": sale["iccid"],
                    "minutes_after_sale": minutes,
                    "bytes": used,
                    "country": country,
                }
            )
    return records


def _country(plan: Fields) -> str:
    countries = plan.get("countries")
    return str(countries[0]) if isinstance(countries, list) else "US"


def _sessions(state: str, data_bytes: int, chance: random.Random) -> Iterable[tuple[int, int]]:
    """(minutes after the sale, bytes) of each session; the first is an hour after the sale."""
    if state == "refilled":
        yield from _spread(data_bytes, 60, 4 * DAY, chance)
        yield from _spread(1_500_000_000, 5 * DAY + 30, 9 * DAY, chance)
        return
    shares = {
        "expired": (data_bytes * 3 // 10, 5 * DAY),
        "depleted": (data_bytes, 5 * DAY),
        "half_used": (data_bytes // 2, 2 * DAY),
        "nearly_empty": (data_bytes - 60_000_000, 6 * DAY),
    }
    if state in shares:
        total, until = shares[state]
        yield from _spread(total, 60, until, chance)


def _spread(
    total: int, first: int, last: int, chance: random.Random, sessions: int = 9
) -> Iterable[tuple[int, int]]:
    """A total cut into sessions of different size, from the first minute to before the last."""
    cuts = sorted(chance.sample(range(1, total // 1000), sessions - 1))
    edges = [0, *(cut * 1000 for cut in cuts), total]
    step = (last - first) // sessions
    for at, (low, high) in enumerate(pairwise(edges)):
        yield first + at * step, high - low


def toml(plan: Fields) -> str:
    """One [[plan]] table; JSON writes the same texts, numbers and lists as TOML."""
    return "[[plan]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in plan.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def table(header: str, rows: Iterable[Iterable[object]]) -> str:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header.split(","), *rows])
    return text.getvalue()


def _generic(profiles: Iterable[Profile], operator: str) -> list[str]:
    """The ICCIDs of an operator's profiles that are for any plan."""
    return [one.iccid for one in profiles if one.operator == operator and not one.sku]


def files() -> dict[str, str]:
    """Every file of the demo: name -> text."""
    chance = random.Random(20)  # noqa: S311 - the same demo every time
    plans = all_plans()
    profiles = stock(plans, chance)
    sold = sales(plans, profiles)
    records = usage(sold, plans, chance)
    header = "iccid,activation_code,confirmation_code,plan_sku,msisdn"
    stocks = {
        f"stock-{operator.lower()}.csv": table(
            header, (one.cells() for one in profiles if one.operator == operator)
        )
        for operator in HOSTS
    }
    assigned = months({operator: _generic(profiles, operator) for operator in HOSTS})
    monthly = months_usage(assigned, random.Random(21))  # noqa: S311 - the same demo every time
    return stocks | {
        "months.json": json.dumps(assigned, indent=1) + "\n",
        "months.csv": table(",".join(monthly[0]), (record.values() for record in monthly)),
        "plans.toml": "\n".join(map(toml, plans)),
        "customers.csv": table("company,email,name,deposit", CUSTOMERS),
        "sales.json": json.dumps(sold, indent=1) + "\n",
        "usage.csv": table(",".join(records[0]), (record.values() for record in records)),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for filename, text in files().items():
        (folder / filename).write_text(text, encoding="utf-8", newline="\n")
