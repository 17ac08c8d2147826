"""Commands of the price list: import plan files, search, show one plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, paragraphs, table
from store_app.cli.options import File, answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.cli.row_errors import error_table
from store_app.words import _

if TYPE_CHECKING:
    from catalog.plans import Plan, Refill
    from store_app.desk.catalogue import PlanCard
    from store_app.desk.context import Desk

plans = group("plans", "Plans: what the store sells and for how much.")


@plans.command("import", epilog=examples("plans import plans.toml", "plans import more.csv"))
def import_file(ctx: typer.Context, file: File) -> Answer:
    """Add or update the plans of a file (.toml, .csv, .jsonl)."""
    from store_app.desk.catalogue import import_plans

    done = import_plans(desk_of(ctx), file)
    return answer(
        ctx,
        as_document(done),
        lambda: paragraphs(
            _("{created} created, {updated} updated, {rejected} rejected.").format(
                **as_document(done)
            ),
            error_table(done.errors),
        ),
    )


@plans.command("list", epilog=examples("plans list", "plans list japan 5gb"))
def list_all(
    ctx: typer.Context,
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUERY]...", help="Country, region, data or days, as in the store."
        ),
    ] = None,
) -> Answer:
    """Search the plans as the storefront does, or list them all."""
    from store_app.desk.catalogue import list_plans

    desk = desk_of(ctx)
    cards = list_plans(desk, " ".join(query or []))
    return answer(ctx, {"plans": cards}, lambda: _list_words(desk, cards))


def _list_words(desk: Desk, cards: Sequence[PlanCard]) -> str:
    titles = (
        "SKU",
        _("Name"),
        _("Kind"),
        _("Where"),
        _("Data"),
        _("Days"),
        _price_title(desk),
        _("In stock"),
    )
    rows = [_row(card) for card in cards]
    return table(titles, rows, right=(4, 5, 6, 7)) if rows else _("No plan matches.")


def _row(card: PlanCard) -> tuple[object, ...]:
    from catalog.plans import data_words
    from store_app import present

    return (
        card.sku,
        card.name,
        card.kind,
        present.countries(card.countries),
        data_words(card.data_bytes) if card.data_bytes else present.NOTHING,
        card.validity_days or present.NOTHING,
        present.money(card.price_minor or None, card.currency),
        card.available or (_("live") if card.live else 0),
    )


@plans.command("show")
def show(
    ctx: typer.Context, sku: Annotated[str, typer.Argument(metavar="SKU", help="The plan's SKU.")]
) -> Answer:
    """Show everything about one plan, its refills included."""
    from catalog.plans import plan_to_json
    from store_app.desk.catalogue import show_plan

    desk = desk_of(ctx)
    plan, card = show_plan(desk, sku)
    said = {"available": card.available, "live": card.live}
    return answer(ctx, plan_to_json(plan) | said, lambda: _plan_words(desk, plan, card))


def _plan_words(desk: Desk, plan: Plan, card: PlanCard) -> str:
    from catalog.plans import offer_words, start_rule_words
    from store_app import present

    price_title = _price_title(desk)
    head = pairs(
        [
            (_("Plan"), f"{plan.name} ({plan.sku})"),
            (_("Operator"), plan.operator),
            (_("Where"), ", ".join(plan.countries)),
            (_("Offer"), offer_words(plan)),
            (_("Start"), start_rule_words(plan)),
            (price_title, present.money(plan.price_minor, plan.currency)),
            (_("Only for"), ", ".join(plan.companies)),
            (_("In stock"), card.available),
            (_("Supplier"), _supplier_words(plan, is_live=card.live)),
        ]
    )
    refills = [_refill_row(plan, refill) for refill in plan.refills]
    titles = (_("Refill"), _("Adds"), price_title)
    return paragraphs(head, table(titles, refills, right=(1, 2)) if refills else "")


def _refill_row(plan: Plan, refill: Refill) -> tuple[str, str, str]:
    from store_app import present

    credit = present.money(refill.credit_minor, plan.currency)
    adds = present.size(refill.data_bytes) if refill.data_bytes else credit
    return refill.id, adds, present.money(refill.price_minor, plan.currency)


def _supplier_words(plan: Plan, *, is_live: bool) -> str:
    """Whom more profiles come from, and whether that one is known here."""
    if not plan.supplier:
        return ""
    missing = "" if is_live else _(" (not added yet: supplier add)")
    coded = _(", with a confirmation code") if plan.confirmation else ""
    return f"{plan.supplier}: {plan.profile_type}{coded}{missing}"


def _price_title(desk: Desk) -> str:
    """Says what the prices of the list hold; the storefront shows all of them with VAT."""
    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings

    with snapshot(desk.engine) as session:
        is_gross = load_settings(session).prices_include_vat
    return _("Price with VAT") if is_gross else _("Net price")
