"""The searchable list of everything on sale, with the details of one plan beside it."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from catalog.kernel.errors import StoreError
from store_app.screens.base import StoreScreen
from store_app.screens.search_input import SearchInput
from store_app.screens.shelf_words import HOW_TO_START, LOADING, NO_PLANS, alike_words
from store_app.shelf import (
    COLUMNS,
    Card,
    CardRows,
    Found,
    build_index,
    find,
    read_shelf,
    shelf_mark,
)
from store_app.widgets.lazy_list import LazyList
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from catalog.search import SearchIndex
    from store_app.desk.context import Desk
_STALE_S: Final = 2
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
        self._found = Found(())
        self._index: SearchIndex | None = None
        self.shown_text = ""
        self._ready = asyncio.Event()
        self._mark: object = None
        self._read_s = 0.0
        self.has_moved = False

    def compose_body(self) -> ComposeResult:
        """Search, what needs attention, the plans with the details of one."""
        with Horizontal(id="search-line"):
            yield Static("Find", id="search-label")
            yield SearchInput(
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
        if not is_same and self._index is not None:
            await self._exchange(cards)
            return
        self._cards = cards
        if not is_same:
            self._found, self.shown_text = Found(range(len(cards))), ""
        self._show_found(keep_cursor=is_same)
        if self._index is None:
            await self._painted()
            self._index = await off_loop(build_index, cards)
            self.search(self._search.value)

    async def _painted(self) -> None:
        """Wait until what is shown was painted: a thread at work would hold that up."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    async def _exchange(self, cards: tuple[Card, ...]) -> None:
        """Other plans under the same search; the cursor stays with its plan."""
        index = await off_loop(build_index, cards)
        text, before = self.shown_text, self.card
        found = await off_loop(find, index, cards, text)
        self._index, self._cards, self._found, self.shown_text = index, cards, found, text
        skus = [cards[at].plan.sku for at in found.positions]
        self._show_found(keep_cursor=True)
        if before is not None and before.plan.sku in skus:
            self._plans.move_to(skus.index(before.plan.sku))
        self.search(self._search.value)

    @desk_work("load", exclusive=True)
    async def reread(self) -> None:
        """Take over what other windows sold or changed; says and paints nothing when nothing is."""
        self._read_s = monotonic()
        try:
            mark = await self.run_desk(shelf_mark)
            if mark == self._mark:
                return
            cards = await self.run_desk(read_shelf)
        except StoreError:
            return  # what a person does next says it
        if cards != self._cards or self._index is None:
            await self.show_cards(cards)
        self._mark = mark

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
        return None if index is None else self._cards[self._found.positions[index]]

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
        found = await off_loop(find, index, self._cards, text)
        if index is not self._index:
            return
        is_new = text != self.shown_text
        is_same = found == self._found and not is_new
        self._found, self.shown_text = found, text
        if is_new:
            self.has_moved = False
        if not is_same:
            self._show_found(keep_cursor=not is_new)
        question = f"{alike_words(found.alike)}? Look at the code, or type it."
        self._attend("#question", question if found.alike else "")
        if self.is_ready and monotonic() - self._read_s > _STALE_S:
            self.reread()

    def _show_found(self, *, keep_cursor: bool) -> None:
        text = self.shown_text.strip()
        nothing = f"Nothing fits “{text}”. Try fewer words: a country, its code, data or days."
        self._plans.show(
            CardRows(self._cards, self._found.positions, self._found.named),
            cursor=None if keep_cursor else 0,
            empty_text=nothing if self._cards else NO_PLANS if self.is_open else LOADING,
        )
        if not self._found.positions:
            is_empty = self.is_open and not self._cards
            self._details("\n".join(HOW_TO_START) if is_empty else "")

    def _attend(self, selector: str, sentence: str) -> None:
        line = self.query_one(selector, Static)
        if str(line.content) != sentence:
            line.update(Content(sentence))
            line.set_class(bool(sentence), "-shown")

    def action_move(self, rows: int) -> None:
        """Move the cursor of the list."""
        self.has_moved = True
        self._plans.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by windows."""
        self.has_moved = True
        self._plans.action_page(pages)

    def on_click(self, event: events.Click) -> None:
        """A click into the list is a choice as much as an arrow key."""
        self.has_moved = self.has_moved or event.widget is self._plans

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

    async def _opened(self) -> None:
        """Wait for the store: a key pressed while it is being opened is not lost."""
        if not self.is_ready:
            self.say("One moment, the store is being opened …")
            await self._ready.wait()
            self.say("")

    @desk_work("import")
    async def action_import_file(self) -> None:
        """Ask for a plan file, import it, and show what became of its plans."""
        from store_app.desk.catalogue import import_plans
        from store_app.screens.plan_import import error_lines, import_form, import_words, path_of
        from store_app.screens.reading import Reading

        await self._opened()
        values = await self.app.push_screen_wait(import_form())
        if values is None:
            return
        done = await self.run_desk(import_plans, path_of(values))
        self.say(import_words(done), "warning" if done.rejected else "success")
        self.load()
        if done.errors:
            self.app.push_screen(Reading("Import plans", error_lines(done)))
