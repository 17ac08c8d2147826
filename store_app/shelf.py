"""Everything on sale, as the storefront lists and searches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.kernel.money import money_words
from catalog.place_tables import NAME_ORDER
from catalog.plans import COUNTER_KINDS, PlanKind, data_words
from catalog.search import PlanCard, SearchIndex
from checkout.billing.tax import tax_of
from store_app.widgets.lazy_list import Cell, Column, Toned

if TYPE_CHECKING:
    from catalog.look_alike import LookAlike
    from store_app.desk.context import Desk

COLUMNS = (
    Column("Plan", 22, flex=1),
    Column("Where", 9, priority=1),
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
    is_live: bool = False
    """Whether its supplier allocates one for each buyer once no uploaded one is left."""

    @property
    def is_offered(self) -> bool:
        """Whether it is sold over the counter: prepaid and PAYGO plans are."""
        return self.plan.kind in COUNTER_KINDS

    @property
    def stock_cell(self) -> Cell:
        """What could be sold now, in a word."""
        if not self.is_offered:
            return Toned("not here", "muted")
        if not self.available and self.is_live:
            return Toned("live", "success")
        return str(self.available) if self.available else Toned("sold out", "error")

    def cells(self, named: Collection[str] = ()) -> tuple[Cell, ...]:
        """The row of the list for a query that names these countries."""
        plan = self.plan
        return (
            plan.name,
            where_words(plan.countries, named),
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
    named: Collection[str] = ()

    def count(self) -> int:
        """How many fit."""
        return len(self.found)

    def row(self, index: int) -> Sequence[Cell]:
        """One row."""
        return self.cards[self.found[index]].cells(self.named)


def where_words(countries: Sequence[str], named: Collection[str] = ()) -> str:
    """ISO codes, shortened, the named ones first: "ES", "AT DE +27", "NE +30"."""
    asked = [code for code in countries if code in named]
    if len(countries) <= _SHOWN_CODES:
        return " ".join(dict.fromkeys([*asked, *countries]))
    shown = (asked or countries)[:2]
    return f"{' '.join(shown)} +{len(countries) - len(shown)}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: positions of cards, best first, and what it says about countries."""

    positions: Sequence[int]
    named: Collection[str] = ()
    alike: LookAlike | None = None


def find(index: SearchIndex, cards: Sequence[Card], text: str) -> Found:
    """The cards that fit a text, those that are not sold here last."""
    positions = sorted(index.search(text), key=lambda at: not cards[at].is_offered)
    if not text.strip():
        return Found(positions)
    alike = index.ask_once(text) if positions else None
    return Found(positions, index.countries_named(text), alike)


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
    live: Collection[str] = (),
) -> tuple[Card, ...]:
    """Cards from the columns of plans and the sellable stock, in the order of an open shelf.

    Args:
        rows: id, sku, kind, name, operator, currency, price in minor units, data in bytes,
            days, countries, full-speed data in bytes, supplier or None.
        own: sellable profiles by plan id.
        generic: sellable profiles without a plan by operator; a plan without one takes any.
        vat_rate: in hundredths of a percent.
        inclusive: whether prices hold the VAT already.
        live: names of the suppliers that allocate profiles when they are sold.

    """
    every = generic.total()
    cards = []
    for row_id, sku, kind, name, operator, currency, price, *terms in rows:
        size, days, countries, fast, supplier = terms
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
        cards.append(Card(plan, total, currency, available, supplier in live))
    return tuple(sorted(cards, key=_place_on_shelf))


def _place_on_shelf(card: Card) -> tuple[Any, ...]:
    """Single countries by name, then regions by size; inside each by data, days and price."""
    plan = card.plan
    is_single = len(plan.countries) == 1
    return (
        not card.is_offered,
        not is_single,
        NAME_ORDER.get(plan.countries[0], len(NAME_ORDER)) if is_single else 0,
        len(plan.countries),
        plan.countries,
        plan.data_bytes or 0,
        plan.validity_days or 0,
        card.total_minor,
        plan.sku,
    )


def read_shelf(desk: Desk) -> tuple[Card, ...]:
    """Every plan with what a walk-in pays for it and its stock, in four queries."""
    from sqlalchemy import select

    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings
    from catalog.stock.summary import free_stock
    from catalog.suppliers.registry import live_names
    from catalog.tables import PlanRow

    plan = PlanRow.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it
    columns = (plan.id, plan.sku, plan.kind, plan.name, plan.operator, plan.currency)
    terms = (plan.price_minor, plan.data_bytes, plan.validity_days)
    inside = (
        plan.terms["countries"],
        plan.terms["high_speed_bytes"].as_integer(),
        plan.terms["supplier"].as_string(),
    )
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        free, live = free_stock(session, desk.clock()), live_names(session)
        rows = session.execute(select(*columns, *terms, *inside).order_by(plan.sku)).all()
    return make_cards(
        rows,
        free.own,
        free.generic,
        vat_rate=settings.vat_rate,
        inclusive=settings.prices_include_vat,
        live=live,
    )


def shelf_mark(desk: Desk) -> object:
    """A value that changes whenever `read_shelf` might: settings, stock, suppliers, newest plan."""
    from sqlalchemy import func, select

    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings
    from catalog.stock.summary import free_stock
    from catalog.suppliers.registry import live_names
    from catalog.tables import PlanRow

    plan = PlanRow.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it
    with snapshot(desk.engine) as session:
        newest = session.execute(select(func.count(plan.id), func.max(plan.updated_at))).one()
        settings, free = load_settings(session), free_stock(session, desk.clock())
        return settings, free, live_names(session), tuple(newest)


def waiting_stock(desk: Desk, sku: str) -> int:
    """How many profiles of a plan wait for approval, generic ones of its operator included."""
    from catalog.kernel.database import snapshot
    from catalog.stock.summary import waiting_count

    with snapshot(desk.engine) as session:
        return waiting_count(session, sku)
