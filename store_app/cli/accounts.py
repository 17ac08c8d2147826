"""Commands of companies."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from store_app.cli.layout import pairs, table
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.people import Account, CompanyView

company = group("company", "Companies: business clients and points of sale.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The company's name.")]
VatRate = Annotated[
    str | None,
    typer.Option(metavar="PERCENT", help="An own VAT rate, such as 21; empty for the store's."),
]
CreditLimit = Annotated[
    str | None,
    typer.Option(
        metavar="AMOUNT",
        help="How much it may owe on invoices; a wallet's own limit: wallet configure.",
    ),
]
VatNumber = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="Its VAT number, such as ESB12345678.")
]
Registration = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="Its number in the register of companies.")
]
InvoiceEmail = Annotated[
    str | None, typer.Option("--email", metavar="EMAIL", help="Where its invoices go.")
]
Street = Annotated[str | None, typer.Option(metavar="WORDS", help="Street and number.")]
Postcode = Annotated[str | None, typer.Option(metavar="CODE", help="Postcode.")]
City = Annotated[str | None, typer.Option(metavar="NAME", help="Town.")]
Country = Annotated[str | None, typer.Option(metavar="CODE", help="Two letters, such as ES.")]
ReverseCharge = Annotated[
    bool | None,
    typer.Option(
        "--reverse-charge/--no-reverse-charge",
        help="It accounts for the VAT itself; needs its VAT number.",
    ),
]


def _described(
    *,
    vat_rate: VatRate = None,
    credit_limit: CreditLimit = None,
    vat_number: VatNumber = None,
    registration: Registration = None,
    email: InvoiceEmail = None,
    street: Street = None,
    postcode: Postcode = None,
    city: City = None,
    country: Country = None,
    reverse_charge: ReverseCharge = None,
) -> dict[str, Any]:
    """What may be said of a company, as the desk takes it."""
    told = locals()
    from checkout.accounts.parties import DETAILS

    return {"details": {name: told.pop(name) for name in DETAILS}, **told}


def _describing(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """A command that takes the options of `_described` after its own, in its `**told`."""
    own, shared = (signature(each, eval_str=True) for each in (command, _described))
    *named, _told = own.parameters.values()
    merged = own.replace(parameters=[*named, *shared.parameters.values()])
    command.__annotations__ |= _described.__annotations__
    command.__signature__ = merged  # type: ignore[attr-defined]  # where `inspect` looks first
    return command


@company.command("add", epilog=examples('company add "Acme Travel" --currency EUR --vat-rate 21'))
@_describing
def add_company(
    ctx: typer.Context,
    name: Name,
    *,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Currency of its wallet.")
    ] = None,
    **told: Any,
) -> Answer:
    """Add a company."""
    from store_app.desk import people

    view = people.add_company(desk_of(ctx), name, currency=currency, **_described(**told))
    return answer(ctx, as_document(view), lambda: _company_words(view))


@company.command(
    "set",
    epilog=examples(
        "company set Acme --credit-limit 500.00",
        "company set Acme --vat-number ESB12345678 --country ES --reverse-charge",
    ),
)
@_describing
def set_company(
    ctx: typer.Context,
    name: Name,
    *,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Another name.")
    ] = None,
    **told: Any,
) -> Answer:
    """Change what is said of a company; an empty word clears it.

    Invoices that are issued already stay as they were; company log NAME shows every change.
    """
    from store_app.desk import people

    view = people.set_company(desk_of(ctx), name, new_name=new_name, **_described(**told))
    return answer(ctx, as_document(view), lambda: _company_words(view))


@company.command("show")
def show_company(ctx: typer.Context, name: Name) -> Answer:
    """Show a company, with what it owes on invoices."""
    from store_app.desk import people

    desk = desk_of(ctx)
    view, account = people.show_company(desk, name), people.credit_account(desk, name)
    owes = {"owed_minor": account.owed_minor, "left_minor": account.left_minor}
    return answer(ctx, as_document(view) | owes, lambda: _company_words(view, account))


@company.command("list")
def list_companies(ctx: typer.Context) -> Answer:
    """List the companies."""
    from store_app.desk import people

    views = people.list_companies(desk_of(ctx))

    def words() -> str:
        rows = [(view.name, view.currency, rate_words(view.vat_rate), view.uuid) for view in views]
        return table((_("Name"), _("Currency"), _("VAT"), "UUID"), rows, right=(2,))

    return answer(ctx, {"companies": views}, words)


@company.command("log")
def company_log(ctx: typer.Context, name: Name) -> Answer:
    """Show what was changed about a company: when, what, from what to what, by whom."""
    return log_answer(ctx, name)


def log_answer(ctx: typer.Context, named: str) -> Answer:
    """The changes of a company or an end user, the oldest first."""
    from store_app.desk.account_log import account_log

    changes = account_log(desk_of(ctx), named)

    def words() -> str:
        from store_app.account_words import LOG_TITLES, log_cells

        rows = [log_cells(each) for each in changes]
        return table(LOG_TITLES, rows) if rows else _("Nothing was changed.")

    return answer(ctx, {"changes": changes}, words)


def _company_words(view: CompanyView, account: Account | None = None) -> str:
    from store_app.present import money, owed

    town = " ".join(part for part in (view.postcode, view.city) if part)
    address = ", ".join(part for part in (view.street, town, view.country) if part)
    owes = [owed(_("Owes"), account.owed_minor, view.currency)] if account else []
    return pairs(
        [
            (_("Company"), view.name),
            (_("Currency"), view.currency),
            (_("VAT"), _("reverse charge") if view.reverse_charge else rate_words(view.vat_rate)),
            (_("VAT number"), view.vat_number),
            (_("Address"), address),
            (_("Registration"), view.registration),
            (_("E-mail"), view.email),
            (_("Credit on invoice"), money(view.credit_limit_minor, view.currency)),
            *owes,
            ("UUID", view.uuid),
        ]
    )


def rate_words(rate: int | None) -> str:
    """A VAT rate as people read it; None is the store's."""
    from store_app.present import percent

    return _("the store's") if rate is None else percent(rate)
