"""Commands of end users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.accounts import VatRate, log_answer, rate_words
from store_app.cli.layout import pairs, table
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.people import UserView

user = group("user", "End users: people who buy and use eSIMs.")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The user's e-mail.")]


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


@user.command(
    "set",
    epilog=examples(
        'user set ana@example.com --name "Ana Lima" --vat-rate 21',
        "user set ana@example.com --email ana.lima@example.com --company Acme",
    ),
)
def set_user(
    ctx: typer.Context,
    email: Email,
    *,
    new_email: Annotated[
        str | None, typer.Option("--email", metavar="EMAIL", help="Another e-mail address.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Full name; empty clears it.")
    ] = None,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another company; empty for Walk-in.")
    ] = None,
    vat_rate: VatRate = None,
) -> Answer:
    """Change what is said of an end user; user log EMAIL shows every change.

    His eSIMs stay with the company that they were sold to.
    """
    from store_app.desk import people

    view = people.set_user(
        desk_of(ctx), email, new_email=new_email, name=name, company=company, vat_rate=vat_rate
    )
    return answer(ctx, as_document(view), lambda: _user_words(view))


@user.command("log")
def user_log(ctx: typer.Context, email: Email) -> Answer:
    """Show what was changed about an end user: when, what, from what to what, by whom."""
    return log_answer(ctx, email)


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
            (view.email, view.name, view.company, rate_words(view.vat_rate), view.uuid)
            for view in views
        ]
        titles = (_("E-mail"), _("Name"), _("Company"), _("VAT"), "UUID")
        return table(titles, rows, right=(3,))

    return answer(ctx, {"users": views}, words)


def _user_words(view: UserView) -> str:
    return pairs(
        [
            (_("User"), view.email),
            (_("Name"), view.name),
            (_("Company"), view.company),
            (_("VAT"), rate_words(view.vat_rate)),
            ("UUID", view.uuid),
        ]
    )
