"""Cash on the counter: what was tendered, what goes back."""

from __future__ import annotations

from typing import Any

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words, parse_amount
from checkout.orders.pricing import Price

_MAX_TIMES = 1000


def tender(
    pay: str, tendered: str | None, price: Price, unchanged: str = "nothing was sold"
) -> dict[str, Any]:
    """The frozen parameters of a payment; cash without an amount is exact cash.

    Raises:
        Refused: says what is `unchanged`: too little, or an amount for a method that takes none.

    """
    if pay != "cash":
        if tendered is not None:
            raise Refused(
                f"Only cash is tendered; {unchanged}.", code="bad_amount", field="tendered"
            )
        return {}
    given = price.total_minor
    if tendered is not None:
        given = parse_amount(tendered, price.currency, field="tendered")
    if given < price.total_minor:
        missing = money_words(price.total_minor - given, price.currency)
        raise Refused(
            f"{missing} are missing; {unchanged}. Ask for "
            f"{money_words(price.total_minor, price.currency)}.",
            code="tendered_too_small",
            field="tendered",
        )
    if given > _MAX_TIMES * max(price.total_minor, 1000):
        raise Refused(
            f"That is far more than the price, so it looks like a slip; {unchanged}.",
            code="tendered_too_large",
            field="tendered",
        )
    return {"tendered_minor": given, "change_minor": given - price.total_minor}
