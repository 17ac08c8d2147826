"""Commands that give an eSIM another profile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, paragraphs
from store_app.cli.options import (
    Allocated,
    Esim,
    Key,
    NoneAllocated,
    Order,
    Reason,
    answer,
    check_allocated,
    desk_of,
    examples,
    key_or_fresh,
)
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.replacements import Replaced

Eid = Annotated[
    str | None,
    typer.Option(metavar="EID", help="The phone, for a supplier that wants it; else the same one."),
]

of_esim = typer.Typer(rich_markup_mode=None)
of_order = typer.Typer(rich_markup_mode=None)


@of_esim.command("replace", epilog=examples("esim replace 8931080000000000019 --reason deleted"))
def replace_esim(
    ctx: typer.Context, iccid: Esim, *, reason: Reason = "", eid: Eid = None, key: Key = None
) -> Answer:
    """Give a sold eSIM another profile with all that is left on it, free of charge.

    It comes from stock, or else from the supplier of its plan. While nobody knows what that did it
    waits in “order queue”, and the same key asks again.
    """
    from store_app.desk.replacements import replace_esim as replace

    desk = desk_of(ctx)
    return _answer(ctx, replace(desk, iccid, reason=reason, eid=eid, key=key_or_fresh(key)))


@of_esim.command(
    "fulfil", epilog=examples("esim fulfil 8931080000000000019 --iccid 8931080000000000027")
)
def fulfil_esim(
    ctx: typer.Context,
    esim: Esim,
    *,
    iccid: Allocated = None,
    none: NoneAllocated = False,
) -> Answer:
    """Go on with a replacement of which nobody knew what the supplier did: ask it, then say it."""
    from store_app.desk.replacements import fulfil_replacement

    check_allocated(iccid=iccid, none=none)
    return _answer(ctx, fulfil_replacement(desk_of(ctx), esim, iccid=iccid))


@of_order.command("replace", epilog=examples("order replace O-7K3M9QXA --key r1"))
def replace_order(
    ctx: typer.Context, order: Order, *, reason: Reason = "", eid: Eid = None, key: Key = None
) -> Answer:
    """Replace the eSIM of an order; one that is paid and was never delivered comes from stock."""
    from store_app.desk.order_views import show_order
    from store_app.desk.replacements import replace_order as replace

    desk = desk_of(ctx)
    done = replace(desk, order, reason=reason, eid=eid, key=key_or_fresh(key))
    view = show_order(desk, order)
    document = as_document(done) | {
        "order": view.order,
        "state": view.state,
        "payments": view.payments,
        "refunds": view.refunds,
    }
    return answer(ctx, document, lambda: _words(done))


def _answer(ctx: typer.Context, done: Replaced) -> Answer:
    return answer(ctx, as_document(done), lambda: _words(done))


def _words(done: Replaced) -> str:
    from catalog.esim.qr import text_qr

    told = pairs(
        [
            ("ICCID", done.iccid),
            (_("Before"), done.former_iccid),
            (_("Order"), done.order),
            (_("Status"), done.status),
            ("LPA", done.qr_payload or None),
            (_("Replaced before"), _("yes, with this key") if done.replayed else None),
        ]
    )
    return paragraphs(told, text_qr(done.qr_payload) if sys.stdout.isatty() else "")
