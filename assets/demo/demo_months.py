"""What the companies of the demo shop have by the month: bundles, unlimited, pools, their usage."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from demo_plans import Fields

DAY = 24 * 60
FIRST, SECOND = (1, 27), (31, 40)
"""Days after the assignment in which the first and the second month's usage lies."""

_ESIMS: tuple[tuple[str, str, str, str, str, int, tuple[int, int]], ...] = (
    ("Solmar", "ES-BUNDLE-10GB", "", "Harbour Travel", "ines@harbour.example", 40, (11800, 10350)),
    ("Tessera", "JP-UNLIMITED", "", "Harbour Travel", "tom@harbour.example", 40, (31000, 9000)),
    ("Orbis", "METER-GLOBAL", "", "Harbour Travel", "", 40, (850, 240)),
    ("Norvia", "", "Vans", "Quay Logistics", "olu@quay.example", 40, (61000, 24000)),
    ("Norvia", "", "Vans", "Quay Logistics", "", 40, (34000, 9500)),
    ("Norvia", "", "Vans", "Quay Logistics", "", 40, (9600, 2100)),
    (
        "Orbis",
        "US-BUNDLE-10GB",
        "Crew",
        "Northlight Films",
        "saga@northlight.example",
        16,
        (7300, 0),
    ),
    ("Orbis", "US-BUNDLE-10GB", "Crew", "Northlight Films", "", 16, (2900, 0)),
)
"""Operator, plan, pool, company, user, days ago, MB used in the first and the second month."""

_POOLS = (
    ("Vans", "POOL-EUR-100GB", "Quay Logistics", 40),
    ("Crew", "POOL-GLOBAL-MEMBERS", "Northlight Films", 16),
)
_COUNTRIES = {
    "ES-BUNDLE-10GB": ("ES",),
    "JP-UNLIMITED": ("JP",),
    "METER-GLOBAL": ("US", "BR"),
    "US-BUNDLE-10GB": ("US",),
    "": ("NL", "DE", "BE"),
}
_BILLED_DAYS_AGO = 8
_SESSIONS = 5


def months(generic: Mapping[str, Sequence[str]]) -> list[Fields]:
    """Everything in its order; eSIMs are the last of each operator's that are for any plan."""
    left = {operator: list(iccids) for operator, iccids in generic.items()}
    done: list[Fields] = [
        {"do": "pool", "name": name, "plan": plan, "company": company, "days_ago": days_ago}
        for name, plan, company, days_ago in _POOLS
    ]
    for operator, plan, pool, company, user, days_ago, used_mb in _ESIMS:
        done.append(
            {
                "do": "assign",
                "iccid": left[operator].pop(),
                "plan": plan,
                "pool": pool,
                "company": company,
                "user": user,
                "days_ago": days_ago,
                "used_mb": " ".join(map(str, used_mb)),
            }
        )
    done.append({"do": "bill", "issue": ["Harbour Travel"], "days_ago": _BILLED_DAYS_AGO})
    return done


def months_usage(assigned: Iterable[Fields], chance: random.Random) -> list[Fields]:
    """Usage records of what was assigned, each month's share on a few days of it."""
    records: list[Fields] = []
    for one in assigned:
        if one["do"] != "assign":
            continue
        days_ago = int(str(one["days_ago"]))
        used_mb = [int(part) for part in str(one["used_mb"]).split()]
        spans = (FIRST, SECOND) if days_ago > SECOND[0] else ((0, days_ago),)
        for (first, last), megabytes in zip(spans, used_mb, strict=False):
            for at, used in _sessions(megabytes * 10**6, first * DAY, last * DAY, chance):
                records.append(
                    {
                        "event_id": f"month-{len(records) + 1:04}",
                        "iccid": one["iccid"],
                        "minutes_after_assignment": at,
                        "bytes": used,
                        "country": chance.choice(_COUNTRIES[str(one["plan"])]),
                    }
                )
    return records


def _sessions(
    total: int, first: int, last: int, chance: random.Random
) -> Iterable[tuple[int, int]]:
    step = (last - first) // _SESSIONS
    shares = [chance.randint(1, 4) for _ in range(_SESSIONS)]
    left = total
    for number, share in enumerate(shares):
        is_last = number == _SESSIONS - 1
        part = left if is_last else total * share // sum(shares) // 1000 * 1000
        left -= part
        yield first + number * step + 30, part
