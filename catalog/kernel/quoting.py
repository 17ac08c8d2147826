"""What somebody typed, as an error may repeat it: no secret, no flood."""

from __future__ import annotations

import re
from typing import Final

from catalog.kernel.card_numbers import holds_card_number

MAX_QUOTED: Final = 40
"""Characters of a typed text that an error repeats."""

_LOOKED_AT: Final = 4_000
_CODE: Final = re.compile(r"\S*lpa\s*:.*|\S+(?:\$|%24)\s*\S.*", re.IGNORECASE | re.DOTALL)


def quoted(text: object) -> str:
    """A typed text in quotation marks, as far as an error may show it.

    >>> quoted("ES-5GB"), quoted("esim LPA:1$smdp.example.com$K2"), quoted("x" * 50)[-4:]
    ('“ES-5GB”', '“esim …”', 'xxx…”')
    """
    return f"“{shown(text, MAX_QUOTED)}”".replace("……", "…")


def holds_code(text: str) -> bool:
    """Whether a text looks as if an activation code stands in it.

    >>> holds_code("for LPA:1$smdp.example.com$K2"), holds_code("for Ana, 5 GB")
    (True, False)
    """
    return _CODE.search(text) is not None


def shown(text: object, most: int) -> str:
    """A text of at most `most` characters without activation codes, card numbers and controls."""
    given = str(text)[:_LOOKED_AT]
    if holds_card_number(given):
        return "…"
    bare = "".join(char if char.isprintable() else " " for char in _CODE.sub("…", given))
    return bare if len(bare) <= most else bare[: most - 1] + "…"
