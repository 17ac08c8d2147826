"""Card numbers do not belong in any field of the store: this finds them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from stdnum import luhn

CARD_NUMBER_REFUSED: Final = (
    "This looks like a card number. Card numbers are never typed into the store: "
    "take the card on the payment page. Nothing was saved; please clear the field."
)
_DIGIT_RUN: Final = re.compile(r"(?<!\d)(?<!\d[ -])\d(?:[ -]?\d){12,18}(?![ -]?\d)", re.ASCII)


def holds_card_number(text: str) -> bool:
    """Whether a run of 13 to 19 digits in the text passes Luhn and is not an ICCID (89...)."""
    plain = unicodedata.normalize("NFKC", text)
    runs = (re.sub(r"[ -]", "", run) for run in _DIGIT_RUN.findall(plain))
    return any(luhn.is_valid(run) and not run.startswith("89") for run in runs)
