"""Commands after the sale: look, check, cancel, refund, print again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.kernel.errors import Refused
from store_app.cli.layout import lines, pairs, paragraphs, table
from store_app.cli.options import (
    Allocated,
    Key,
    Limit,
    NoneAllocated,
    Order,
    Reason,
    answer,
    check_allocated,
    desk_of,
    examples,
    group,
    key_or_fresh,
)
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView

order = group("order", "Orders: what was sold, paid, delivered and given back.")


@order.command("show")
def show(ctx: typer.Context, order: Order) -> Answer:
    """Show an order with its payments and refunds."""
    from store_app.desk.order_views import show_order

    return _order_answer(ctx, show_order(desk_of(ctx), order))


@order.command("list", epilog=examples("order list --state paid", "order list --method cash"))
def list_all(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only orders in this state.")] = None,
    method: Annotated[str | None, typer.Option(help="Only orders paid this way.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only orders of this end user.")
    ] = None,
    limit: Limit = 200,
) -> Answer:
    """List orders, the newest first."""
    from store_app.desk.order_views import list_orders

    views = list_orders(desk_of(ctx), state=state, method=method, customer=customer, limit=limit)

    return answer(ctx, {"orders": views}, lambda: _list_words(views))


def _list_words(views: Sequence[OrderView]) -> str:
    from store_app.present import instant, money

    rows = [
        (
            view.order,
            view.state,
            view.plan_name,
            money(view.total_minor, view.currency),
            view.method,
            view.customer or view.company or "",
            instant(view.created_at),
        )
        for view in views
    ]
    titles = (_("Order"), _("State"), _("Plan"), _("Total"), _("Paid by"), _("For"), _("At (UTC)"))
    return table(titles, rows, right=(3,)) if rows else _("No order matches.")


@order.command("queue")
def queue(ctx: typer.Context) -> Answer:
    """List orders that were paid and not delivered, or whose refund failed.

    “order check ORDER” tries again, “order refund ORDER” gives the money back. Replacements whose
    profile a supplier still owes are listed too: “esim fulfil ICCID” says what it did.
    """
    from store_app.desk.card_orders import stranded_orders
    from store_app.desk.order_views import show_order
    from store_app.desk.replacements import waiting_replacements

    desk = desk_of(ctx)
    views = [show_order(desk, reference) for reference in stranded_orders(desk)]
    replacing = waiting_replacements(desk)

    def words() -> str:
        from store_app.present import money

        rows = [
            (
                view.order,
                money(view.total_minor, view.currency),
                view.waiting or view.payments[-1]["reason"],
            )
            for view in views
        ]
        rows += [
            (each.order or "", _("replaces {iccid}").format(iccid=each.iccid), each.reason)
            for each in replacing
        ]
        titles = (_("Order"), _("Paid"), _("Why it waits"))
        return table(titles, rows, right=(1,)) if rows else _("No payment waits for a clerk.")

    return answer(ctx, {"orders": views, "replacements": replacing}, words)


@order.command("check")
def check(ctx: typer.Context, order: Order) -> Answer:
    """Look again at an open order.

    Its card payment is looked up; an overdue order is cancelled.
    """
    from store_app.desk.orders import check_order

    return _order_answer(ctx, check_order(desk_of(ctx), order))


@order.command("resume")
def resume(ctx: typer.Context, order: Order) -> Answer:
    """Finish an interrupted cash or wallet order whose money was taken."""
    from store_app.desk.orders import resume_order

    return _order_answer(ctx, resume_order(desk_of(ctx), order))


@order.command(
    "fulfil",
    epilog=examples(
        "order fulfil O-7K3M9QXA --iccid 8931080000000000019", "order fulfil O-7K3M9QXA --none"
    ),
)
def fulfil(
    ctx: typer.Context,
    order: Order,
    *,
    iccid: Allocated = None,
    none: NoneAllocated = False,
) -> Answer:
    """Go on with a paid order of which nobody knew what the supplier did: ask it, then say it."""
    from store_app.desk.suppliers import fulfil_order

    check_allocated(iccid=iccid, none=none)
    return _order_answer(ctx, fulfil_order(desk_of(ctx), order, iccid=iccid))


@order.command("cancel")
def cancel(ctx: typer.Context, order: Order, key: Key = None) -> Answer:
    """Cancel an unpaid order; its profile goes back to stock."""
    from store_app.desk.orders import cancel_order

    desk, key = desk_of(ctx), key_or_fresh(key)
    return _order_answer(ctx, cancel_order(desk, order, key=key), key)


@order.command(
    "refund",
    epilog=examples(
        "order refund O-7K3M9QXA --dry-run",
        "order refund O-7K3M9QXA --key refund-4711",
        "order refund O-7K3M9QXA --to wallet",
        'order refund O-7K3M9QXA --amount 5.00 --supervisor mia --reason "no coverage"',
    ),
)
def refund(
    ctx: typer.Context,
    order: Order,
    *,
    amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="How much; all that is left if not said.")
    ] = None,
    supervisor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who allows it, when that is needed.")
    ] = None,
    reason: Reason = "",
    to: Annotated[
        str, typer.Option(metavar="wallet", help="Into the customer's wallet, not the way it came.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    key: Key = None,
) -> Answer:
    """Give money back the way it came, or into the customer's wallet.

    `--dry-run` tells the verdict and its rule before money moves.
    """
    from store_app.desk.orders import refund_order, refund_verdict

    desk = desk_of(ctx)
    if dry_run:
        verdict = refund_verdict(desk, order)
        return answer(ctx, as_document(verdict), lambda: verdict.rule)
    key = key_or_fresh(key)
    done = refund_order(
        desk, order, key=key, amount=amount, supervisor=supervisor, reason=reason, to=to
    )
    return _order_answer(ctx, done, key)


@order.command("receipt", epilog=examples("order receipt O-7K3M9QXA", "order receipt R1-000042"))
def receipt(
    ctx: typer.Context,
    named: Annotated[
        str, typer.Argument(metavar="ORDER|NUMBER", help="The order, or a receipt's own number.")
    ],
) -> Answer:
    """Print a receipt or credit note again, as it was first printed.

    The ICCID of an eSIM that had none yet is added once it is known.
    """
    from store_app.desk.orders import receipt_text

    desk = desk_of(ctx)
    number = _receipt_number(desk, named)
    text = receipt_text(desk, number)
    return answer(ctx, {"receipt": number, "text": text}, lambda: lines(text))


def _receipt_number(desk: Desk, named: str) -> str:
    from store_app.desk.order_views import show_order

    if not named.upper().startswith("O-"):
        return named
    number = show_order(desk, named).receipt
    if number is None:
        raise Refused(
            _("Order {order} has no receipt yet: it was not paid.").format(order=named),
            code="no_receipt",
        )
    return number


def _order_answer(ctx: typer.Context, view: OrderView, key: str | None = None) -> Answer:
    keyed = {} if key is None else {"key": key}
    return answer(ctx, as_document(view) | keyed, lambda: _words(view))


def _words(view: OrderView) -> str:
    from store_app.present import instant, money

    head = pairs(
        [
            (_("Order"), view.order),
            (_("State"), view.state),
            (_("Waiting"), view.waiting),
            (_("Plan"), view.plan_name),
            ("ICCID", view.iccid),
            (_("Customer"), view.customer),
            (_("Company"), view.company),
            (_("Total"), money(view.total_minor, view.currency)),
            (_("Paid by"), view.method),
            (_("Receipt"), view.receipt),
            (_("Placed (UTC)"), instant(view.created_at)),
        ]
    )
    return paragraphs(head, _payments(view.payments), _refunds(view.refunds))


def _payments(payments: Sequence[Mapping[str, Any]]) -> str:
    from store_app.present import money

    rows = [
        (each["method"], money(each["amount_minor"], each["currency"]), each["state"], each["at"])
        for each in payments
    ]
    listed = table((_("Payment"), _("Amount"), _("State"), _("At")), rows, right=(1,))
    pages = pairs((_("Pay at"), each["checkout_url"]) for each in payments)
    return paragraphs(listed, pages) if rows else ""


def _refunds(refunds: Sequence[Mapping[str, Any]]) -> str:
    from store_app.present import money

    rows = [
        (
            each["number"] or "",
            money(each["amount_minor"], each["currency"]),
            each["state"],
            each["at"],
            each["destination"],
            each["reason"],
        )
        for each in refunds
    ]
    titles = (_("Refund"), _("Amount"), _("State"), _("At"), _("To"), _("Why"))
    return table(titles, rows, right=(1,)) if rows else ""
