"""Details of companies and customers: changed in a form, with every change on record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.money import decimal_string
from store_app.screens.money import ask
from store_app.screens.picker import Choice, Picker
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.screens.owner_screen import OwnerScreen

_COLUMNS: Final = (
    Column(_("Owner"), 24, flex=2),
    Column(_("Kind"), 16, flex=1),
    Column(_("Balance"), 14, align="right"),
)
_YES: Final = "yes"
_NO: Final = "no"
_DETAILS: Final = (
    ("street", _("Street and number")),
    ("postcode", _("Postcode")),
    ("city", _("Town")),
    ("country", _("Country, two letters")),
    ("email", _("E-mail address for invoices")),
    ("vat_number", _("VAT number")),
    ("registration", _("Number in the register of companies")),
)


async def change_details(screen: OwnerScreen) -> None:
    """Choose a company or a customer, show all that is said of it, take over what was changed.

    What is refused stands in the form again, with the reason.
    """
    owner = await _chosen(screen, _("Whose details? Type a part of the name."))
    if owner is None:
        return
    fields, refusal = await screen.run_desk(read_fields, owner), ""
    before = {field.name: field.value for field in fields}
    while True:
        form = Form(owner, fields, yes_label=_("Take over"), refusal=refusal)
        typed = await ask(screen, form)
        changed = {name: text for name, text in (typed or {}).items() if text != before[name]}
        if not changed:
            return
        try:
            name = await screen.run_desk(write_fields, owner, changed)
        except Refused as refused:
            fields, refusal = _typed_again(fields, typed), refused.message
        else:
            break
    screen.read(name)
    screen.say(_("Changed: {name}. u shows every change.").format(name=name), "success")


async def show_changes(screen: OwnerScreen) -> None:
    """Choose a company or a customer and show what was changed about it."""
    from store_app.screens.reading import Reading

    owner = await _chosen(screen, _("Whose changes? Type a part of the name."))
    if owner is None:
        return
    zone = screen.heading.time_zone if screen.heading else "UTC"
    text = await screen.run_desk(read_changes, owner, zone)
    await ask(screen, Reading(_("Changes of {owner}").format(owner=owner), text))


def read_changes(desk: Desk, owner: str, zone: str) -> str:
    """Every change of a company or a customer, one line each, the newest first."""
    from store_app.account_words import LOG_TITLES, log_cells
    from store_app.cli.layout import table
    from store_app.desk.account_log import account_log

    rows = [log_cells(each, zone) for each in reversed(account_log(desk, owner))]
    return table(LOG_TITLES, rows) if rows else _("Nothing was changed.")


def read_fields(desk: Desk, owner: str) -> list[Field]:
    """The fields of a company, or of a customer when there is an @ in the name, filled in."""
    own = _customer_fields(desk, owner) if "@" in owner else _company_fields(desk, owner)
    return [*own, *_wallet_fields(desk, owner)]


def write_fields(desk: Desk, owner: str, changed: Values) -> str:
    """Take over what was changed; the name that it is known by then."""
    from store_app.desk.people import set_company, set_user

    told = dict(changed)
    if told.get("credit_limit") == "":
        told["credit_limit"] = "0"
    if "@" in owner:
        new_email = told.pop("email", None)
        return set_user(desk, owner, new_email=new_email, **told).email
    details = {name: told.pop(name) for name, _label in _DETAILS if name in told}
    reverse = told.pop("reverse_charge", None)
    return set_company(
        desk,
        owner,
        new_name=told.pop("name", None),
        details=details,
        reverse_charge=None if reverse is None else reverse == _YES,
        **told,
    ).name


def _company_fields(desk: Desk, owner: str) -> list[Field]:
    from checkout.accounts.changes import rate_words
    from store_app.desk.people import show_company

    view = show_company(desk, owner)
    limit = decimal_string(view.credit_limit_minor, view.currency)
    kinds = ((_("no"), _NO), (_("yes: it accounts for the VAT itself"), _YES))
    return [
        Field("name", _("Name"), view.name),
        *(Field(name, label, str(getattr(view, name))) for name, label in _DETAILS),
        _rate_field(rate_words(view.vat_rate)),
        Field(
            "reverse_charge",
            _("Reverse charge?"),
            _YES if view.reverse_charge else _NO,
            kind="choice",
            choices=kinds,
        ),
        Field(
            "credit_limit", _("What it may owe on invoices"), limit, kind="amount", max_length=15
        ),
    ]


def _customer_fields(desk: Desk, owner: str) -> list[Field]:
    from checkout.accounts.changes import rate_words
    from store_app.desk.people import list_companies, show_user

    view = show_user(desk, owner)
    companies = tuple((each.name, each.name) for each in list_companies(desk))
    return [
        Field("email", _("E-mail address"), view.email),
        Field("name", _("Name"), view.name),
        Field("company", _("Company"), view.company, kind="choice", choices=companies),
        _rate_field(rate_words(view.vat_rate)),
    ]


def _rate_field(rate: str) -> Field:
    label = _("Own VAT rate in percent (empty: the store's)")
    return Field("vat_rate", label, rate, kind="amount", max_length=6)


def _wallet_fields(desk: Desk, owner: str) -> list[Field]:
    """How far down the wallet may go, where there is one."""
    from store_app.desk.wallets import show_wallet

    try:
        wallet = show_wallet(desk, owner)
    except NotFound:
        return []
    label = _("Wallet's minimum in {currency}; below zero is a credit line")
    minimum = decimal_string(wallet.minimum_minor, wallet.currency)
    return [Field("minimum", label.format(currency=wallet.currency), minimum, max_length=15)]


def _typed_again(fields: list[Field], typed: Values) -> list[Field]:
    return [replace(field, value=typed[field.name]) for field in fields]


async def _chosen(screen: OwnerScreen, title: str) -> str | None:
    """Whom the clerk means: the owner of the marked wallet stands first."""
    from store_app.screens.wallet_top_up import owner_choices

    marked = screen.marked_owner
    choices = await screen.run_desk(owner_choices)
    ordered: list[Choice] = sorted(choices, key=lambda choice: choice.value != marked)
    nothing = _("Nobody of that name. Esc, then n adds a company or a customer.")
    picked: str | None = await ask(
        screen, Picker(title, _COLUMNS, ordered, empty_text=nothing, typed="")
    )
    return picked
