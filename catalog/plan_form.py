"""Reading loosely typed fields strictly: each reader gives a value or notes a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from catalog.kernel.card_numbers import holds_card_number
from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_scaled

MAX_DATA_BYTES = 10**15
MAX_ENTRIES = 1000

_WORD = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
_CARD_NUMBER = "looks like a card number; the store keeps none"
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field; a part of a refill is `refill[1].price`, counted from 1."""

    field: str
    reason: str


@dataclass(slots=True)
class Form:
    """Fields being read; a wrong one is noted in `problems` and reading goes on without it.

    Every reader takes `needed`: whether a missing field is a problem. Missing gives None or
    an empty value. `prefix` stands before the field names of problems.
    """

    fields: Mapping[str, object]
    megabyte: int
    prefix: str = ""
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, reason: str) -> None:
        """Note one problem of a field."""
        self.problems.append(Problem(self.prefix + name, reason))

    def given(self, name: str, *, needed: bool = False) -> object | None:
        """The raw value; empty text and empty lists count as missing."""
        value = self.fields.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value in ("", [], ()):
            if needed:
                self.refuse(name, "is missing")
            return None
        if isinstance(value, int) and abs(value) > MAX_DATA_BYTES:
            self.refuse(name, "is too large a number")
            return None
        return value

    def text(self, name: str, limit: int, *, needed: bool = False) -> str:
        """One line of printable text up to `limit` characters; a whole number is taken as text."""
        value = self.given(name, needed=needed)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.isprintable() or len(value) > limit:
            self.refuse(name, f"must be one line of text, at most {limit} characters")
            return ""
        if holds_card_number(value):
            self.refuse(name, _CARD_NUMBER)
            return ""
        return value

    def word(self, name: str) -> str:
        """A needed identifier: up to 64 characters without blanks."""
        value = self.text(name, 64, needed=True)
        if value and not _WORD.fullmatch(value):
            self.refuse(name, "must be one word without blanks")
        return value

    def choice(self, name: str, of: type[_Choice], *, needed: bool = False) -> _Choice | None:
        """One of the words of an enumeration."""
        value = self.given(name, needed=needed)
        if value is None:
            return None
        if isinstance(value, str) and value in list(of):
            return of(value)
        self.refuse(name, "must be one of " + ", ".join(of))
        return None

    def boolean(self, name: str) -> bool:
        """True or false; in CSV as `true`, `yes`, `1` and their opposites. Missing is false."""
        value = self.given(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if str(value).lower() in _BOOLEANS:
            return _BOOLEANS[str(value).lower()]
        self.refuse(name, "must be true or false")
        return False

    def whole(self, name: str, most: int, *, needed: bool = False) -> int | None:
        """A whole number from 1 to `most`."""
        value = self.given(name, needed=needed)
        if value is None:
            return None
        text = "" if isinstance(value, bool | float) else str(value)
        if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) and 1 <= int(text) <= most:
            return int(text)
        self.refuse(name, f"must be a whole number from 1 to {most}")
        return None

    def decimal(self, name: str, digits: int, *, needed: bool = False) -> int | None:
        """A decimal string or a whole number, zero or more, as an integer of `digits` decimals."""
        value = self.given(name, needed=needed)
        return None if value is None else self.exact(name, value, digits)

    def exact(self, name: str, value: object, digits: int) -> int | None:
        """`decimal` of a value already at hand."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.refuse(name, 'must be a decimal string such as "12.50"; floats are not exact')
            return None
        try:
            scaled = parse_scaled(str(value), digits, field=name)
        except Refused as refusal:
            self.refuse(name, refusal.message)
            return None
        if scaled < 0:
            self.refuse(name, "must not be negative")
            return None
        return scaled

    def megabytes(self, name: str, *, needed: bool = False) -> int | None:
        """An amount of data in MB (whole or decimal string) as bytes; more than nothing."""
        micro = self.decimal(name, 6, needed=needed)
        if micro is None:
            return None
        data_bytes, rest = divmod(micro * self.megabyte, 10**6)
        if rest or not 1 <= data_bytes <= MAX_DATA_BYTES:
            self.refuse(name, "must be whole bytes, more than 0 and at most 10^15")
            return None
        return data_bytes

    def day(self, name: str, *, needed: bool = False) -> date | None:
        """A day without a time, as a TOML date or ISO 8601 text."""
        value = self.given(name, needed=needed)
        if value is None:
            return None
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            day = date.min
        if 2000 <= day.year <= 2100:
            return day
        self.refuse(name, "must be a day such as 2026-07-01")
        return None

    def entries(self, name: str, between: str, *, needed: bool = False) -> tuple[str, ...]:
        """Distinct texts in the order given: a list, or one text parted by `between` (a class)."""
        value = self.given(name, needed=needed)
        if isinstance(value, str):
            value = re.split(f"[{between}]+", value)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not _all_short_text(value):
            self.refuse(name, f"must be a list of at most {MAX_ENTRIES} short texts")
            return ()
        if any(map(holds_card_number, value)):
            self.refuse(name, _CARD_NUMBER)
            return ()
        return tuple(dict.fromkeys(entry.strip() for entry in value if entry.strip()))


def _all_short_text(value: Iterable[object]) -> bool:
    entries = list(value)
    return len(entries) <= MAX_ENTRIES and all(
        isinstance(entry, str) and entry.isprintable() and len(entry) <= 120 for entry in entries
    )
