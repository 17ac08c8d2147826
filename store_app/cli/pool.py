"""Commands of pools: data that many eSIMs of one company share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, paragraphs, table
from store_app.cli.options import Key, answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.pools import PoolView

pool = group("pool", "Pools: data that many eSIMs of a company share.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The pool's name.")]


@pool.command("add", epilog=examples('pool add Fleet --plan POOL-50 --company "Acme Travel"'))
def add(
    ctx: typer.Context,
    name: Name,
    *,
    plan: Annotated[str, typer.Option(metavar="SKU", help="A plan for pools.")],
    company: Annotated[str, typer.Option(metavar="NAME", help="The company that is billed.")],
    key: Key = None,
) -> Answer:
    """Add a pool; its months are counted from now on."""
    from store_app.desk.pools import add_pool

    view = add_pool(desk_of(ctx), name, plan=plan, company=company, key=key)
    return answer(ctx, as_document(view), lambda: _words(view))


@pool.command("show")
def show(ctx: typer.Context, name: Name) -> Answer:
    """Show a pool with its members."""
    from store_app.desk.pools import show_pool

    view = show_pool(desk_of(ctx), name)
    return answer(ctx, as_document(view), lambda: _words(view))


@pool.command("end")
def end(ctx: typer.Context, name: Name, key: Key = None) -> Answer:
    """End a pool and the assignments of its members."""
    from store_app.desk.pools import end_pool

    view = end_pool(desk_of(ctx), name, key=key)
    return answer(ctx, as_document(view), lambda: _words(view))


@pool.command("list")
def list_all(
    ctx: typer.Context,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those of a company.")
    ] = None,
) -> Answer:
    """List the pools."""
    from store_app.desk.pools import list_pools

    views = list_pools(desk_of(ctx), company)

    def words() -> str:
        from store_app.present import size

        rows = [
            (
                view.pool,
                view.company,
                view.plan,
                view.state,
                len(view.members),
                size(view.data_left_bytes),
            )
            for view in views
        ]
        titles = (_("Pool"), _("Company"), _("Plan"), _("State"), "eSIMs", _("Left"))
        return table(titles, rows, right=(4, 5)) if rows else _("There is no pool yet.")

    return answer(ctx, {"pools": views}, words)


def _words(view: PoolView) -> str:
    from store_app.present import instant, money, size

    head = pairs(
        [
            (_("Pool"), view.pool),
            (_("Plan"), view.plan),
            (_("Company"), view.company),
            (_("State"), view.state),
            (_("Period ends (UTC)"), instant(view.period_ends_at)),
            (_("Included"), size(view.data_included_bytes)),
            (_("Used"), size(view.data_used_bytes)),
            (_("Left"), size(view.data_left_bytes)),
            (
                _("Overage"),
                money(view.overage_minor, view.currency) if view.overage_minor else None,
            ),
        ]
    )
    rows = [(one["iccid"], size(one["data_used_bytes"])) for one in view.members]
    members = table(("ICCID", _("Used")), rows, right=(1,)) if rows else ""
    return paragraphs(head, members)
