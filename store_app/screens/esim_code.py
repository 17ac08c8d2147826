"""The activation of a sold eSIM, shown again on request and only here."""

from __future__ import annotations

from typing import ClassVar

from store_app.delivery import Delivery
from store_app.screens.activation import ActivationScreen


class CodeScreen(ActivationScreen):
    """What the customer got at the sale, once more."""

    HELP = (
        "The code as it was handed over: scan it, or type address and matching id. "
        "Up and Down scroll the words, Enter or Esc hides it."
    )
    SETTLE_S: ClassVar[float] = 0
    """It was asked for by a letter, so no burst of Enter can follow."""

    def _show_change(self, delivery: Delivery) -> None:
        """The change of that sale was given then."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An eSIM that was assigned has no receipt."""
        if action == "receipt":
            return self.delivery is not None and bool(self.delivery.receipt)
        return super().check_action(action, parameters)
