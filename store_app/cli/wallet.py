"""Commands of wallets: look, top up, set limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store_app.cli.layout import pairs, paragraphs, table
from store_app.cli.options import (
    Key,
    Tendered,
    answer,
    desk_of,
    examples,
    group,
    key_or_fresh,
)
from store_app.cli.output import Answer, as_document
from store_app.cli.paid import paid
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.wallets import WalletView

wallet = group("wallet", "Wallets: prepaid money of companies and end users.")

Owner = Annotated[
    str,
    typer.Argument(metavar="OWNER", help="A company's name or a user's e-mail."),
]


@wallet.command("show")
def show(ctx: typer.Context, owner: Owner) -> Answer:
    """Show a wallet with its history."""
    from store_app.desk.wallets import show_wallet

    return _wallet_answer(ctx, show_wallet(desk_of(ctx), owner))


@wallet.command("list")
def list_all(ctx: typer.Context) -> Answer:
    """List the wallets."""
    from store_app.desk.wallets import list_wallets

    views = list_wallets(desk_of(ctx))

    def words() -> str:
        from store_app.present import money

        rows = [
            (view.owner, money(view.balance_minor, view.currency), _enabled(view)) for view in views
        ]
        titles = (_("Owner"), _("Balance"), _("Enabled"))
        return table(titles, rows, right=(1,)) if rows else _("There is no wallet yet.")

    return answer(ctx, {"wallets": views}, words)


@wallet.command(
    "top-up",
    epilog=examples(
        "wallet top-up ana@example.com --amount 50.00 --pay cash --tendered 50.00",
        'wallet top-up "Acme Travel" --amount 1000.00 --pay manual',
        "wallet top-up ana@example.com --pack 50 --pay cash",
    ),
)
def top_up(
    ctx: typer.Context,
    owner: Owner,
    *,
    amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What is added, before VAT.")
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A pack of a PAYGO plan, instead of an amount."),
    ] = None,
    plan: Annotated[
        str | None,
        typer.Option(metavar="SKU", help="The pack's plan, when plans differ in it."),
    ] = None,
    pay: Annotated[
        Literal["cash", "manual", "card"],
        typer.Option(help="How it was paid; manual is a bank transfer that has arrived."),
    ],
    tendered: Tendered = None,
    key: Key = None,
) -> Answer:
    """Put money into a wallet."""
    from store_app.desk.sales import top_up as carry_out

    desk, key = desk_of(ctx), key_or_fresh(key)
    done = carry_out(
        desk, owner, amount=amount, pack=pack, plan=plan, pay=pay, key=key, tendered=tendered
    )

    def balance() -> str:
        from store_app.present import money

        return pairs([(_("Balance"), money(done.balance_minor, done.currency))])

    return paid(ctx, desk, done, key, balance)


@wallet.command("configure", epilog=examples("wallet configure Acme --minimum -500.00 --enable"))
def configure(
    ctx: typer.Context,
    owner: Owner,
    minimum: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="What must stay in it; with a minus a credit line."),
    ] = None,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it may be used.")
    ] = None,
) -> Answer:
    """Set a wallet's limit and whether it may be used.

    A wallet that is missing is created.
    """
    from store_app.desk.wallets import configure_wallet

    return _wallet_answer(
        ctx, configure_wallet(desk_of(ctx), owner, minimum=minimum, enable=enable)
    )


def _wallet_answer(ctx: typer.Context, view: WalletView) -> Answer:
    return answer(ctx, as_document(view), lambda: _words(view))


def _words(view: WalletView) -> str:
    from store_app.present import money

    head = pairs(
        [
            (_("Wallet"), view.owner),
            (_("Balance"), money(view.balance_minor, view.currency)),
            (_("Minimum"), money(view.minimum_minor, view.currency)),
            (_("Held"), money(view.held_minor, view.currency)),
            (_("Enabled"), _enabled(view)),
        ]
    )
    rows = [
        (
            entry["at"],
            entry["description"],
            money(entry["amount_minor"], view.currency),
            money(entry["balance_minor"], view.currency),
        )
        for entry in view.history
    ]
    titles = (_("At"), _("What"), _("Amount"), _("Balance"))
    return paragraphs(head, table(titles, rows, right=(2, 3)) if rows else "")


def _enabled(view: WalletView) -> str:
    return _("yes") if view.enabled else _("no")
