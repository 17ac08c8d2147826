"""The typefaces of what is printed. Imports them and fpdf2, which are heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import font_source_sans_pro
import noto_cjk_sans_otc
from fpdf import FPDF

FAMILY: Final = "Source Sans Pro"
_FILES: Final = {"": "Regular", "B": "Semibold"}
_EASTERN: Final = "Noto Sans CJK"
_EAST: Final = 0x2E80
"""Where Chinese, Japanese and Korean signs begin in Unicode."""

# One file has a face for each tradition of writing; Japan's is the first.
_FACES: Final = {"KR": 1, "CN": 2, "SG": 2, "TW": 3, "HK": 4, "MO": 4}


def add_typefaces(sheet: FPDF, written: str, country: str) -> frozenset[int]:
    """Give a sheet what the texts written on it need; returns the signs that it can show.

    The large file for Eastern names is opened only where there is one.
    """
    files = Path(font_source_sans_pro.font_directory)
    for style, name in _FILES.items():
        sheet.add_font(FAMILY, style, files / f"SourceSansPro-{name}.ttf")
    known = _signs(sheet, FAMILY)
    needed = {ord(sign) for sign in written} - known
    if not any(sign >= _EAST for sign in needed):
        return known
    face = _FACES.get(country, 0)
    path = Path(str(noto_cjk_sans_otc.FONT_PATH))
    asked = sorted(needed | {ord(" ")})  # fpdf2 takes no face without a single sign
    sheet.add_font(_EASTERN, fname=path, collection_font_number=face, unicode_range=asked)
    sheet.set_fallback_fonts([_EASTERN], exact_match=False)
    return known | _signs(sheet, _EASTERN)


def _signs(sheet: FPDF, family: str) -> frozenset[int]:
    sheet.set_font(family)
    return frozenset(getattr(sheet.current_font, "cmap", ()))
