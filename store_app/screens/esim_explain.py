"""How a balance came about: every grant and what took from it, with the balance after each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from store_app.present import instant, size, waiting_words
from store_app.screens.base import StoreScreen
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import Cell, Column, LazyList, Rows, Toned
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from checkout.billing.explain import Entry
    from store_app.desk.context import Desk

COLUMNS: Final = (
    Column(_("At"), 16),
    Column(_("Data"), 11, align="right"),
    Column(_("Left"), 10, align="right"),
    Column(_("What"), 12, flex=2),
    Column(_("From"), 10, flex=1, priority=1),
    Column(_("Known"), 16, priority=2),
)


class ExplainScreen(StoreScreen):
    """The story of one eSIM's balance, in the order in which the store learned it."""

    HELP = (
        "Every grant and every use, with the balance after it. A correction stands as a line of "
        "its own; nothing is ever changed afterwards."
    )
    AUTO_FOCUS = "#entries"
    CSS_PATH = "esim_explain.tcss"

    def __init__(self, desk: Desk, named: str) -> None:
        """The story of the eSIM with this ICCID, or of this order."""
        super().__init__(desk)
        self.named = named

    def compose_body(self) -> ComposeResult:
        """The title and the list."""
        title = _("Balance of {named} explained").format(named=self.named)
        yield Static(title, id="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="entries")

    def on_screen_resume(self) -> None:
        """Read anew."""
        self.read()

    @desk_work("explain", exclusive=True)
    async def read(self) -> None:
        """Show the entries as they are now."""
        from store_app.desk.esims import explain_esim, waiting_for

        with or_unread(self.query_one(LazyList)):
            entries = await self.run_desk(explain_esim, self.named)
            waiting = waiting_words(await self.run_desk(waiting_for, self.named))
        title = _("Balance of {named} explained").format(named=self.named)
        self.query_one("#title", Static).update(
            Content(f"{title}; {waiting}" if waiting else title)
        )
        zone = self.heading.time_zone if self.heading else "UTC"
        rows = Rows([entry_cells(entry, zone) for entry in entries])
        nothing = _("Nothing has happened on this eSIM yet. Esc goes back.")
        self.query_one(LazyList).show(rows, cursor=len(entries), empty_text=nothing)


def entry_cells(entry: Entry, zone: str = "UTC") -> Sequence[Cell]:
    """One entry as cells, in the order of `COLUMNS`."""
    sign = "+" if entry.data_bytes > 0 else ""
    change = f"{sign}{size(entry.data_bytes)}"
    return (
        instant(entry.at, zone),
        Toned(change, "success") if sign else change,
        size(entry.left_bytes),
        f"{entry.kind}: {entry.reason}" if entry.reason else entry.kind,
        entry.source,
        Toned(instant(entry.recorded_at, zone), "muted") if entry.recorded_at != entry.at else "",
    )
