"""The command that gives the link of a card payment to who can't scan it."""

from __future__ import annotations

from typing import Annotated

import typer

from store_app.cli import order as orders
from store_app.cli.options import Order, answer, desk_of, examples
from store_app.cli.output import Answer
from store_app.words import _

commands = orders.order


@commands.command(
    "link",
    epilog=examples(
        "order link O-7K3M9QXA", "order link O-7K3M9QXA --email ana@example.com --paper"
    ),
)
def link(
    ctx: typer.Context,
    order: Order,
    *,
    email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Send the link to this address.")
    ] = None,
    paper: Annotated[
        bool, typer.Option("--paper", help="Print the link with its code, or write it down.")
    ] = False,
) -> Answer:
    """Give the link to a card payment, by e-mail or on paper too.

    Mail goes over the server of `settings set mail_server`; paper goes to the command in
    ESIM_STORE_PRINT, or into a file.
    """
    from store_app.desk.pay_links import mail_link, paper_link, pay_link

    desk = desk_of(ctx)
    found = pay_link(desk, order)
    document = {"order": found.order, "checkout_url": found.url}
    said = [found.url]
    if email is not None:
        document["email"] = mail_link(desk, order, email)
        said.append(_("Sent to {address}.").format(address=document["email"]))
    if paper:
        document["paper"] = paper_link(desk, order)
        said.append(_("On paper: {paper}.").format(paper=document["paper"]))
    return answer(ctx, document, lambda: "\n".join(said))
