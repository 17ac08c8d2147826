"""New companies and customers, and how far down a wallet may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, parse_amount
from store_app.present import money
from store_app.screens.money import ask
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.wallets import WalletView
    from store_app.screens.owner_screen import OwnerScreen


_ON: Final = "on"
_OFF: Final = "off"


async def add_owner(screen: OwnerScreen) -> None:
    """Ask for a name or an e-mail address and add whom it names."""
    typed = await ask(screen, _owner_form())
    if typed is None:
        return
    name = await screen.run_desk(add_named, typed)
    screen.read()
    screen.say(_("Added: {name}. Press t to top up the wallet.").format(name=name), "success")


def add_named(desk: Desk, typed: Values) -> str:
    """Add a customer when there is an @ in the name, a company otherwise; gives the name."""
    from store_app.desk.people import add_company, add_user

    name, company = typed["name"].strip(), typed["company"].strip()
    if "@" in name:
        return add_user(desk, name, company=company or None).email
    rate, limit = typed["vat_rate"].strip() or None, typed["credit_limit"].strip() or None
    return add_company(desk, name, vat_rate=rate, credit_limit=limit).name


async def set_limit(screen: OwnerScreen, view: WalletView) -> None:
    """Ask for the minimum balance, and whether the wallet may be used; set what changed."""
    from store_app.desk.wallets import configure_wallet

    typed = await ask(screen, _limit_form(view))
    if typed is None:
        return
    minimum, enable = typed["minimum"].strip(), typed["enabled"] != _OFF
    done = await screen.run_desk(configure_wallet, view.owner, minimum=minimum, enable=enable)
    screen.read(view.owner)
    words = _("The wallet of {owner} may go down to {minimum}.")
    if not done.enabled:
        words = _("The wallet of {owner} is switched off and pays nothing.")
    minimum = money(done.minimum_minor, done.currency)
    screen.say(words.format(owner=view.owner, minimum=minimum), "success")


def _owner_form() -> Form:
    def check(typed: Values) -> None:
        if not typed["name"].strip():
            raise Refused(_("Type a company's name or a customer's e-mail address."), field="name")

    fields = [
        Field("name", _("Company's name, or customer's e-mail address"), max_length=120),
        Field("company", _("A customer's company (empty: none)"), max_length=120),
        Field(
            "vat_rate",
            _("A company's own VAT rate in percent (empty: the store's)"),
            kind="amount",
            max_length=6,
        ),
        Field(
            "credit_limit",
            _("What a company may owe on invoices (empty: nothing)"),
            kind="amount",
            max_length=15,
        ),
    ]
    return Form(_("New company or customer"), fields, yes_label=_("Add"), check=check)


def _limit_form(view: WalletView) -> Form:
    def check(typed: Values) -> None:
        parse_amount(typed["minimum"], view.currency, field="minimum")

    minimum = Field(
        "minimum",
        _("Minimum in {currency}; below zero is a credit line").format(currency=view.currency),
        decimal_string(view.minimum_minor, view.currency),
        max_length=15,
    )
    enabled = Field(
        "enabled",
        _("May it pay?"),
        _ON if view.enabled else _OFF,
        kind="choice",
        choices=((_("yes"), _ON), (_("no: it pays nothing, PAYGO eSIMs stop"), _OFF)),
    )
    title = _("How far down may the wallet of {owner} go?").format(owner=view.owner)
    return Form(title, [minimum, enabled], yes_label=_("Set"), check=check)
