"""The question who buys: an e-mail address, a company, both or none; and for which phone."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.widgets import Input

from store_app.cart import Cart
from store_app.widgets.form import Field, Form, Values


class BuyerForm(Form):
    """A form that most clerks leave with Enter after the e-mail address."""

    @on(Input.Submitted)
    def take_over(self, event: Input.Submitted) -> None:
        """Enter in the address is all: the company seldom changes."""
        event.prevent_default()
        self.action_submit()


def buyer_form(cart: Cart, companies: Sequence[str]) -> Form:
    """Asks with what is known already, and answers `customer` and `company`.

    Where a supplier may be asked, for the `eid` of the phone as well.
    """
    return BuyerForm("Who buys?", _fields(cart, companies), yes_label="Take over", check=_check)


def _fields(cart: Cart, companies: Sequence[str]) -> list[Field]:
    email = Field(
        "customer",
        "Customer's e-mail address (empty for a walk-in)",
        cart.customer,
        placeholder="name@example.org",
    )
    choices = tuple((name, name) for name in companies)
    company = Field("company", "Company", cart.company, "none", kind="choice", choices=choices)
    return [email, company, _phone(cart)] if cart.is_live else [email, company]


def _phone(cart: Cart) -> Field:
    label = "EID of the phone, for a supplier that ties eSIMs to it"
    return Field("eid", label, cart.eid, placeholder="32 digits, behind *#06#", max_length=60)


def _check(values: Values) -> None:
    from checkout.accounts.end_users import check_email
    from checkout.orders.purchase import checked_eid

    checked_eid(values.get("eid", "").strip())
    if values["customer"].strip():
        check_email(values["customer"])
