"""Commands of bills: the bill run, pre-bills, invoices and the money for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.invoice_words import collected_words, done_words
from store_app.cli.layout import lines, pairs, paragraphs, table
from store_app.cli.options import (
    AtReader,
    Key,
    Tendered,
    answer,
    check_reader,
    desk_of,
    examples,
    group,
    key_or_fresh,
)
from store_app.cli.output import Answer, as_document
from store_app.cli.paid import paid
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.invoices import InvoiceDetails, InvoiceView

bill = group("bill", "Bills: what companies owe for their subscriptions.")
invoice = group("invoice", "Pre-bills and invoices of companies.")

State = Literal["pre_bill", "approved", "open", "part_paid", "paid", "overdue", "void"]
Ref = Annotated[
    str, typer.Argument(metavar="REF", help="The reference of a pre-bill, or an invoice's number.")
]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Such as INV-000001.")]
Paid = Annotated[
    str | None,
    typer.Option(
        metavar="AMOUNT", help="What came, or a part of it; a card pays all that is open."
    ),
]
PaidBy = Annotated[
    str,
    typer.Option(
        "--method",
        "--pay",
        metavar="bank|cash|wallet|credit|card",
        help="A transfer that has arrived, cash into the drawer of the open shift, the company's "
        "wallet, what credit notes left it, or a card that is charged now.",
    ),
]


@bill.command("run", epilog=examples("bill run", "bill run --as-of 2026-04-01"))
def run(
    ctx: typer.Context,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="Up to this day or instant, such as 2026-04-01; now if not said. A later one "
            "bills periods before they end.",
        ),
    ] = None,
) -> Answer:
    """Make the pre-bills of every period that has ended; nothing is billed twice."""
    from store_app.desk.invoices import run_bills

    done = run_bills(desk_of(ctx), as_of)
    return answer(ctx, as_document(done), lambda: _table(done.invoices) or _("Nothing is due."))


@invoice.command("list", epilog=examples("invoice list", "invoice list --state overdue"))
def list_all(
    ctx: typer.Context,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those of a company.")
    ] = None,
    state: Annotated[
        State | None, typer.Option(help="Only those in a state; unpaid after its day is overdue.")
    ] = None,
) -> Answer:
    """List pre-bills and invoices, the newest first."""
    from store_app.desk.invoices import list_invoices

    views = list_invoices(desk_of(ctx), company=company, state=state)
    return answer(ctx, {"invoices": views}, lambda: _table(views) or _("There is none."))


@invoice.command("show")
def show(ctx: typer.Context, ref: Ref) -> Answer:
    """Show a pre-bill or an invoice with its items and the usage behind them."""
    from store_app.desk.invoices import show_invoice

    found = show_invoice(desk_of(ctx), ref)
    document = as_document(found.invoice) | as_document(found)
    document.pop("invoice")
    return answer(ctx, document, lambda: _details(found))


@invoice.command(
    "approve",
    epilog=examples("invoice approve B-7K3M9QXA", "invoice approve --all --company Acme"),
)
def approve(
    ctx: typer.Context,
    ref: Annotated[
        str | None, typer.Argument(metavar="[REF]", help="The reference of a pre-bill.")
    ] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All that wait, or those of a company or a period.")
    ] = False,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --all: only those of a company.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="With --all: billed on this day or later."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="With --all: billed before this day.")
    ] = None,
) -> Answer:
    """Approve a pre-bill, or all that wait, so that they can be issued."""
    if (ref is None) != every or (ref and (company or since or until)):
        raise typer.BadParameter(_("Name one pre-bill, or --all with what narrows it."))
    if ref is None:
        return _approve_all(ctx, company, since, until)
    from store_app.desk.invoices import approve_invoice

    view = approve_invoice(desk_of(ctx), ref)
    return answer(ctx, as_document(view), lambda: _words(view))


def _approve_all(
    ctx: typer.Context, company: str | None, since: str | None, until: str | None
) -> Answer:
    from store_app.desk.approvals import approve_all, waiting_bills

    desk = desk_of(ctx)
    waiting = waiting_bills(desk, company=company, since=since, until=until)
    done = approve_all(desk, [view.ref for view in waiting])

    def words() -> str:
        from store_app.present import money

        rows = [
            (one.ref, one.state, one.company, money(one.total_minor, one.currency), one.refused)
            for one in done
        ]
        titles = (_("Reference"), _("State"), _("Company"), _("Total"), "")
        return table(titles, rows, right=(3,)) if rows else _("None waits for approval.")

    return answer(ctx, {"invoices": done}, words)


@invoice.command("issue", epilog=examples("invoice issue B-7K3M9QXA"))
def issue(ctx: typer.Context, ref: Ref) -> Answer:
    """Issue an approved pre-bill as an invoice with the next number."""
    from store_app.desk.invoices import issue_invoice

    view = issue_invoice(desk_of(ctx), ref)
    return answer(ctx, as_document(view), lambda: _words(view))


@invoice.command(
    "pay",
    epilog=examples(
        "invoice pay INV-000001 --amount 18.15 --method bank --key T-1",
        "invoice pay INV-000001 --pay card",
    ),
)
def pay(
    ctx: typer.Context,
    number: Number,
    *,
    amount: Paid = None,
    method: PaidBy,
    tendered: Tendered = None,
    reader: AtReader = False,
    key: Key = None,
) -> Answer:
    """Note the payment of an invoice, or collect it by card.

    The order that waits for the invoice is delivered. A card is paid on the page at
    `checkout_url`, or at the reader; “order check ORDER” notes it then.
    """
    check_reader(reader=reader, pay=method)
    if method == "card":
        return _by_card(ctx, number, amount=amount, reader=reader, key=key)
    if amount is None:
        raise WrongUsage(_("Missing option --amount: how much came?"), field="amount")
    from store_app.desk.invoice_payments import pay_invoice

    desk = desk_of(ctx)
    done = pay_invoice(desk, number, amount=amount, method=method, key=key, tendered=tendered)
    return answer(ctx, done, lambda: _noted_words(desk, done))


def _noted_words(desk: Desk, done: dict[str, Any]) -> str:
    from store_app.desk.orders import receipt_text

    receipt = lines(receipt_text(desk, done["receipt"])) if done["receipt"] else ""
    return paragraphs(receipt, done_words(done))


def _by_card(
    ctx: typer.Context, number: str, *, amount: str | None, reader: bool, key: str | None
) -> Answer:
    from store_app.desk.invoice_cards import collect_invoice

    desk, key = desk_of(ctx), key_or_fresh(key)
    done = collect_invoice(desk, number, amount=amount, reader=reader, key=key)
    return paid(ctx, desk, done, key, lambda: collected_words(done))


def _table(views: Sequence[InvoiceView]) -> str:
    from store_app.present import NOTHING, day, money

    rows = [
        (
            view.number or view.ref,
            _("credit") if view.is_credit_note else view.state,
            view.company,
            money(view.total_minor, view.currency),
            day(view.bill_on),
            day(view.due.date()) if view.due else NOTHING,
        )
        for view in views
    ]
    titles = (_("Number"), _("State"), _("Company"), _("Total"), _("Of"), _("Due"))
    return table(titles, rows, right=(3,)) if rows else ""


def _words(view: InvoiceView) -> str:
    from store_app.present import day, money, owed, percent

    return pairs(
        [
            (_("Invoice"), view.number),
            (_("Reference"), view.ref),
            (_("State"), view.state),
            (_("Company"), view.company),
            (_("Net"), money(view.net_minor, view.currency)),
            (_("VAT") + f" {percent(view.tax_rate)}", money(view.tax_minor, view.currency)),
            (_("Total"), money(view.total_minor, view.currency)),
            (_("Paid"), money(view.paid_minor, view.currency) if view.paid_minor else None),
            (
                _("Credited"),
                money(view.credited_minor, view.currency) if view.credited_minor else None,
            ),
            *([owed(_("Open"), view.open_minor, view.currency)] if view.open_minor else []),
            (_("For invoice"), view.preceding),
            (_("Order"), " ".join(view.orders)),
            (_("Reason"), view.reason),
            (_("Due"), day(view.due.date()) if view.due else None),
        ]
    )


def _details(found: InvoiceDetails) -> str:
    from store_app.present import money, size

    currency = found.invoice.currency
    items = [
        (
            one.item,
            one.quantity,
            money(one.unit_price_minor, currency),
            money(one.amount_minor, currency),
        )
        for one in found.items
    ]
    used = [(one.iccid or "", one.pool or "", one.country, size(one.bytes)) for one in found.usage]
    titles = (_("Item"), _("Quantity"), _("Price"), _("Amount"))
    return paragraphs(
        _words(found.invoice),
        pairs([(_("Collected by"), f"order check {found.collecting}")]) if found.collecting else "",
        table(titles, items, right=(1, 2, 3)) if items else "",
        table(("ICCID", _("Pool"), _("Country"), _("Used")), used, right=(3,)) if used else "",
    )
