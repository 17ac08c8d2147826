"""The command of automatic refills: set, show, list, switch off, have approved."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, table
from store_app.cli.options import DailyCap, MonthlyCap, answer, desk_of, examples
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.auto_refill_views import AutoRefillView
    from store_app.desk.context import Desk

commands = typer.Typer(rich_markup_mode=None)

Named = Annotated[
    str | None,
    typer.Argument(metavar="ICCID|ORDER|OWNER", help="The eSIM, or whose wallet; without it all."),
]
Threshold = Annotated[
    str | None, typer.Option(metavar="MB", help="Refill when less than this is left.")
]
RefillId = Annotated[
    str | None, typer.Option(metavar="ID", help="Which refill of the eSIM's plan.")
]
RefillPay = Annotated[
    Literal["wallet", "company-wallet", "card", "company-card"] | None,
    typer.Option(help="What pays it; a card is a kept one: wallet card OWNER --save."),
]
Off = Annotated[bool, typer.Option("--off", help="Refill it no more.")]
Approve = Annotated[
    bool, typer.Option("--approve", help="Show the page on which a card's owner approves.")
]
MailPage = Annotated[
    bool, typer.Option("--mail", help="Send that page to the card's owner once more.")
]
Paused = Annotated[bool, typer.Option("--paused", help="Only what waits for a card's owner.")]


@commands.command(
    "auto-refill",
    epilog=examples(
        "auto-refill 8931080000000000019 --threshold 100 --refill 1GB --pay card",
        "auto-refill 8931080000000000019 --off",
        "auto-refill ana@example.com --approve",
        "auto-refill ana@example.com --mail",
        "auto-refill --paused",
    ),
)
def auto_refill(
    ctx: typer.Context,
    named: Named = None,
    *,
    threshold: Threshold = None,
    refill: RefillId = None,
    pay: RefillPay = None,
    daily_cap: DailyCap = None,
    monthly_cap: MonthlyCap = None,
    off: Off = False,
    approve: Approve = False,
    mail: MailPage = False,
    paused: Paused = False,
) -> Answer:
    """Refill an eSIM by itself when little data is left; show, list or stop that.

    The refill of a wallet is set with wallet configure OWNER --auto-refill AMOUNT.
    """
    desk = desk_of(ctx)
    if named is None:
        return _listed(ctx, desk, paused=paused)
    if refill is not None or pay is not None or threshold is not None:
        if off or approve or mail:
            raise WrongUsage(_("--off, --approve and --mail take no other option."), field="off")
        told = {"threshold": threshold, "daily_cap": daily_cap, "monthly_cap": monthly_cap}
        return told_answer(ctx, _set(desk, named, refill, pay, told))
    return told_answer(ctx, _changed(desk, named, off=off, approve=approve, mail=mail))


def _set(
    desk: Desk, named: str, refill: str | None, pay: str | None, told: dict[str, Any]
) -> AutoRefillView:
    """Set what refills an eSIM; what is not told keeps its default."""
    from store_app.desk.auto_refills import set_esim_refill

    if refill is None or pay is None:
        raise WrongUsage(_("--refill and --pay are both needed."), field="refill")
    terms = {name: one for name, one in told.items() if one is not None}
    return set_esim_refill(desk, named, refill=refill, pay=pay, **terms)


def _changed(desk: Desk, named: str, *, off: bool, approve: bool, mail: bool) -> AutoRefillView:
    from store_app.desk import auto_refill_views, auto_refills, refill_letters, refill_pages

    if off:
        return auto_refills.switch_off(desk, named)
    if approve:
        return refill_pages.approve(desk, named)
    if mail:
        return refill_letters.send_again(desk, named)
    return auto_refill_views.show_auto_refill(desk, named)


def told_answer(ctx: typer.Context, view: AutoRefillView) -> Answer:
    """One automatic refill as an answer."""
    return answer(ctx, document_of(view), lambda: _words(view))


def document_of(view: AutoRefillView) -> dict[str, Any]:
    """One automatic refill for programs; its threshold is named by what it counts."""
    document = as_document(view)
    threshold = document.pop("threshold")
    del document["threshold_mb"]
    if view.kind == "esim":
        document |= {"iccid": document.pop("named"), "threshold_bytes": threshold}
        del document["amount_minor"]
    else:
        document |= {"owner": document.pop("named"), "threshold_minor": threshold}
        del document["refill"]
    if not view.checkout_url:
        del document["checkout_url"]
    return document


def _words(view: AutoRefillView) -> str:
    from catalog.esim.qr import text_qr
    from store_app.refill_words import cap_words, rule_words, state_words

    said = pairs(
        [
            (_("Refilled"), view.named),
            (_("When"), rule_words(view)),
            (_("State"), state_words(view)),
            (_("Begun"), cap_words(view)),
            (_("Pay at"), view.checkout_url or None),
            (_("Then"), f"order check {view.order}" if view.checkout_url else None),
        ]
    )
    is_shown = view.checkout_url and sys.stdout.isatty()
    return f"{said}\n\n{text_qr(view.checkout_url)}" if is_shown else said


def _listed(ctx: typer.Context, desk: Desk, *, paused: bool) -> Answer:
    from store_app.desk.auto_refill_views import list_auto_refills

    views = list_auto_refills(desk, paused=paused)
    document = {"auto_refills": [document_of(view) for view in views]}
    return answer(ctx, document, lambda: _list_words(views))


def _list_words(views: list[AutoRefillView]) -> str:
    from store_app.refill_words import rule_words, state_words

    rows = [(view.named, rule_words(view), state_words(view), view.checkout_url) for view in views]
    titles = (_("What"), _("When"), _("State"), _("Pay at"))
    return table(titles, rows) if rows else _("Nothing is refilled by itself.")
