"""F3: find a sold eSIM by number, customer or plan, and open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from catalog.kernel.errors import NotFound
from store_app.actions import bindings
from store_app.scans import scanned_esim
from store_app.screens.base import StoreScreen
from store_app.screens.esim_words import COLUMNS, row_cells
from store_app.screens.money import ask, start
from store_app.screens.search_input import SearchInput
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import Cell, LazyList
from store_app.words import _, plural
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.esims import EsimView

LIMIT: Final = 500
_LOADING: Final = _("Looking…")
_NONE_SOLD: Final = _("No eSIM has been sold yet. Press F2 and sell one.")


@dataclass(frozen=True, slots=True)
class EsimRows:
    """The found eSIMs; only the visible rows are put into words."""

    views: Sequence[EsimView]
    zone: str

    def count(self) -> int:
        """How many there are."""
        return len(self.views)

    def row(self, index: int) -> Sequence[Cell]:
        """The cells of one eSIM."""
        return row_cells(self.views[index], self.zone)


class EsimsScreen(StoreScreen):
    """The search field over the list of sold eSIMs, the newest first."""

    HELP = (
        "Type or scan an ICCID, a part of an e-mail address, a plan or a company. Enter opens the "
        "row marked ›. A ! after the data left says that the figure is stale."
    )
    AUTO_FOCUS = "#search"
    CSS_PATH = "esims.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("esims"),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]
    views: Sequence[EsimView] = ()

    def compose_body(self) -> ComposeResult:
        """The field, how many were found, the list."""
        with Horizontal(id="search-line"):
            yield Static(_("Find"), id="search-label", markup=False)
            hint = _("ICCID, e-mail, plan or company; or scan the ICCID")
            yield SearchInput(placeholder=hint, id="search", max_length=120)
        yield Static("", id="found", markup=False)
        yield LazyList(COLUMNS, empty_text=_LOADING, id="esims")

    def on_screen_resume(self) -> None:
        """Read again: something may have been sold, used or refunded meanwhile."""
        if self.is_open:
            self.search(self.query_one("#search", Input).value)

    @on(Input.Changed, "#search")
    def search_as_typed(self, event: Input.Changed) -> None:
        """Search with every letter; a newer search drops the older one."""
        if self.is_open:
            self.search(event.value)

    @on(Input.Submitted, "#search")
    def open_found(self, event: Input.Submitted) -> None:
        """Enter, or the end of a scan: open what the whole text finds."""
        if self.is_open:
            self.open_by_text(event.value)

    @on(LazyList.Chosen)
    def open_chosen(self, event: LazyList.Chosen) -> None:
        """Open the eSIM of the row."""
        self._open(self.views[event.index].name)

    @desk_work("search", exclusive=True)
    async def search(self, text: str) -> None:
        """Show what the text finds."""
        self._show(text, await self._found(text))

    @desk_work("search", exclusive=True)
    async def open_by_text(self, text: str) -> None:
        """Open the eSIM that the text finds; the row under the cursor when it finds several."""
        marked, scanned = self._marked, scanned_esim(text)
        views = await self._found(text)
        self._show(text, views)
        if not views and scanned and await self._is_known(scanned):
            self._open(scanned)
            return
        if not views:
            self.say(
                _("Nothing found for “{text}”. Check the number.").format(text=text), "warning"
            )
            return
        names = [view.name for view in views]
        self._open(marked if marked in names else names[0])

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        self.query_one(LazyList).choose()

    def action_import_file(self) -> None:
        """Ask for a usage file and take it in."""
        start(self, self._take_in())

    def action_move(self, rows: int) -> None:
        """Move the mark while the field has the focus."""
        self.query_one(LazyList).action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the mark by a window."""
        self.query_one(LazyList).action_page(pages)

    async def action_back(self) -> None:
        """Clear the search first, then leave."""
        search = self.query_one("#search", Input)
        self.say("")
        if search.value or not search.has_focus:
            search.value = ""
            search.focus()
        else:
            await self.app.run_action("app.go('storefront')")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No usage file from a browser: its files are not on this machine."""
        del parameters
        return not (action == "import_file" and self.app.is_web)

    async def _take_in(self) -> None:
        from store_app.screens.usage_upload import UsageDialog, usage_form, wanted

        typed = await ask(self, usage_form())
        if typed is not None:
            await ask(self, UsageDialog(self.desk, wanted(typed)))

    @property
    def _marked(self) -> str | None:
        index = self.query_one(LazyList).index
        return self.views[index].name if index is not None else None

    async def _found(self, text: str) -> Sequence[EsimView]:
        from store_app.desk.esims import list_esims

        with or_unread(self.query_one(LazyList)):
            return await self.run_desk(list_esims, scanned_esim(text) or text, limit=LIMIT)

    async def _is_known(self, scanned: str) -> bool:
        """Whether a whole number is that of an eSIM in stock, which the list leaves out."""
        from store_app.desk.esims import show_esim

        try:
            await self.run_desk(show_esim, scanned)
        except NotFound:
            return False
        return True

    def _show(self, text: str, views: Sequence[EsimView]) -> None:
        marked = self._marked
        self.views = views
        self.say("")
        zone = self.heading.time_zone if self.heading else "UTC"
        nothing = _("Nothing found for “{text}”. Esc clears the search.").format(text=text)
        names = [view.name for view in views]
        self.query_one(LazyList).show(
            EsimRows(views, zone),
            cursor=names.index(marked) if marked in names else 0,
            empty_text=nothing if text.strip() else _NONE_SOLD,
        )
        self.query_one("#found", Static).update(_found_words(len(views)))

    def _open(self, named: str) -> None:
        from store_app.screens.esim import EsimScreen

        if self.is_current:
            self.say("")
            self.query_one("#search", Input).clear()
            self.app.push_screen(EsimScreen(self.desk, named))


def _found_words(count: int) -> str:
    if count >= LIMIT:
        return _("The newest {count} eSIMs; type more to narrow them down").format(count=count)
    return plural("{count} eSIM", "{count} eSIMs", count).format(count=count) if count else ""
