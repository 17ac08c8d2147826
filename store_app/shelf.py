"""Everything on sale, as the storefront lists and searches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.kernel.money import money_words
from catalog.plans import COUNTER_KINDS, PlanKind, data_words
from catalog.search import PlanCard, SearchIndex
from checkout.billing.tax import tax_of
from store_app.widgets.lazy_list import Cell, Column, Toned

if TYPE_CHECKING:
    from store_app.desk.context import Desk

COLUMNS = (
    Column("Plan", 22, flex=1),
    Column("Where", 11, priority=1),
    Column("Data", 8, align="right", priority=2),
    Column("Days", 4, align="right", priority=3),
    Column("Price", 11, align="right"),
    Column("Stock", 8, align="right"),
)
_SHOWN_CODES = 3


@dataclass(frozen=True, slots=True)
class Card:
    """A plan on the shelf: `total_minor` is what a walk-in pays, VAT included."""

    plan: PlanCard
    total_minor: int
    currency: str
    available: int

    @property
    def is_offered(self) -> bool:
        """Whether it is sold over the counter: prepaid and PAYGO plans are."""
        return self.plan.kind in COUNTER_KINDS

    @property
    def stock_cell(self) -> Cell:
        """What could be sold now, in a word."""
        if not self.is_offered:
            return Toned("not yet", "muted")
        return str(self.available) if self.available else Toned("sold out", "error")

    def cells(self) -> tuple[Cell, ...]:
        """The row of the list."""
        plan = self.plan
        return (
            plan.name,
            where_words(plan.countries),
            data_words(plan.data_bytes) if plan.data_bytes else "",
            str(plan.validity_days or ""),
            money_words(self.total_minor, self.currency),
            self.stock_cell,
        )


@dataclass(frozen=True, slots=True)
class CardRows:
    """The cards that fit a query, as rows; `found` are positions in `cards`, best first."""

    cards: Sequence[Card]
    found: Sequence[int]

    def count(self) -> int:
        """How many fit."""
        return len(self.found)

    def row(self, index: int) -> Sequence[Cell]:
        """One row."""
        return self.cards[self.found[index]].cells()


def where_words(countries: Sequence[str]) -> str:
    """ISO codes, shortened: "ES", "AT DE +27"."""
    if len(countries) <= _SHOWN_CODES:
        return " ".join(countries)
    return f"{' '.join(countries[:2])} +{len(countries) - 2}"


def build_index(cards: Sequence[Card]) -> SearchIndex:
    """The search index over these cards; takes some tens of milliseconds for thousands."""
    return SearchIndex.build([card.plan for card in cards])


def make_cards(
    rows: Iterable[Sequence[Any]],
    own: Mapping[str, int],
    generic: Counter[str],
    *,
    vat_rate: int,
    inclusive: bool,
) -> tuple[Card, ...]:
    """Cards from the columns of plans and the sellable stock.

    Args:
        rows: id, sku, kind, name, operator, currency, price in minor units, data in bytes,
            days, countries, full-speed data in bytes.
        own: sellable profiles by plan id.
        generic: sellable profiles without a plan by operator; a plan without one takes any.
        vat_rate: in hundredths of a percent.
        inclusive: whether prices hold the VAT already.

    """
    every = generic.total()
    cards = []
    for row_id, sku, kind, name, operator, currency, price, size, days, countries, fast in rows:
        plan = PlanCard(
            sku=sku,
            kind=PlanKind(kind),
            name=name,
            operator=operator,
            countries=tuple(countries or ()),
            price_minor=price,
            data_bytes=size,
            high_speed_bytes=fast,
            validity_days=days,
        )
        total = tax_of(price, vat_rate, inclusive=inclusive).total_minor
        available = own.get(row_id, 0) + (generic[operator] if operator else every)
        cards.append(Card(plan, total, currency, available))
    return tuple(cards)


def read_shelf(desk: Desk) -> tuple[Card, ...]:
    """Every plan by sku with what a walk-in pays for it and its stock, in three queries."""
    from sqlalchemy import select

    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings
    from catalog.stock.summary import free_stock
    from catalog.tables import PlanRow

    plan = PlanRow.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it
    columns = (plan.id, plan.sku, plan.kind, plan.name, plan.operator, plan.currency)
    terms = (plan.price_minor, plan.data_bytes, plan.validity_days)
    inside = (plan.terms["countries"], plan.terms["high_speed_bytes"].as_integer())
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        free = free_stock(session)
        rows = session.execute(select(*columns, *terms, *inside).order_by(plan.sku)).all()
    return make_cards(
        rows,
        free.own,
        free.generic,
        vat_rate=settings.vat_rate,
        inclusive=settings.prices_include_vat,
    )
