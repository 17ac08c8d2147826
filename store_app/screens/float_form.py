"""The question that opens a shift: how much cash is in the drawer."""

from __future__ import annotations

from store_app.amounts import typed_amount
from store_app.widgets.form import Field, Form, Values


def float_form(currency: str) -> Form:
    """Asks for the counted float and answers it as `float`."""

    def check(values: Values) -> None:
        typed_amount(values["float"], currency, field="float")

    label = f"No shift is open. Count the cash in the drawer ({currency}):"
    field = Field("float", label, placeholder="such as 100.00", kind="amount", max_length=15)
    return Form("Open the shift", [field], yes_label="Open", check=check)
