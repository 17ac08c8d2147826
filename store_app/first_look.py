"""The shelf straight from a SQLite file, seen before the database layer is even imported."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from catalog.kernel.errors import StoreError
from catalog.kernel.money import parse_scaled
from catalog.kernel.quick_read import quick_read
from store_app.shelf import Card, make_cards

_PLANS: Final = """
    SELECT id, sku, kind, name, operator, currency, price_minor, data_bytes, validity_days,
           json_extract(terms, '$.countries', '$.high_speed_bytes', '$.supplier')
    FROM plan ORDER BY sku
"""
_FREE: Final = """
    SELECT plan_id, operator, sum(loaded - coalesce(
        (SELECT sum(taken) FROM stock_count WHERE lot = number), 0))
    FROM stock_lot WHERE is_open GROUP BY plan_id, operator
"""
_LIVE: Final = "SELECT name FROM supplier WHERE removed_at IS NULL"


def first_look(path: Path) -> tuple[Card, ...]:
    """What `shelf.read_shelf` is about to read; nothing when the file can't be read this way.

    It only shortens the wait: a store that is missing, of another schema or busy is left to the
    database layer, which says in words what is wrong.
    """
    if not path.is_file():
        return ()
    try:
        with quick_read(path) as file:
            return _cards(file)
    except (sqlite3.Error, StoreError, ValueError):
        return ()


def _cards(file: sqlite3.Connection) -> tuple[Card, ...]:
    settings = dict(file.execute("SELECT name, value FROM setting"))
    own: Counter[str] = Counter()
    generic: Counter[str] = Counter()
    for plan_id, operator, count in file.execute(_FREE):
        if plan_id is None:
            generic[operator] += count
        else:
            own[plan_id] += count
    inside = cache(json.loads)  # many plans are alike in this
    return make_cards(
        ((*columns, *inside(terms)) for *columns, terms in file.execute(_PLANS)),
        own,
        generic,
        vat_rate=parse_scaled(settings.get("vat_rate", "0").rstrip(" %"), 2, field="vat_rate"),
        inclusive=settings.get("prices_include_vat", "").strip().lower() == "true",
        live={name for (name,) in file.execute(_LIVE)},
    )
