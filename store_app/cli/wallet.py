"""Commands of wallets: look, top up, set limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from catalog.kernel.clock import parse_instant
from catalog.kernel.private_files import write_private
from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import lines, pairs, paragraphs, table
from store_app.cli.options import (
    AtReader,
    KeepCard,
    Key,
    Limit,
    Since,
    Tendered,
    Until,
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
    from store_app.desk.statements import StatementView
    from store_app.desk.wallet_esims import PaidEsims
    from store_app.desk.wallets import WalletView

wallet = group("wallet", "Wallets: prepaid money of companies and end users.")

Owner = Annotated[
    str,
    typer.Argument(metavar="OWNER", help="A company's name or a user's e-mail."),
]
Added = Annotated[str | None, typer.Option(metavar="AMOUNT", help="What is added, before VAT.")]
Pack = Annotated[
    str | None, typer.Option(metavar="ID", help="A pack of a PAYGO plan, instead of an amount.")
]
PackPlan = Annotated[
    str | None, typer.Option(metavar="SKU", help="The pack's plan, when plans differ in it.")
]
TopUpPay = Annotated[
    Literal["cash", "manual", "invoice", "card"],
    typer.Option(
        help="How it is paid; manual is a bank transfer that has arrived, invoice is for "
        "companies within their credit limit."
    ),
]


@wallet.command("show", epilog=examples("wallet show Acme --as-of 2026-03-01T00:00:00Z"))
def show(
    ctx: typer.Context,
    owner: Owner,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="INSTANT", help="As it was then, such as 2026-03-01T10:00Z."
        ),
    ] = None,
) -> Answer:
    """Show a wallet with its history, now or as it was."""
    from store_app.desk.wallets import show_wallet

    at = None if as_of is None else parse_instant(as_of, field="as_of")
    return wallet_answer(ctx, show_wallet(desk_of(ctx), owner, as_of=at))


@wallet.command(
    "statement",
    epilog=examples(
        "wallet statement Acme --from 2026-03-01 --to 2026-04-01",
        "wallet statement ana@example.com --from 2026-03-01 --out march.csv",
    ),
)
def statement(
    ctx: typer.Context,
    owner: Owner,
    *,
    since: Since = None,
    until: Until = None,
    out: Annotated[
        Path | None, typer.Option(metavar="F.csv|F.txt", help="Write it to a file.")
    ] = None,
) -> Answer:
    """Show what a wallet held, took in and gave out in a period, and every movement."""
    from store_app.desk.statements import wallet_statement

    if out is not None and (out.suffix.lower() not in {".csv", ".txt"} or out.is_dir()):
        raise WrongUsage(_("--out takes a file ending in .csv or .txt."), field="out")
    view = wallet_statement(desk_of(ctx), owner, since=since, until=until)
    saved = {} if out is None else {"out": str(_write(out, view))}
    named = {"from": view.since, "to": view.until}
    kept = {name: value for name, value in as_document(view).items() if name not in _ENDS}
    return answer(ctx, named | kept | saved, lambda: _statement_words(view, out))


_ENDS = ("since", "until")


def _write(out: Path, view: StatementView) -> Path:
    """Write the statement for the eyes of this user only."""
    from store_app.statement_text import statement_csv, statement_text

    text = statement_csv(view) if out.suffix.lower() == ".csv" else statement_text(view) + "\n"
    write_private(out, text.encode())
    return out


def _statement_words(view: StatementView, out: Path | None) -> str:
    from store_app.statement_text import statement_text

    if out is None:
        return lines(statement_text(view))
    return _("The statement is in {file}: {count} movements.").format(
        file=out, count=len(view.entries)
    )


@wallet.command("esims")
def esims(ctx: typer.Context, owner: Owner, limit: Limit = 500) -> Answer:
    """List the PAYGO eSIMs that a wallet pays for, what is owed, and what makes them run."""
    from store_app.desk.wallet_esims import wallet_esims

    paid = wallet_esims(desk_of(ctx), owner, limit=limit)
    return answer(ctx, as_document(paid), lambda: _paid_words(paid))


def _paid_words(paid: PaidEsims) -> str:
    from store_app.present import instant, money

    rows = [
        (
            view.name,
            view.plan_name,
            view.status_reason or view.status,
            money(view.charged_minor, paid.currency),
            instant(view.mrc_due_at),
            money(view.owed_minor, paid.currency),
        )
        for view in paid.esims
    ]
    titles = ("eSIM", _("Plan"), _("State"), _("Usage"), _("MRC due (UTC)"), _("Owed"))
    head = pairs(
        [
            (_("Wallet"), paid.owner),
            (_("Owed"), money(paid.owed_minor, paid.currency)),
            (_("To run all"), _missing(paid)),
        ]
    )
    listed = table(titles, rows, right=(3, 5)) if rows else _("It pays for no PAYGO eSIM.")
    return paragraphs(head, listed)


def _missing(paid: PaidEsims) -> str:
    from store_app.present import money

    if paid.missing_minor is None:
        return _("the wallet is off; enable it")
    return money(paid.missing_minor, paid.currency) if paid.missing_minor else _("nothing missing")


@wallet.command("list")
def list_all(ctx: typer.Context) -> Answer:
    """List the wallets."""
    from store_app.desk.wallets import list_wallets

    views = list_wallets(desk_of(ctx))

    def words() -> str:
        from store_app.present import money

        rows = [
            (view.owner, money(view.balance_minor, view.currency), _enabled(view)) for view in views
        ]
        titles = (_("Owner"), _("Balance"), _("Enabled"))
        return table(titles, rows, right=(1,)) if rows else _("There is no wallet yet.")

    return answer(ctx, {"wallets": views}, words)


@wallet.command(
    "top-up",
    epilog=examples(
        "wallet top-up ana@example.com --amount 50.00 --pay cash --tendered 50.00",
        'wallet top-up "Acme Travel" --amount 1000.00 --pay manual',
        "wallet top-up ana@example.com --pack 50 --pay cash",
    ),
)
def top_up(
    ctx: typer.Context,
    owner: Owner,
    *,
    amount: Added = None,
    pack: Pack = None,
    plan: PackPlan = None,
    pay: TopUpPay,
    tendered: Tendered = None,
    keep_card: KeepCard = False,
    reader: AtReader = False,
    key: Key = None,
) -> Answer:
    """Put money into a wallet."""
    from store_app.desk.sales import top_up as carry_out

    check_reader(reader=reader, pay=pay)
    desk, key = desk_of(ctx), key_or_fresh(key)
    what = {"amount": amount, "pack": pack, "plan": plan, "tendered": tendered}
    done = carry_out(desk, owner, pay=pay, key=key, keep=keep_card, reader=reader, **what)

    def balance() -> str:
        from store_app.present import money

        return pairs([(_("Balance"), money(done.balance_minor, done.currency))])

    return paid(ctx, desk, done, key, balance)


def wallet_answer(ctx: typer.Context, view: WalletView) -> Answer:
    """One wallet as an answer."""
    from store_app.cli.auto_refill import document_of

    refill = view.auto_refill
    document = as_document(view) | {"auto_refill": document_of(refill) if refill else None}
    return answer(ctx, document, lambda: _words(view))


def _words(view: WalletView) -> str:
    from store_app.present import money, waiting_words
    from store_app.refill_words import whole_words

    head = pairs(
        [
            (_("Wallet"), view.owner),
            (_("Balance"), money(view.balance_minor, view.currency)),
            (_("Minimum"), money(view.minimum_minor, view.currency)),
            (_("Held"), money(view.held_minor, view.currency)),
            (_("Enabled"), _enabled(view)),
            (_("Auto refill"), whole_words(view.auto_refill) if view.auto_refill else None),
            (_("Waiting"), waiting_words(view.waiting_records) or None),
        ]
    )
    rows = [
        (
            entry["at"],
            entry["description"],
            money(entry["amount_minor"], view.currency),
            money(entry["balance_minor"], view.currency),
        )
        for entry in view.history
    ]
    titles = (_("At"), _("What"), _("Amount"), _("Balance"))
    history = table(titles, rows, right=(2, 3)) if rows else ""
    changes = [_change_words(change, view.currency) for change in view.changes]
    changed = (_("Changed"), _("By"), _("From"), _("To"))
    return paragraphs(head, history, table(changed, changes) if changes else "")


def _change_words(change: dict[str, Any], currency: str) -> tuple[str, ...]:
    from store_app.present import money

    def limit(told: dict[str, Any]) -> str:
        minimum = money(told["minimum_minor"], currency)
        return minimum if told["enabled"] else _("{minimum}, off").format(minimum=minimum)

    return change["at"], change["actor"], limit(change["old"]), limit(change["new"])


def _enabled(view: WalletView) -> str:
    return _("yes") if view.enabled else _("no")
