"""Bars that a till's scanner reads: CODE 128 (ISO/IEC 15417)."""

from __future__ import annotations

from typing import Final

from checkout.documents.extra import documents_extra

QUIET_ZONE: Final = 10
"""Modules of white on either side."""


def code_128(text: str) -> tuple[bool, ...]:
    """The modules of a text with their quiet zones; True is dark.

    >>> modules = code_128("8931080000000000017")
    >>> len(modules), modules[9:13]
    (176, (False, True, True, False))
    """
    with documents_extra():
        from barcode.codex import Code128

    (modules,) = Code128(text).build()
    margin = (False,) * QUIET_ZONE
    return (*margin, *(module == "1" for module in modules), *margin)
