"""Commands of the store's settings."""

from __future__ import annotations

from typing import Annotated

import typer

from store_app.cli.layout import pairs
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer
from store_app.words import _

settings = group("settings", "Settings of this store.")


@settings.command("list")
def list_all(ctx: typer.Context) -> Answer:
    """List every setting with its value as `settings set` takes it."""
    from catalog.kernel.settings import setting_text
    from store_app.desk.upkeep import read_settings

    values = read_settings(desk_of(ctx))
    texts = {name: setting_text(name, value) for name, value in values.items()}
    return answer(
        ctx,
        {"settings": texts},
        lambda: pairs((name, text or _("(empty)")) for name, text in texts.items()),
    )


@settings.command(
    "set", epilog=examples("settings set vat_rate 21", "settings set shop_name 'Casa Movil'")
)
def set_one(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `settings list` shows it.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
) -> Answer:
    """Set one setting."""
    from catalog.kernel.settings import setting_text
    from store_app.desk.upkeep import write_setting

    now = setting_text(name, write_setting(desk_of(ctx), name, value)[name])
    words = _("{name} is {value}.").format(name=name, value=now or _("empty"))
    return answer(ctx, {"name": name, "value": now}, lambda: words)
