"""The command that gives eSIMs to companies without a sale."""

from __future__ import annotations

from typing import Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs
from store_app.cli.options import Key, answer, desk_of, examples
from store_app.cli.output import Answer, as_document
from store_app.words import _

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "assign",
    epilog=examples(
        "assign 8931080000000000019 --plan BUNDLE-10 --company Acme",
        "assign 8931080000000000019 --pool Fleet --user driver@acme.example",
        "assign 8931080000000000019 --end",
    ),
)
def assign(
    ctx: typer.Context,
    iccid: Annotated[str, typer.Argument(metavar="ICCID", help="The eSIM's number.")],
    *,
    plan: Annotated[
        str | None, typer.Option(metavar="SKU", help="Its plan from now on; in a pool its own.")
    ] = None,
    pool: Annotated[
        str | None, typer.Option(metavar="NAME", help="The pool whose data it shares.")
    ] = None,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="The company that is billed.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="The end user who has it.")
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="End what it is assigned.")] = False,
    key: Key = None,
) -> Answer:
    """Give an eSIM a plan or a pool and an owner, change that, or end it."""
    from store_app.desk.assignments import assign_esim, end_assignment

    if end and (plan or pool or company or user):
        raise WrongUsage(_("--end stands alone: what is ended is not assigned."), field="end")
    desk = desk_of(ctx)
    if end:
        done = end_assignment(desk, iccid, key=key)
    else:
        done = assign_esim(desk, iccid, plan=plan, pool=pool, company=company, user=user, key=key)
    words = [
        ("ICCID", done.iccid),
        (_("Plan"), done.plan),
        (_("Pool"), done.pool),
        (_("Company"), done.company),
        (_("Customer"), done.end_user),
        (_("Status"), done.status),
    ]
    return answer(ctx, as_document(done), lambda: pairs(words))
