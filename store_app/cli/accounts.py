"""Commands of companies and end users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, table
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.people import CompanyView, UserView

company = group("company", "Companies: business clients and points of sale.")
user = group("user", "End users: people who buy and use eSIMs.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The company's name.")]
VatRate = Annotated[
    str | None, typer.Option(metavar="PERCENT", help="An own VAT rate, such as 21 or 0.")
]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The user's e-mail.")]


@company.command("add", epilog=examples('company add "Acme Travel" --currency EUR --vat-rate 21'))
def add_company(
    ctx: typer.Context,
    name: Name,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Currency of its wallet.")
    ] = None,
    vat_rate: VatRate = None,
    credit_limit: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="How much it may owe on invoices; a wallet's own limit: wallet configure.",
        ),
    ] = None,
) -> Answer:
    """Add a company."""
    from store_app.desk import people

    view = people.add_company(
        desk_of(ctx), name, currency=currency, vat_rate=vat_rate, credit_limit=credit_limit
    )
    return answer(ctx, as_document(view), lambda: _company_words(view))


@company.command("show")
def show_company(ctx: typer.Context, name: Name) -> Answer:
    """Show a company."""
    from store_app.desk import people

    view = people.show_company(desk_of(ctx), name)
    return answer(ctx, as_document(view), lambda: _company_words(view))


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


def _company_words(view: CompanyView) -> str:
    from store_app.present import money

    return pairs(
        [
            (_("Company"), view.name),
            (_("Currency"), view.currency),
            (_("VAT"), _rate(view.vat_rate)),
            (_("Credit on invoice"), money(view.credit_limit_minor, view.currency)),
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
