"""A search query read as words: places by phrase, data and days by number, the rest as words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.places import Place, fold

MAX_QUERY = 200
_LONGEST_PHRASE = 6

_DATA_UNITS = {
    "tb": 1_000_000, "gb": 1000, "g": 1000, "gig": 1000, "go": 1000, "mb": 1, "m": 1, "mo": 1,
}  # fmt: skip
_DAY_UNITS = {
    "d": 1, "day": 1, "days": 1, "tag": 1, "tage": 1, "tagen": 1, "jour": 1, "jours": 1,
    "dia": 1, "dias": 1, "giorno": 1, "giorni": 1, "dag": 1, "dagen": 1,
    "w": 7, "week": 7, "weeks": 7, "month": 30, "months": 30, "year": 365, "years": 365,
}  # fmt: skip
_UNIT = "|".join(sorted({*_DATA_UNITS, *_DAY_UNITS}, key=len, reverse=True))
_QUANTITY = re.compile(rf"(?<![\w.])(\d{{1,6}}(?:[.,]\d{{1,3}})?)(?:[\s-]*({_UNIT}))?(?![\w.])")


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, understood.

    Attributes:
        places: phrase as typed (folded) -> the place it names exactly.
        data_mb: sizes in MB that were typed with a unit.
        days: durations in days that were typed with a unit.
        bare: numbers without a unit, in order: GB, days, or part of a name.
        words: everything else, folded.

    """

    places: Mapping[str, Place]
    data_mb: tuple[Decimal, ...]
    days: tuple[int, ...]
    bare: tuple[str, ...]
    words: tuple[str, ...]


def read_query(text: str, phrases: Mapping[str, Place]) -> Query:
    """Read a query; `phrases` are the folded names of places. Over-long text is cut."""
    data_mb: list[Decimal] = []
    days: list[int] = []
    bare: list[str] = []

    def take(match: re.Match[str]) -> str:
        number, unit = match[1].replace(",", "."), match[2]
        if unit in _DATA_UNITS:
            data_mb.append(Decimal(number) * _DATA_UNITS[unit])
        elif unit and "." not in number:
            days.append(int(number) * _DAY_UNITS[unit])
        else:
            bare.append(number)
        return " "

    rest = _QUANTITY.sub(take, text[:MAX_QUERY].casefold())
    places, words = _places(fold(rest).split(), phrases)
    return Query(places, tuple(data_mb), tuple(days), tuple(bare), words)


def _places(
    words: list[str], phrases: Mapping[str, Place]
) -> tuple[dict[str, Place], tuple[str, ...]]:
    """Take the longest phrases that name places out of the words."""
    places: dict[str, Place] = {}
    others: list[str] = []
    at = 0
    while at < len(words):
        end = _phrase_end(words, at, phrases)
        if end > at:
            phrase = " ".join(words[at:end])
            places[phrase] = phrases[phrase]
        else:
            others.append(words[at])
        at = max(end, at + 1)
    return places, tuple(others)


def _phrase_end(words: list[str], at: int, phrases: Mapping[str, Place]) -> int:
    """Where the longest phrase from `at` ends; `at` itself when there is none."""
    for end in range(min(len(words), at + _LONGEST_PHRASE), at, -1):
        if " ".join(words[at:end]) in phrases:
            # "guinea bis" begins another country's name: it does not mean Guinea.
            longer = " ".join(words[at : end + 1])
            goes_on = end < len(words) and any(name.startswith(longer) for name in phrases)
            return at if goes_on else end
    return at


def data_sizes(size_mb: Decimal) -> frozenset[int]:
    """The bytes that people call this size: megabytes of 10^6 or 2^20, 1 GB of 1000 or 1024 MB."""
    binary_gb = size_mb * 1024 / 1000
    sizes = [size_mb * 10**6, size_mb * 2**20]
    if size_mb >= 1000:
        sizes += [binary_gb * 10**6, binary_gb * 2**20]
    return frozenset(int(size) for size in sizes)
