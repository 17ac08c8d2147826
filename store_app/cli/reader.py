"""Commands of card readers: see them, take one for this register, play a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import table
from store_app.cli.options import Order, answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.register_readers import ReaderView

reader = group("reader", "Card readers: which one stands at this register.")


@reader.command("list")
def list_all(ctx: typer.Context) -> Answer:
    """List the card readers of the account; the one of this register is marked."""
    from store_app.desk.register_readers import list_readers

    views = list_readers(desk_of(ctx))
    return answer(ctx, {"readers": views}, lambda: _words(views))


@reader.command("use", epilog=examples("reader use tmr_FDOt2wlRZEdpd7", 'reader use "Counter 1"'))
def use(
    ctx: typer.Context,
    named: Annotated[str, typer.Argument(metavar="READER", help="Its id or its label; or none.")],
) -> Answer:
    """Take a reader for this register; “none” leaves it without one."""
    from store_app.desk.register_readers import drop_reader, use_reader

    desk = desk_of(ctx)
    if named.strip() == "none":
        drop_reader(desk)
        return answer(ctx, {"reader": None}, lambda: _("This register has no reader now."))
    view = use_reader(desk, named)
    words = _("This register collects at {label} now.")
    return answer(ctx, as_document(view), lambda: words.format(label=view.label))


@reader.command("present", epilog=examples("reader present O-7K3M9QXA --declined"))
def present(
    ctx: typer.Context,
    order: Order,
    *,
    declined: Annotated[
        bool, typer.Option("--declined", help="A card that its bank refuses.")
    ] = False,
) -> Answer:
    """Play a card at a simulated reader, with a test key; “order check ORDER” tells the rest."""
    from store_app.desk.register_readers import present_card

    done = present_card(desk_of(ctx), order, declined=declined)
    words = _("A test card was held to {reader}.")
    return answer(ctx, {"reader": done, "order": order}, lambda: words.format(reader=done))


def _words(views: list[ReaderView]) -> str:
    rows = [
        (
            "›" if view.is_used else "",
            view.reader,
            view.label,
            view.kind,
            _("online") if view.is_online else _("offline"),
        )
        for view in views
    ]
    titles = ("", _("Reader"), _("Label"), _("Kind"), _("State"))
    return table(titles, rows) if rows else _("The account has no readers.")
