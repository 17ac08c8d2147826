"""What the storefront says when it is opened, empty, or in doubt which country is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from catalog.look_alike import LookAlike

LOADING: Final = "Opening the store …"
NO_PLANS: Final = "No plans yet. Ctrl+O imports a price list."
HOW_TO_START: Final = (
    "To start, in a shell; currency and VAT are chosen once:",
    "  esim-store init --currency EUR --vat-rate 21",
    "  esim-store plans import plans.toml",
    "  esim-store stock import profiles.csv --operator NAME --approve",
)


def alike_words(alike: LookAlike | None) -> str:
    """Countries taken for each other: "Niger (NE) or Nigeria (NG)"."""
    return " or ".join(f"{name} ({code})" for code, name in alike.candidates) if alike else ""
