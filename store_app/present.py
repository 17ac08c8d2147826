"""Values into words for people: money, sizes, instants, countries, and masked secrets.

Programs get integers and ISO 8601 from the values themselves; nothing here is read back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import format_decimal

from catalog.esim.activation_code import mask_matching_id
from catalog.esim.identifiers import mask_iccid
from catalog.kernel.money import money_words, round_div
from catalog.places import coverage_name
from catalog.plans import data_words
from store_app.words import LOCALE, _, plural

__all__ = [
    "NOTHING",
    "countries",
    "day",
    "instant",
    "mask_iccid",
    "mask_matching_id",
    "money",
    "owed",
    "percent",
    "size",
    "waiting_words",
]

NOTHING = "–"
"""What stands where there is no value, such as days left before first usage."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def money(minor: int | None, currency: str) -> str:
    """An amount with its ISO code, as receipts print it: "12.50 EUR"."""
    return NOTHING if minor is None else money_words(minor, currency)


def owed(label: str, minor: int, currency: str) -> tuple[str, str]:
    """What somebody owes, under its label; below zero it is credit, and is said to be.

    >>> owed("Open", 1210, "EUR"), owed("Open", -1210, "EUR")
    (('Open', '12.10 EUR'), ('Credit in their favour', '12.10 EUR'))
    """
    return (label if minor >= 0 else _("Credit in their favour"), money(abs(minor), currency))


def size(data_bytes: int | None, locale: str = LOCALE) -> str:
    """A number of bytes in the largest unit that keeps it at least 1, with at most two decimals.

    Sizes that were offered as whole megabytes of 2^20 keep the words of the offer.

    >>> size(3_214_999_999), size(999_999_999), size(2**30), size(0)
    ('3.21 GB', '1 GB', '1 GB', '0 B')
    """
    if data_bytes is None:
        return NOTHING
    if data_bytes > 0 and data_bytes % 2**20 == 0 and data_bytes % 10**6:
        return data_words(data_bytes)
    power = 0
    while power < len(_UNITS) - 1 and _hundredths(abs(data_bytes), power) >= 1000 * 100:
        power += 1
    number = Decimal(_hundredths(data_bytes, power)).scaleb(-2)
    return f"{format_decimal(number, '#,##0.##', locale)} {_UNITS[power]}"


def percent(rate: int, locale: str = LOCALE) -> str:
    """A rate in hundredths of a percent: 2100 is "21 %"."""
    return f"{format_decimal(Decimal(rate).scaleb(-2), '0.##', locale)} %"


def instant(at: datetime | None, zone: str = "UTC") -> str:
    """An instant to the minute, in the time zone of the store.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 3, 1, 10, 5, tzinfo=UTC))
    '2026-03-01 10:05'
    """
    return NOTHING if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def day(on: date) -> str:
    """A day: "2026-03-01"."""
    return f"{on:%Y-%m-%d}"


def countries(codes: Sequence[str], locale: str = LOCALE) -> str:
    """A set of countries in few words: "Spain", "Europe", "12 countries"."""
    return coverage_name(codes, Locale.parse(locale).language) or NOTHING


def _hundredths(data_bytes: int, power: int) -> int:
    return round_div(data_bytes * 100, int(1000**power))


def waiting_words(records: int | None) -> str:
    """That figures are not yet what they will be, if so; None is what was not asked for."""
    if not records:
        return ""
    words = plural(
        "{count} usage record is waiting to be counted",
        "{count} usage records are waiting to be counted",
        records,
    )
    return words.format(count=records)
