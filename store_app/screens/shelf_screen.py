"""The searchable list of everything on sale, with the details of one plan beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from store_app.screens.base import StoreScreen
from store_app.shelf import COLUMNS, Card, CardRows, build_index, read_shelf
from store_app.widgets.lazy_list import LazyList
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from catalog.search import SearchIndex
    from store_app.desk.context import Desk

LOADING: Final = "Opening the store …"
NO_PLANS: Final = "No plans yet. Import a price list: esim-store plans import FILE."
_DETAILS_AFTER_S: Final = 0.04


class ShelfScreen(StoreScreen):
    """A search field that always has the focus over a list whose cursor moves while typing."""

    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row up", show=False),
        Binding("down", "move(1)", "Row down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
    ]

    def __init__(self, desk: Desk | None = None) -> None:
        """Without a desk the list says that the store is being opened."""
        super().__init__(desk)
        self._cards: tuple[Card, ...] = ()
        self._found: Sequence[int] = ()
        self._index: SearchIndex | None = None
        self.shown_text = ""
        self._ready = asyncio.Event()

    def compose_body(self) -> ComposeResult:
        """Search, what needs attention, the plans with the details of one."""
        with Horizontal(id="search-line"):
            yield Static("Find", id="search-label")
            yield Input(
                placeholder="country, data, days or SKU, such as: jp 5 7",
                max_length=200,
                select_on_focus=False,
                id="search",
            )
        yield Static("", id="question")
        yield Static("", id="open-sale")
        with Container(id="shelf"):
            plans = LazyList(COLUMNS, empty_text=LOADING, id="plans")
            plans.can_focus = False
            yield plans
            yield Static("", id="details")
        yield Static("", id="cart-line")

    def on_mount(self) -> None:
        """Begin at once when the desk is there already."""
        if self.is_open:
            self.load()

    def open(self, desk: Desk) -> None:
        """Take the desk and fill the list."""
        self._desk = desk
        self.read_heading()
        self.load()

    @desk_work("load", exclusive=True)
    async def load(self) -> None:
        """Read the shelf, show it, make it searchable, and say that it is ready."""
        await self.show_cards(await self.run_desk(read_shelf))
        self._ready.set()
        self.loaded()

    async def show_cards(self, cards: tuple[Card, ...]) -> None:
        """Show these plans, and index them unless they are the same as before."""
        is_same = [card.plan for card in cards] == [card.plan for card in self._cards]
        self._cards = cards
        if not is_same:
            self._index = None
            self._found, self.shown_text = range(len(cards)), ""
        self._show_found(keep_cursor=is_same)
        if self._index is None:
            self._index = await off_loop(build_index, cards)
            self.search(self._search.value)

    def loaded(self) -> None:
        """What a screen does whenever the shelf was read."""

    @property
    def is_ready(self) -> bool:
        """Whether plans can be found and sold."""
        return self._ready.is_set()

    @property
    def _search(self) -> Input:
        return self.query_one("#search", Input)

    @property
    def _plans(self) -> LazyList:
        return self.query_one("#plans", LazyList)

    @property
    def card(self) -> Card | None:
        """The plan under the cursor."""
        index = self._plans.index
        return None if index is None else self._cards[self._found[index]]

    @on(Input.Changed, "#search")
    def search_as_typed(self, event: Input.Changed) -> None:
        """Search for what stands in the field now."""
        event.stop()
        if event.value:
            self.say("")
        self.search(event.value)

    @desk_work("search", exclusive=True)
    async def search(self, text: str) -> None:
        """Show what fits; a newer text drops the result of an older one."""
        index = self._index
        if index is None:
            return
        found = await off_loop(index.search, text)
        if index is not self._index:
            return
        self._found, is_new = found, text != self.shown_text
        self.shown_text = text
        self._show_found(keep_cursor=not is_new)
        alike = await off_loop(index.ask_once, text) if text.strip() else None
        names = " or ".join(f"{name} ({code})" for code, name in alike.candidates) if alike else ""
        self._attend("#question", f"{names}? Look at the code, or type it." if names else "")

    def _show_found(self, *, keep_cursor: bool) -> None:
        text = self.shown_text.strip()
        nothing = f"Nothing fits “{text}”. Try fewer words: a country, its code, data or days."
        self._plans.show(
            CardRows(self._cards, self._found),
            cursor=None if keep_cursor else 0,
            empty_text=nothing if self._cards else NO_PLANS if self.is_open else LOADING,
        )
        if not self._found:
            self._details("")

    def _attend(self, selector: str, sentence: str) -> None:
        line = self.query_one(selector, Static)
        line.update(Content(sentence))
        line.set_class(bool(sentence), "-shown")

    def action_move(self, rows: int) -> None:
        """Move the cursor of the list."""
        self._plans.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by windows."""
        self._plans.action_page(pages)

    def on_key(self, event: events.Key) -> None:
        """Whatever has the focus: what is typed goes to the search field."""
        if event.is_printable and event.character and self.focused is not self._search:
            self._search.focus()
            self._search.insert_text_at_cursor(event.character)
            event.stop()

    @on(LazyList.Highlighted, "#plans")
    def describe_highlighted(self) -> None:
        """Say everything about the plan under the cursor."""
        if self.card is not None and self.is_open:
            self.describe(self.card)

    @desk_work("details", exclusive=True)
    async def describe(self, card: Card) -> None:
        """Read and show one plan; a cursor that runs on leaves it unread."""
        from store_app.screens.plan_words import describe_plan

        await asyncio.sleep(_DETAILS_AFTER_S)
        lines = await self.run_desk(describe_plan, card.plan.sku)
        self._details("\n".join(lines))

    def _details(self, text: str) -> None:
        self.query_one("#details", Static).update(Content(text))
