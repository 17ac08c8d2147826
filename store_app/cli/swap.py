"""The command that moves a phone number to another card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs
from store_app.cli.options import Esim, Key, Reason, answer, desk_of, examples, key_or_fresh
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.sim_swaps import Swap

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "swap",
    epilog=examples(
        "esim swap 8931080000000000019 --to 8931080000000000027 --key s1",
        "esim swap 8931080000000000019",
        "esim swap 8931080000000000019 --done",
    ),
)
def swap(
    ctx: typer.Context,
    iccid: Esim,
    *,
    to: Annotated[
        str | None, typer.Option(metavar="ICCID", help="The blank card that gets the number.")
    ] = None,
    reason: Reason = "",
    done: Annotated[
        bool, typer.Option("--done", help="The operator says that it has moved the number.")
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="The operator says that it has not, and will not.")
    ] = False,
    key: Key = None,
) -> Answer:
    """Move a number and all that its line has to a blank card; alone, show how far it is.

    Both cards are pending meanwhile. “maintain” asks again from one hour on, five times at most,
    20 minutes apart.
    """
    from store_app.desk.sim_swaps import show_swap, swap_sim, tell_swap

    if sum((to is not None, done, failed)) > 1:
        raise WrongUsage(_("--to, --done and --failed stand alone."), field="to")
    desk = desk_of(ctx)
    if to is not None:
        return _said(ctx, swap_sim(desk, iccid, to, reason=reason, key=key_or_fresh(key)))
    if done or failed:
        return _said(ctx, tell_swap(desk, iccid, done=done, key=key))
    return _said(ctx, show_swap(desk, iccid))


def _said(ctx: typer.Context, view: Swap) -> Answer:
    def words() -> str:
        from store_app.present import instant

        return pairs(
            [
                ("ICCID", view.iccid),
                (_("From"), view.old_iccid),
                (_("To"), view.new_iccid),
                (_("Number"), view.msisdn),
                (_("State"), view.state),
                (_("Tries"), view.tries),
                (_("Again at (UTC)"), instant(view.due_at) if view.due_at else None),
                (_("Operator"), view.operator or None),
                (_("Said"), view.answer or None),
            ]
        )

    return answer(ctx, as_document(view), words)
