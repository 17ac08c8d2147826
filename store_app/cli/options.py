"""Options that several commands share, and what a command does with its context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from catalog.kernel.card_numbers import CARD_NUMBER_REFUSED, holds_card_number
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from store_app.cli.arguments import Invocation, WrongUsage
from store_app.cli.output import Answer, warn
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk


_NOT_KEPT = frozenset({"iccid", "query", "file", "out"})
"""Words that are looked for, and names of files: long numbers may stand in them."""


def _no_card_numbers(ctx: typer.Context) -> None:
    """Refuse a card number typed where words belong, before the store is opened."""
    for name, value in ctx.params.items():
        words = value if isinstance(value, list | tuple) else [value]
        typed = [word for word in words if isinstance(word, str)]
        if name not in _NOT_KEPT and any(map(holds_card_number, typed)):
            raise Refused(CARD_NUMBER_REFUSED, code="card_number", field=name)


Key = Annotated[
    str | None,
    typer.Option(
        metavar="KEY", help="The same key again gives the first result and does nothing twice."
    ),
]
Pay = Annotated[
    Literal["cash", "wallet", "company-wallet", "invoice", "card"],
    typer.Option(help="What it is paid with; cash needs an open shift, an invoice a company."),
]
WhenPaid = Annotated[
    bool,
    typer.Option(
        "--when-paid",
        help="On invoice above the credit limit: keep it until the invoice is due, and deliver "
        "when that is paid.",
    ),
]
Tendered = Annotated[
    str | None,
    typer.Option(metavar="AMOUNT", help="Cash handed over; what exceeds the total is change."),
]
KeepCard = Annotated[
    bool,
    typer.Option(
        "--keep-card",
        help="Keep the card that pays; its owner has agreed to the words of: wallet card OWNER.",
    ),
]
AtReader = Annotated[
    bool, typer.Option("--reader", help="The card is held to this register's reader.")
]
DailyCap = Annotated[
    int | None,
    typer.Option(min=1, max=100, help="At most so many automatic refills in 24 hours (3)."),
]
MonthlyCap = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="At most so many automatic refills in 30 days (30)."),
]
Since = Annotated[
    str | None,
    typer.Option("--from", metavar="WHEN", help="Since this day or instant, such as 2026-03-01."),
]
Until = Annotated[
    str | None,
    typer.Option("--to", metavar="WHEN", help="Before this day or instant, such as 2026-04-01."),
]
Reason = Annotated[str, typer.Option(metavar="WORDS", help="Why, for the books.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to read.")]
Esim = Annotated[
    str, typer.Argument(metavar="ICCID|ORDER", help="The eSIM's number, or the order that sold it.")
]
Order = Annotated[str, typer.Argument(metavar="ORDER", help="The order, such as O-7K3M9QXA.")]
Allocated = Annotated[
    str | None,
    typer.Option("--iccid", metavar="ICCID", help="The profile that the supplier allocated."),
]
NoneAllocated = Annotated[
    bool, typer.Option("--none", help="The supplier says that it allocated none.")
]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many lines.")]


def group(name: str, about: str) -> typer.Typer:
    """A family of commands: `esim-store NAME COMMAND`."""
    return typer.Typer(name=name, help=about, rich_markup_mode=None, add_completion=False)


def examples(*lines: str) -> str:
    """An epilog that shows command lines as they are typed, unwrapped."""
    return "\b\nExamples:\n" + "\n".join(f"  esim-store {line}" for line in lines)


def desk_of(ctx: typer.Context) -> Desk:
    """The desk of this command line's store; its connections are closed when the command ends.

    Whoever keeps what was typed needs a desk: card numbers are refused here for all of them.
    """
    _no_card_numbers(ctx)
    invocation: Invocation = ctx.obj
    desk = invocation.desk()
    ctx.call_on_close(desk.engine.dispose)
    return desk


def answer(
    ctx: typer.Context, document: Mapping[str, Any], words: Callable[[], str], exit_code: int = 0
) -> Answer:
    """The document for programs, or the words for people: only what is asked for is made."""
    invocation: Invocation = ctx.obj
    return Answer(document, "" if invocation.as_json else words(), exit_code)


def check_reader(*, reader: bool, pay: str) -> None:
    """Refuse a reader for what is not paid by card."""
    if reader and pay != "card":
        raise WrongUsage("--reader goes with --pay card.", field="reader")


def check_allocated(*, iccid: str | None, none: bool) -> None:
    """Refuse both, and neither, of the profile that a supplier allocated and that it did not."""
    if none is (iccid is not None):
        raise WrongUsage(_("Say one of --iccid ICCID and --none."), field="iccid")


def key_or_fresh(key: str | None) -> str:
    """The key given, or a fresh one told at once, so that a broken-off request can be repeated."""
    if key is None:
        key = new_id()
        warn(f"key {key}")
    if not key.strip():
        raise WrongUsage("--key must not be empty.", field="key")
    return key
