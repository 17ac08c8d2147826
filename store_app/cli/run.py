"""The command that opens the screens, for its help; `__main__` goes there without Typer."""

from __future__ import annotations

from typing import Annotated

import typer

from store_app.cli.arguments import Invocation, WrongUsage
from store_app.cli.options import examples
from store_app.cli.screens import open_screens
from store_app.words import _

commands = typer.Typer(rich_markup_mode=None)


@commands.command("run", epilog=examples("run", "run --demo", "run --store /srv/shop.db"))
def run(
    ctx: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="On a throw-away store filled with demonstration goods.")
    ] = False,
) -> int:
    """Open the screens; a missing store is created."""
    invocation: Invocation = ctx.obj
    if invocation.as_json:
        raise WrongUsage(_("The screens have no JSON; leave --json out."), field="json")
    return open_screens(invocation.store, demo=demo)
