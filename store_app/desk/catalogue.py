"""The price list at the desk: plan files in, search, and one plan in full."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError
from catalog.kernel.settings import load_settings
from catalog.plan_files import read_plan_file
from catalog.plans import Plan
from catalog.repository import all_plans, plan_row, plan_value, save_plans
from catalog.search import SearchIndex
from catalog.stock.summary import free_stock
from catalog.suppliers.registry import live_names
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan as lists show it; `available` is what could be sold now, generic stock included."""

    sku: str
    name: str
    kind: str
    operator: str
    countries: tuple[str, ...]
    data_bytes: int | None
    validity_days: int | None
    price_minor: int
    currency: str
    available: int
    live: bool = False
    """Whether more than that can be sold, because its supplier is asked for each."""


@dataclass(frozen=True, slots=True)
class PlanImport:
    """The outcome of a plan file: plans created, updated and rejected, with every reason."""

    created: int
    updated: int
    rejected: int
    errors: list[RowError]


def import_plans(desk: Desk, path: Path) -> PlanImport:
    """Add and update the acceptable plans of a file; the others are reported."""
    content = _content(path)
    with snapshot(desk.engine) as session:
        megabyte = load_settings(session).megabyte
    read = read_plan_file(path.name, content, megabyte=megabyte)
    plans = [plan for _, plan in read.plans]
    created, updated = transact(
        desk.engine, lambda session: save_plans(session, plans, desk.clock())
    )
    return PlanImport(created, updated, read.rejected, list(read.errors))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        message = f"The plan file was not read: {reason}. Nothing was changed."
        raise Refused(message, code="unreadable_file", field="file") from error


def list_plans(desk: Desk, query: str = "") -> list[PlanCard]:
    """The plans that fit a query, best first; without one every plan by sku."""
    with snapshot(desk.engine) as session:
        free = free_stock(session, desk.clock())
        live = live_names(session)
        stored = [(plan_value(row), free.of(row)) for row in all_plans(session)]
    plans = [plan for plan, _ in stored]
    order = SearchIndex.build(plans).search(query) if query.strip() else range(len(plans))
    return [_card(*stored[at], live) for at in order]


def show_plan(desk: Desk, sku: str) -> tuple[Plan, PlanCard]:
    """One plan in full; `NotFound` for an unknown sku."""
    with snapshot(desk.engine) as session:
        row = plan_row(session, sku)
        plan = plan_value(row)
        free = free_stock(session, desk.clock()).of(row)
        return plan, _card(plan, free, live_names(session))


def _card(plan: Plan, available: int, live: Collection[str]) -> PlanCard:
    return PlanCard(
        sku=plan.sku,
        name=plan.name,
        kind=plan.kind.value,
        operator=plan.operator,
        countries=plan.countries,
        data_bytes=plan.data_bytes,
        validity_days=plan.validity_days,
        price_minor=plan.price_minor,
        currency=plan.currency,
        available=available,
        live=plan.supplier in live,
    )
