"""What forms say of a card number typed into them."""

from __future__ import annotations

from catalog.kernel.card_numbers import CARD_NUMBER_REFUSED, holds_card_number

__all__ = ["CARD_NUMBER_REFUSED", "holds_card_number"]
