"""Commands of the drawer: open, count, move cash, close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from store_app.cli.layout import pairs
from store_app.cli.options import Key, Reason, answer, desk_of, examples, group, key_or_fresh
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.shifts import ShiftView

shift = group("shift", "Shift: the cash drawer of this register, from float to Z report.")


@shift.command("open", epilog=examples("shift open --float 100.00"))
def open_(
    ctx: typer.Context,
    float_: Annotated[str, typer.Option("--float", metavar="AMOUNT", help="Cash counted in.")],
    key: Key = None,
) -> Answer:
    """Open a shift with the cash that is in the drawer."""
    from store_app.desk.shifts import open_shift

    desk, key = desk_of(ctx), key_or_fresh(key)
    return _shift_answer(ctx, open_shift(desk, float_amount=float_, key=key), key)


@shift.command("close", epilog=examples("shift close --counted 312.50"))
def close(
    ctx: typer.Context,
    counted: Annotated[str, typer.Option(metavar="AMOUNT", help="Cash counted out.")],
    reason: Reason = "",
    key: Key = None,
) -> Answer:
    """Close the shift with a numbered, unchangeable Z report."""
    from store_app.desk.shifts import close_shift

    desk, key = desk_of(ctx), key_or_fresh(key)
    return _shift_answer(ctx, close_shift(desk, counted=counted, reason=reason, key=key), key)


@shift.command("x")
def x_report(ctx: typer.Context) -> Answer:
    """Report the open shift as it stands; nothing is closed."""
    from store_app.desk.shifts import x_report as report

    return _shift_answer(ctx, report(desk_of(ctx)))


@shift.command("z")
def z_report(
    ctx: typer.Context,
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="[NUMBER]", min=1, max=999_999_999, help="Which closed shift; the last one."
        ),
    ] = None,
) -> Answer:
    """Print the Z report of a closed shift again."""
    from store_app.desk.shifts import last_z_report

    return _shift_answer(ctx, last_z_report(desk_of(ctx), number))


@shift.command("show")
def show(ctx: typer.Context) -> Answer:
    """Say whether a shift is open at this register, and whose."""
    from store_app.desk.shifts import current_shift

    view = current_shift(desk_of(ctx))
    if view is None:
        return answer(ctx, {"shift": None}, lambda: _("No shift is open at this register."))
    return _shift_answer(ctx, view)


@shift.command("movement", epilog=examples("shift movement --amount -20.00 --reason stamps"))
def movement(
    ctx: typer.Context,
    amount: Annotated[
        str, typer.Option(metavar="AMOUNT", help="Cash put in, or with a minus taken out.")
    ],
    reason: Reason,
    key: Key = None,
) -> Answer:
    """Book cash put into or taken out of the drawer besides sales."""
    from store_app.desk.shifts import move_cash

    desk, key = desk_of(ctx), key_or_fresh(key)
    return _shift_answer(ctx, move_cash(desk, amount=amount, reason=reason, key=key), key)


def _shift_answer(ctx: typer.Context, view: ShiftView, key: str | None = None) -> Answer:
    keyed = {} if key is None else {"key": key}
    return answer(ctx, as_document(view) | keyed, lambda: _words(view))


def _words(view: ShiftView) -> str:
    from store_app.present import instant, money

    def amount(minor: int | None) -> str | None:
        return None if minor is None else money(minor, view.currency)

    return pairs(
        [
            (_("Shift"), view.number or _("open")),
            (_("Register"), view.register_id),
            (_("Opened (UTC)"), f"{instant(view.opened_at)}, {view.opened_by}"),
            (_("Closed (UTC)"), instant(view.closed_at) if view.closed_at else None),
            *_totals(view.totals, view.currency),
            (_("Float"), amount(view.float_minor)),
            (_("Expected cash"), amount(view.expected_minor)),
            (_("Counted cash"), amount(view.counted_minor)),
            (_("Variance"), amount(view.variance_minor)),
        ]
    )


def _totals(totals: Mapping[str, Any], currency: str) -> Iterator[tuple[str, object]]:
    """The sums of a shift line by line."""
    from store_app.present import money, percent

    yield _("Sales"), totals["sales"]
    for sum_ in totals["by_tender"]:
        label = _("Paid by {method}").format(method=sum_["method"])
        yield label, money(sum_["total_minor"], sum_["currency"])
    for sum_ in totals["by_tax_rate"]:
        yield (
            _("VAT {rate}").format(rate=percent(sum_["rate"])),
            money(sum_["tax_minor"], sum_["currency"]),
        )
    for sum_ in totals["refunds"]:
        label = _("Refunded to {destination}").format(destination=sum_["destination"])
        yield label, money(sum_["total_minor"], sum_["currency"])
    for sum_ in totals["invoice_payments"]:
        label = _("{method} for invoices").format(method=sum_["method"].capitalize())
        yield label, money(sum_["total_minor"], sum_["currency"])
    yield _("Cash moved"), money(totals["movements_minor"], currency)
    yield _("Carried over"), ", ".join(totals["unresolved"])
