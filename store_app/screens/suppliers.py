"""Suppliers that profiles are ordered from when they are sold, and what is not finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from store_app.actions import bindings
from store_app.screens.base import StoreScreen
from store_app.screens.fulfilling import fulfil, fulfil_another
from store_app.screens.money import start
from store_app.screens.reading import Reading
from store_app.screens.supplier_form import add_supplier, change_supplier, remove_supplier
from store_app.screens.unread import or_unread
from store_app.supplier_words import UNFINISHED_TITLES, answered_words, unfinished_cells
from store_app.widgets.lazy_list import Column, LazyList, Rows
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.suppliers import DownloadView, SupplierView

COLUMNS: Final = (
    Column(_("Supplier"), 14, flex=1),
    Column(_("Address"), 24, flex=2),
    Column(_("Plans"), 6, align="right"),
    Column(_("Unfinished"), 10, align="right"),
)
_ROOM: Final = ((10, 0, 0), (10, 0, 0), (19, 0, 1), (16, 0, 2), (30, 1, 0))
"""Width, share of what is left, and what goes first in a narrow window, for each title."""
UNFINISHED_COLUMNS: Final = tuple(
    Column(title, width, flex=flex, priority=priority)
    for title, (width, flex, priority) in zip(UNFINISHED_TITLES, _ROOM, strict=True)
)


class SuppliersScreen(StoreScreen):
    """The suppliers over the orders that they have not finished."""

    HELP = (
        "Above, the suppliers; t proves address, trust and credentials of the one marked › and "
        "orders nothing. Below, what was paid and is not delivered: Enter says what the supplier "
        "did where nobody knows. n adds a supplier, x changes how one is reached, Delete takes it "
        "away. Of its certificates and the key only the paths are kept."
    )
    AUTO_FOCUS = "#suppliers"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("suppliers")]
    DEFAULT_CSS = """
    SuppliersScreen {
        overflow: hidden;
        & .title { height: 1; padding: 0 1; text-style: bold; }
        & #suppliers { height: 2fr; }
        & #unfinished { height: 3fr; margin-bottom: 0; }
    }
    """
    views: Sequence[SupplierView] = ()
    unfinished: Sequence[DownloadView] = ()
    asking = ""
    """The supplier that is being tested; empty for none."""

    def compose_body(self) -> ComposeResult:
        """Two lists, each under its title."""
        yield Static(_("Suppliers"), classes="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="suppliers")
        yield Static(_("Paid and not finished"), classes="title", markup=False)
        yield LazyList(UNFINISHED_COLUMNS, empty_text=_("Reading…"), id="unfinished")

    def on_screen_resume(self) -> None:
        """Read again: something may have been ordered."""
        self.read()

    @desk_work("suppliers", exclusive=True)
    async def read(self, name: str = "") -> None:
        """Show them as they are now, and go to one when it is named."""
        from store_app.desk.suppliers import list_suppliers

        above = self.query_one("#suppliers", LazyList)
        below = self.query_one("#unfinished", LazyList)
        with or_unread(above, below):
            self.views = await self.run_desk(list_suppliers)
        self.unfinished = [each for view in self.views for each in view.unfinished]
        nobody = _("There is no supplier yet. Press n to add one.")
        names = [view.name for view in self.views]
        cursor = names.index(name) if name in names else None
        above.show(Rows([_cells(view) for view in self.views]), cursor=cursor, empty_text=nobody)
        rows = Rows([unfinished_cells(each) for each in self.unfinished])
        below.show(rows, empty_text=_("Every order is finished."))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nobody is tested, changed or removed who is not there."""
        del parameters
        return bool(self.views) if action in {"prove", "details", "remove"} else True

    @on(LazyList.Chosen, "#suppliers")
    def show_one(self, event: LazyList.Chosen) -> None:
        """Show how a supplier is reached."""
        from store_app.supplier_words import supplier_words

        view = self.views[event.index]
        self.app.push_screen(Reading(view.name, supplier_words(view)))

    @on(LazyList.Chosen, "#unfinished")
    def go_on(self, event: LazyList.Chosen) -> None:
        """Say what the supplier did for an order, or why it waits."""
        each = self.unfinished[event.index]
        if each.state == "unknown":
            start(self, self._fulfil(each))
        else:
            self.say(each.reason or _("The store goes on with it by itself."))

    def action_choose(self) -> None:
        """Open what is under the cursor of the list that has the focus."""
        listed = self.focused if isinstance(self.focused, LazyList) else None
        (listed or self.query_one("#suppliers", LazyList)).choose()

    @desk_work("test")
    async def action_prove(self) -> None:
        """Ask the supplier under the cursor whether it lets this store in."""
        from store_app.desk.suppliers import test_supplier

        marked = self._marked()
        if marked is None or self.asking:
            return
        self.asking = marked.name
        self.say(_("Asking {name}…").format(name=self.asking))
        try:
            view = await self.run_desk(test_supplier, self.asking)
        finally:
            self.asking = ""
        self.say(answered_words(view), "success")

    def action_new_supplier(self) -> None:
        """Ask how a new one is reached."""
        start(self, add_supplier(self))

    def action_details(self) -> None:
        """Show how the one under the cursor is reached, to be changed."""
        marked = self._marked()
        if marked is not None:
            start(self, change_supplier(self, marked))

    def action_remove(self) -> None:
        """Ask, then sell nothing more from the one under the cursor."""
        marked = self._marked()
        if marked is not None:
            start(self, remove_supplier(self, marked))

    def _marked(self) -> SupplierView | None:
        index = self.query_one("#suppliers", LazyList).index
        return self.views[index] if index is not None and index < len(self.views) else None

    async def _fulfil(self, each: DownloadView) -> None:
        await (fulfil_another if each.replaces else fulfil)(self, each.order)
        self.read()


def _cells(view: SupplierView) -> tuple[str, ...]:
    return (
        view.name,
        view.label or view.url,
        str(len(view.plans)),
        str(len(view.unfinished)),
    )
