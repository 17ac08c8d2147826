"""Commands of transactions: all money between the store and its customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store_app.cli.layout import table
from store_app.cli.options import Limit, Since, Until, answer, desk_of, examples, group
from store_app.cli.output import Answer
from store_app.words import _

if TYPE_CHECKING:
    from checkout.orders.transactions import Transaction

transactions = group("transactions", "Transactions: sales, top-ups, invoice payments, refunds.")

Type = Literal["esim_purchase", "esim_refill", "wallet_refill", "invoice_payment", "refund"]
Method = Literal["card", "ideal", "invoice", "manual", "cash", "bank", "wallet", "company_wallet"]
Status = Literal["pending", "failed", "completed"]


@transactions.command(
    "list",
    epilog=examples(
        "transactions list --from 2026-03-01 --to 2026-04-01 --method cash",
        "transactions list --type refund --customer ana@example.com --json",
    ),
)
def list_all(
    ctx: typer.Context,
    *,
    since: Since = None,
    until: Until = None,
    type_: Annotated[Type | None, typer.Option("--type", help="Only of this type.")] = None,
    method: Annotated[Method | None, typer.Option(help="Only paid this way.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only with this status.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only of this end user.")
    ] = None,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this company and its end users.")
    ] = None,
    limit: Limit = 200,
) -> Answer:
    """List transactions, the newest first; refunds are below zero."""
    from store_app.desk.transactions import Filters, list_transactions

    filters = Filters(
        since=since or "",
        until=until or "",
        type=type_ or "",
        method=method or "",
        status=status or "",
        customer=customer or "",
        company=company or "",
    )
    found = list_transactions(desk_of(ctx), filters, limit=limit)
    document = {"transactions": [_document(one) for one in found]}
    return answer(ctx, document, lambda: _table(found) or _("No transaction matches."))


def _document(one: Transaction) -> dict[str, object]:
    return {
        "date": one.at,
        "type": one.type,
        "reference": one.reference,
        "order": one.order,
        "destination": one.destination,
        "amount_minor": one.amount_minor,
        "currency": one.currency,
        "method": one.method,
        "end_user": one.end_user,
        "company": one.company,
        "status": one.status,
    }


def _table(found: Sequence[Transaction]) -> str:
    from store_app.present import instant, money

    rows = [
        (
            instant(one.at),
            one.type,
            one.destination,
            money(one.amount_minor, one.currency),
            one.method,
            one.end_user or one.company,
            one.status,
            one.reference,
        )
        for one in found
    ]
    titles = (
        _("At (UTC)"),
        _("Type"),
        _("Destination"),
        _("Amount"),
        _("Paid by"),
        _("For"),
        _("Status"),
        _("Reference"),
    )
    return table(titles, rows, right=(3,)) if rows else ""
