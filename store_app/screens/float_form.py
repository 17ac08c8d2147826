"""The question that opens a shift: how much cash is in the drawer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.amounts import typed_amount
from store_app.widgets.form import Field, Form, Values

if TYPE_CHECKING:
    from store_app.screens.base import StoreScreen


def float_form(currency: str) -> Form:
    """Asks for the counted float and answers it as `float`."""

    def check(values: Values) -> None:
        typed_amount(values["float"], currency, field="float")

    label = f"No shift is open. Count the cash in the drawer ({currency}):"
    field = Field("float", label, placeholder="such as 100.00", kind="amount", max_length=15)
    return Form("Open the shift", [field], yes_label="Open", check=check)


async def has_shift(screen: StoreScreen) -> bool:
    """Whether a shift is open, after asking for the float if none was."""
    from store_app.desk.shifts import current_shift, open_shift

    if await screen.run_desk(current_shift) is not None:
        return True
    currency = screen.heading.currency if screen.heading else ""
    values = await screen.app.push_screen_wait(float_form(currency))
    if values is None:
        return False
    await screen.run_desk(open_shift, float_amount=values["float"])
    screen.read_heading()
    return True
