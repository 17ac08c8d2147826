"""Commands of the store's settings."""

from __future__ import annotations

from typing import Annotated

import typer

from store_app.cli.layout import pairs
from store_app.cli.options import answer, desk_of, examples, group, no_card_number
from store_app.cli.output import Answer
from store_app.words import _

settings = group("settings", "Settings of this store.")


@settings.command("list")
def list_all(ctx: typer.Context) -> Answer:
    """List every setting with its value."""
    from store_app.desk.upkeep import read_settings

    values = read_settings(desk_of(ctx))
    return answer(
        ctx,
        {"settings": values},
        lambda: pairs((name, _typed(value)) for name, value in values.items()),
    )


def _typed(value: object) -> str:
    """A value as `settings set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@settings.command("set", epilog=examples("settings set vat_rate 21", "settings set currency USD"))
def set_one(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `settings list` shows it.")],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Its new value.", callback=no_card_number)
    ],
) -> Answer:
    """Set one setting."""
    from store_app.desk.upkeep import write_setting

    now = write_setting(desk_of(ctx), name, value)[name]
    words = _("{name} is {value}.").format(name=name, value=now)
    return answer(ctx, {"name": name, "value": now}, lambda: words)
