"""What a scanner types into a search field: the number of an eSIM, or of the order that sold it."""

from __future__ import annotations

import re
from typing import Final

_ORDER: Final = re.compile(r"o-[0-9a-z]{8}", re.IGNORECASE)


def scanned_esim(text: str) -> str | None:
    """The name by which the desk finds the eSIM that was scanned; None when it is none.

    >>> scanned_esim("iccid 8931080000000000019f"), scanned_esim(" o-7k3m9qxa ")
    ('8931080000000000019', 'O-7K3M9QXA')
    >>> scanned_esim("jp 5 7") is None
    True
    """
    from catalog.esim.identifiers import scanned_iccid

    order = text.strip()
    return order.upper() if _ORDER.fullmatch(order) else scanned_iccid(text)
