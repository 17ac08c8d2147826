"""The command that refills an eSIM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, table
from store_app.cli.options import (
    AtReader,
    Esim,
    KeepCard,
    Key,
    Pay,
    Tendered,
    WhenPaid,
    answer,
    check_reader,
    desk_of,
    examples,
    key_or_fresh,
)
from store_app.cli.output import Answer
from store_app.cli.paid import paid
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.sales import Refilled, RefillOption

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "refill",
    epilog=examples(
        "refill 8931080000000000019 --list",
        "refill 8931080000000000019 --refill 1GB --pay cash --tendered 5.00",
    ),
)
def refill(
    ctx: typer.Context,
    iccid: Esim,
    *,
    refill: Annotated[
        str | None, typer.Option(metavar="ID", help="Which refill of the eSIM's plan.")
    ] = None,
    pay: Pay = "cash",
    tendered: Tendered = None,
    when_paid: WhenPaid = False,
    keep_card: KeepCard = False,
    reader: AtReader = False,
    key: Key = None,
    offered: Annotated[bool, typer.Option("--list", help="Only list what is offered.")] = False,
) -> Answer:
    """Add data to a prepaid eSIM.

    On a depleted or expired eSIM a new balance starts.
    """
    from store_app.desk import sales

    desk = desk_of(ctx)
    if offered:
        options = sales.refill_options(desk, iccid)
        return answer(ctx, {"refills": options}, lambda: _offer(options))
    if refill is None:
        raise WrongUsage(_("Missing option --refill; --list shows what there is."), field="refill")
    check_reader(reader=reader, pay=pay)
    key = key_or_fresh(key)
    done = sales.refill(
        desk,
        iccid,
        refill=refill,
        pay=pay,
        key=key,
        tendered=tendered,
        when_paid=when_paid,
        keep=keep_card,
        reader=reader,
    )
    return paid(ctx, desk, done, key, lambda: _words(done))


def _offer(options: list[RefillOption]) -> str:
    from store_app.present import money, size

    rows = [
        (each.id, size(each.data_bytes), money(each.total_minor, each.currency)) for each in options
    ]
    titles = (_("Refill"), _("Adds"), _("Total"))
    return table(titles, rows, right=(1, 2)) if rows else _("This plan has no refills.")


def _words(done: Refilled) -> str:
    from store_app.present import instant, size

    return pairs(
        [
            ("ICCID", done.iccid),
            (_("Data left"), size(done.data_left_bytes)),
            (_("Expires (UTC)"), instant(done.expires_at)),
        ]
    )
