"""A row being read: its texts by column, and what is wrong or odd about them."""

from __future__ import annotations

import re
from collections.abc import Callable

from catalog.esim.identifiers import Checked
from catalog.kernel.card_numbers import CARD_NUMBER_IN_FILE, holds_card_number
from catalog.kernel.row_errors import RowError
from catalog.stock.raw_rows import RawRow

MAX_TEXT = 64
"""Characters of a confirmation code, a batch reference or a purchase order."""

_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_FLAGS = dict.fromkeys(("", "0", "no", "n", "false"), False) | dict.fromkeys(
    ("1", "yes", "y", "true"), True
)


class Reading:
    """A row being read: faults and warnings are noted and reading goes on."""

    def __init__(self, row: RawRow) -> None:
        self.line, self.texts, self.has_header = row.line, row.texts, row.has_header
        self.faults: list[RowError] = []
        self.warnings: list[RowError] = []

    def text(self, column: str) -> str:
        """The text of a column without the blanks round it; "" when there is none."""
        return self.texts.get(column, "").strip()

    def refuse(self, column: str, reason: str) -> None:
        """Note a fault; the row will be refused."""
        self.faults.append(RowError(self.line, column, reason))

    def warn(self, column: str, reason: str) -> None:
        """Note something odd that lets the row pass."""
        self.warnings.append(RowError(self.line, column, reason))

    def number(self, column: str, check: Callable[[str], Checked]) -> str:
        """A number of the trade by its own rules; "" when there is none."""
        if not self.text(column):
            return ""
        checked = check(self.texts.get(column, ""))
        for reason in checked.reasons:
            self.refuse(column, reason)
        for warning in checked.warnings:
            self.warn(column, warning)
        return checked.value

    def short(self, column: str) -> str:
        """A free text of at most `MAX_TEXT` characters that holds no card number."""
        text = self.text(column)
        if len(text) > MAX_TEXT:
            self.refuse(column, f"The field is longer than {MAX_TEXT} characters.")
        if holds_card_number(text):
            self.refuse(column, CARD_NUMBER_IN_FILE)
        return text

    def pin(self, column: str) -> str:
        """A PIN or PUK, kept with its leading zeros."""
        text = self.text(column)
        if text and not _PIN.fullmatch(text):
            self.refuse(column, "A PIN or PUK has four to eight digits.")
        return text

    def flag(self, column: str) -> bool:
        """Yes or no in the words that files use; blank is no."""
        flag = _FLAGS.get(self.text(column).lower())
        if flag is None:
            self.refuse(column, "The field is neither yes nor no.")
        return bool(flag)
