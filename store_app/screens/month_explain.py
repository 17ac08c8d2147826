"""What made the bills of one eSIM: its usage, the charges, what came late and what that did."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from store_app.present import instant, money, size
from store_app.screens.base import StoreScreen
from store_app.screens.bill_words import short_item
from store_app.screens.pages import Pages
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import Cell, Column, LazyList, Toned
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.month import StoryLine

COLUMNS: Final = (
    Column(_("At"), 16),
    Column(_("What"), 18, flex=1),
    Column(_("Data"), 9, align="right"),
    Column(_("Amount"), 12, align="right"),
    Column(_("Bill"), 10, priority=1),
)
_LATE: Final = {
    "rerated": _("It came late, at {at}: its bill was not issued yet and was made anew."),
    "adjusted": _("It came late, at {at}: its bill was closed, so the next one corrects it."),
}
_NOTES: Final = {
    "no_plan": _("It had no plan then: billed to nobody."),
    "unpaid": _("The month had to be paid first and was not: no service, billed to nobody."),
}
_SO_FAR: Final = {
    "overage": _("overage of this period so far"),
    "usage": _("usage of this period so far"),
}


class MonthExplainScreen(StoreScreen):
    """The story of an eSIM that is billed by the month: this period and the two before it."""

    HELP = (
        "Usage in the order in which it happened, and the charges that came of it with their "
        "bill. What came late says whether its bill was made anew or the next one corrects it."
    )
    AUTO_FOCUS = "#entries"
    CSS_PATH = "month_explain.tcss"
    lines: Sequence[StoryLine] = ()

    def __init__(self, desk: Desk, named: str) -> None:
        """The story of the eSIM with this ICCID."""
        super().__init__(desk)
        self.named = named

    def compose_body(self) -> ComposeResult:
        """The title and the list."""
        title = _("{named}: usage and bills of this period and the two before").format(
            named=self.named
        )
        yield Static(title, id="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="entries")
        yield Static("", id="detail", markup=False)

    def on_screen_resume(self) -> None:
        """Read anew."""
        self.read()

    @desk_work("explain", exclusive=True)
    async def read(self) -> None:
        """Show the story as it is now, its end first in sight."""
        from store_app.desk.month import month_story

        listed = self.query_one(LazyList)
        with or_unread(listed):
            lines = await self.run_desk(month_story, self.named)
        self.lines = lines
        nothing = _("Nothing was used and nothing billed yet. Esc goes back.")
        words = partial(story_cells, zone=self.zone)
        listed.show(Pages(words, lines), cursor=len(lines), empty_text=nothing)

    @property
    def zone(self) -> str:
        """The time zone of the store, UTC until it is known."""
        return self.heading.time_zone if self.heading else "UTC"

    @on(LazyList.Highlighted)
    def follow(self, event: LazyList.Highlighted) -> None:
        """Say the whole of the row under the cursor."""
        if event.index < len(self.lines):
            words = story_sentence(self.lines[event.index], self.zone)
            self.query_one("#detail", Static).update(Content(words))


def story_cells(line: StoryLine, zone: str = "UTC") -> Sequence[Cell]:
    """One line as cells, in the order of `COLUMNS`."""
    words = _words(line)
    amount = "" if line.amount_minor is None else money(line.amount_minor, line.currency)
    return (
        instant(line.at, zone),
        Toned(words, "warning") if line.late or line.note else words,
        "" if line.bytes is None else size(line.bytes),
        amount,
        line.bill or (Toned(_("not yet"), "muted") if line.kind == "so_far" else ""),
    )


def story_sentence(line: StoryLine, zone: str = "UTC") -> str:
    """The whole of one line, with what came of it when it came late."""
    said = line.words if line.kind == "billed" else _words(line)
    why = _NOTES.get(line.note) or (_LATE.get(line.late, "") if line.kind == "used" else "")
    return f"{said}. {why.format(at=instant(line.known_at, zone))}".rstrip()


def _words(line: StoryLine) -> str:
    if line.kind == "used":
        used = _("used in {country}").format(country=line.country)
        if line.note:
            return _("{used}, not billed").format(used=used)
        return _("{used}, came late").format(used=used) if line.late else used
    if line.kind == "so_far":
        return _SO_FAR.get(line.words, line.words)
    return short_item(line.words)
