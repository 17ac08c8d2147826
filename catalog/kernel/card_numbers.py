"""Card numbers do not belong in any field of the store: this finds them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

CARD_NUMBER_REFUSED: Final = (
    "This looks like a card number. Card numbers are never typed into the store: "
    "take the card on the payment page. Nothing was saved; please clear the field."
)
CARD_NUMBER_IN_FILE: Final = "It looks like a card number; the store keeps none."

_DIGIT_RUN: Final = re.compile(
    r"(?<!\d)(?<!\d[ .-])\d(?:[ .-]?\d){12,18}(?![ .-]?\d)",
    re.ASCII,
)
# Two or three in a thousand random UUIDs hold such a run by chance; ids are made of them.
_UUID: Final = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b", re.IGNORECASE
)


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits in the text pass Luhn and are no ICCID (89…) or part of a UUID.

    Between the digits may stand a blank, a dot or a dash.
    """
    from stdnum import luhn

    plain = _UUID.sub(" ", unicodedata.normalize("NFKC", text))
    runs = (re.sub(r"[ .-]", "", run) for run in _DIGIT_RUN.findall(plain))
    return any(luhn.is_valid(run) and not run.startswith("89") for run in runs)
