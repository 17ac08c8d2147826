"""Commands of companies and end users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, table
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.people import Account, CompanyView, UserView

company = group("company", "Companies: business clients and points of sale.")
user = group("user", "End users: people who buy and use eSIMs.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The company's name.")]
VatRate = Annotated[
    str | None, typer.Option(metavar="PERCENT", help="An own VAT rate, such as 21 or 0.")
]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The user's e-mail.")]


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


@company.command("add", epilog=examples('company add "Acme Travel" --currency EUR --vat-rate 21'))
def add_company(
    ctx: typer.Context,
    name: Name,
    *,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Currency of its wallet.")
    ] = None,
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
) -> Answer:
    """Add a company."""
    from store_app.desk import people

    view = people.add_company(
        desk_of(ctx),
        name,
        currency=currency,
        vat_rate=vat_rate,
        credit_limit=credit_limit,
        details={
            "vat_number": vat_number,
            "registration": registration,
            "email": email,
            "street": street,
            "postcode": postcode,
            "city": city,
            "country": country,
        },
        reverse_charge=reverse_charge,
    )
    return answer(ctx, as_document(view), lambda: _company_words(view))


@company.command(
    "set",
    epilog=examples(
        "company set Acme --credit-limit 500.00",
        "company set Acme --vat-number ESB12345678 --country ES --reverse-charge",
    ),
)
def set_company(
    ctx: typer.Context,
    name: Name,
    *,
    vat_rate: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="An own VAT rate; empty for the store's.")
    ] = None,
    credit_limit: CreditLimit = None,
    vat_number: VatNumber = None,
    registration: Registration = None,
    email: InvoiceEmail = None,
    street: Street = None,
    postcode: Postcode = None,
    city: City = None,
    country: Country = None,
    reverse_charge: ReverseCharge = None,
) -> Answer:
    """Change what is said of a company; an empty word clears it.

    Invoices that are issued already stay as they were.
    """
    from store_app.desk import people

    view = people.set_company(
        desk_of(ctx),
        name,
        vat_rate=vat_rate,
        credit_limit=credit_limit,
        details={
            "vat_number": vat_number,
            "registration": registration,
            "email": email,
            "street": street,
            "postcode": postcode,
            "city": city,
            "country": country,
        },
        reverse_charge=reverse_charge,
    )
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
        rows = [(view.name, view.currency, _rate(view.vat_rate), view.uuid) for view in views]
        return table((_("Name"), _("Currency"), _("VAT"), "UUID"), rows, right=(2,))

    return answer(ctx, {"companies": views}, words)


@user.command("add", epilog=examples('user add ana@example.com --name "Ana Lima" --company Acme'))
def add_user(
    ctx: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(metavar="NAME", help="Full name.")] = "",
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="The company; Walk-in if not said.")
    ] = None,
    vat_rate: VatRate = None,
) -> Answer:
    """Add an end user.

    The company's VAT rate is not inherited: without one of his own the store's applies.
    """
    from store_app.desk import people

    view = people.add_user(desk_of(ctx), email, name=name, company=company, vat_rate=vat_rate)
    return answer(ctx, as_document(view), lambda: _user_words(view))


@user.command("show")
def show_user(ctx: typer.Context, email: Email) -> Answer:
    """Show an end user."""
    from store_app.desk import people

    view = people.show_user(desk_of(ctx), email)
    return answer(ctx, as_document(view), lambda: _user_words(view))


@user.command("list")
def list_users(ctx: typer.Context) -> Answer:
    """List the end users."""
    from store_app.desk import people

    views = people.list_users(desk_of(ctx))

    def words() -> str:
        rows = [
            (view.email, view.name, view.company, _rate(view.vat_rate), view.uuid) for view in views
        ]
        titles = (_("E-mail"), _("Name"), _("Company"), _("VAT"), "UUID")
        return table(titles, rows, right=(3,))

    return answer(ctx, {"users": views}, words)


def _company_words(view: CompanyView, account: Account | None = None) -> str:
    from store_app.present import money

    town = " ".join(part for part in (view.postcode, view.city) if part)
    address = ", ".join(part for part in (view.street, town, view.country) if part)
    owed = [(_("Owes"), money(account.owed_minor, view.currency))] if account else []
    return pairs(
        [
            (_("Company"), view.name),
            (_("Currency"), view.currency),
            (_("VAT"), _("reverse charge") if view.reverse_charge else _rate(view.vat_rate)),
            (_("VAT number"), view.vat_number),
            (_("Address"), address),
            (_("Registration"), view.registration),
            (_("E-mail"), view.email),
            (_("Credit on invoice"), money(view.credit_limit_minor, view.currency)),
            *owed,
            ("UUID", view.uuid),
        ]
    )


def _user_words(view: UserView) -> str:
    return pairs(
        [
            (_("User"), view.email),
            (_("Name"), view.name),
            (_("Company"), view.company),
            (_("VAT"), _rate(view.vat_rate)),
            ("UUID", view.uuid),
        ]
    )


def _rate(rate: int | None) -> str:
    from store_app.present import percent

    return _("the store's") if rate is None else percent(rate)
