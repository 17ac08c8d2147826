"""The command that sets how a wallet may be used, and how it is refilled by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.options import DailyCap, MonthlyCap, desk_of, examples
from store_app.cli.output import Answer
from store_app.cli.wallet import Owner, wallet_answer
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk

EXAMPLES = examples(
    "wallet configure Acme --minimum -500.00 --enable",
    "wallet configure Acme --auto-refill 100.00 --threshold 20.00 --pay card",
    "wallet configure Acme --auto-refill off",
)


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
    *,
    auto_refill: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT|off", help="Top it up with this by itself, or no more."),
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="When it holds less than this.")
    ] = None,
    pay: Annotated[
        Literal["card"], typer.Option(help="What pays it: a kept card (wallet card).")
    ] = "card",
    daily_cap: DailyCap = None,
    monthly_cap: MonthlyCap = None,
) -> Answer:
    """Set a wallet's limit, whether it may be used, and how it is refilled by itself.

    A wallet that is missing is created.
    """
    from store_app.desk.wallets import configure_wallet, show_wallet

    desk = desk_of(ctx)
    if (auto_refill in (None, "off")) is not (threshold is None):
        raise WrongUsage(_("--auto-refill AMOUNT goes with --threshold AMOUNT."), field="threshold")
    if minimum is not None or enable is not None or auto_refill is None:
        view = configure_wallet(desk, owner, minimum=minimum, enable=enable)
    if auto_refill is not None:
        told = {"daily_cap": daily_cap, "monthly_cap": monthly_cap}
        caps = {name: cap for name, cap in told.items() if cap is not None}
        _set_refill(desk, owner, auto_refill, threshold, pay=pay, **caps)
        view = show_wallet(desk, owner)
    return wallet_answer(ctx, view)


def _set_refill(
    desk: Desk, owner: str, amount: str, threshold: str | None, *, pay: str, **caps: int
) -> None:
    from store_app.desk.auto_refills import set_wallet_refill, switch_off

    if threshold is None:
        switch_off(desk, owner)
    else:
        set_wallet_refill(desk, owner, amount=amount, threshold=threshold, pay=pay, **caps)
