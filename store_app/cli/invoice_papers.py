"""Commands that correct an invoice, write it as a file, and let Stripe collect it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from catalog.kernel.private_files import write_private
from store_app.cli.arguments import WrongUsage
from store_app.cli.invoice import Number, invoice
from store_app.cli.invoice_words import collected_words, done_words
from store_app.cli.options import Key, Reason, answer, desk_of, examples, key_or_fresh
from store_app.cli.output import Answer
from store_app.cli.paid import paid
from store_app.words import _

__all__ = ("invoice",)


@invoice.command(
    "credit",
    epilog=examples(
        'invoice credit INV-000001 --amount 12.10 --reason "wrong price" --key c-1',
        "invoice credit INV-000001",
    ),
)
def credit(
    ctx: typer.Context,
    number: Number,
    *,
    amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="With VAT; all that is left if not said.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(metavar="ORDER", help="Of which order, when several are on it.")
    ] = None,
    reason: Reason = "",
    key: Key = None,
) -> Answer:
    """Correct an invoice by a credit note under a number of its own.

    In full it takes back the eSIMs of its orders, by a credit note each. What was paid already is
    the company's credit.
    """
    from store_app.desk.credit_notes import credit_invoice

    wanted = {"amount": amount, "order": order}
    done = credit_invoice(desk_of(ctx), number, **wanted, reason=reason, key=key)
    return answer(ctx, done, lambda: done_words(done))


@invoice.command("void", epilog=examples('invoice void INV-000001 --reason "sent twice"'))
def void(ctx: typer.Context, number: Number, reason: Reason = "", key: Key = None) -> Answer:
    """Take back an invoice of which nothing is paid, by a credit note for all of it."""
    from store_app.desk.credit_notes import void_invoice

    done = void_invoice(desk_of(ctx), number, reason=reason, key=key)
    return answer(ctx, done, lambda: done_words(done))


@invoice.command("give-back", epilog=examples("invoice give-back INV-000001 --method bank"))
def give_back(
    ctx: typer.Context,
    number: Number,
    *,
    method: Annotated[
        str, typer.Option(metavar="bank|cash|wallet|card", help="Where the money goes.")
    ],
    amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="All that it leaves if not said.")
    ] = None,
    key: Key = None,
) -> Answer:
    """Give a company back what credit notes left it of a paid invoice.

    “card” gives it back to the cards that paid it. Otherwise it pays the company's next invoice.
    """
    from store_app.desk.credit_notes import give_back_credit

    done = give_back_credit(desk_of(ctx), number, method=method, amount=amount, key=key)
    return answer(ctx, done, lambda: done_words(done))


@invoice.command(
    "pdf",
    epilog=examples(
        "invoice pdf INV-000001 --out march.pdf", "invoice pdf CRN-000001 --ubl --out note.xml"
    ),
)
def pdf(
    ctx: typer.Context,
    number: Number,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to; nothing else is written.")],
    as_xml: Annotated[
        bool, typer.Option("--xml", help="Only what programs read: EN 16931 as CII.")
    ] = False,
    as_ubl: Annotated[bool, typer.Option("--ubl", help="The same as UBL 2.1.")] = False,
) -> Answer:
    """Write an issued invoice or credit note as PDF/A-3 with its electronic form inside."""
    from store_app.desk.invoice_files import invoice_file

    if as_xml and as_ubl:
        raise WrongUsage(_("Either --xml or --ubl."), field="ubl")
    form = "xml" if as_xml else "ubl" if as_ubl else "pdf"
    made = invoice_file(desk_of(ctx), number, form)
    write_private(out, made.content)
    document = {"number": made.number, "out": str(out), "bytes": len(made.content), "form": form}
    words = _("{number} is in {file}.").format(number=made.number, file=out)
    return answer(ctx, document, lambda: words)


@invoice.command(
    "collect",
    epilog=examples(
        "invoice collect INV-000001 --via stripe",
        "invoice collect INV-000001 --via stripe --email accounts@acme.example --key c-1",
    ),
)
def collect(
    ctx: typer.Context,
    number: Number,
    *,
    via: Annotated[
        Literal["stripe"], typer.Option(help="Who sends an invoice and takes the money.")
    ] = "stripe",
    email: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="To whom; the company's own if not said.")
    ] = None,
    amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="A part of what is open; all if not said.")
    ] = None,
    key: Key = None,
) -> Answer:
    """Let Stripe send an invoice for what is open, with a page to pay it on.

    It is due when ours is. “order check ORDER” and the upkeep note what was paid; “order cancel
    ORDER” makes it void. Paid here another way, it is marked as paid there.
    """
    from store_app.desk.invoice_cards import send_invoice

    del via
    desk, key = desk_of(ctx), key_or_fresh(key)
    done = send_invoice(desk, number, email=email, amount=amount, key=key)
    return paid(ctx, desk, done, key, lambda: collected_words(done))
