"""Everything that is refilled by itself, what waits for a person first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from store_app.actions import bindings
from store_app.refill_words import letter_words, rule_words, state_words
from store_app.screens.base import StoreScreen
from store_app.screens.money import start
from store_app.screens.unread import or_unread
from store_app.widgets.lazy_list import Cell, Column, LazyList, Rows, Toned
from store_app.words import _
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.auto_refill_views import AutoRefillView

COLUMNS: Final = (
    Column(_("What"), 20, flex=1),
    Column(_("When"), 24, flex=2, priority=1),
    Column(_("State"), 24, flex=3),
)


class RefillsScreen(StoreScreen):
    """The queue of automatic refills."""

    HELP = (
        "What refills itself. Paused ones wait until whose card it is approves: Enter shows the "
        "page as a QR code, e sends it by e-mail once more. x switches one off."
    )
    AUTO_FOCUS = "#refills"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("refills")]
    DEFAULT_CSS = """
    RefillsScreen {
        overflow: hidden;
        & #title { height: 1; padding: 0 1; text-style: bold; }
        & #refills { height: 1fr; }
    }
    """
    views: Sequence[AutoRefillView] = ()

    def compose_body(self) -> ComposeResult:
        """The list under its title."""
        yield Static(_("What refills itself; paused ones first"), id="title", markup=False)
        yield LazyList(COLUMNS, empty_text=_("Reading…"), id="refills")

    def on_screen_resume(self) -> None:
        """Read again: a payment may have been approved."""
        self.read()

    @desk_work("refills", exclusive=True)
    async def read(self) -> None:
        """Show them as they are now."""
        from store_app.desk.auto_refill_views import list_auto_refills

        listed = self.query_one(LazyList)
        with or_unread(listed):
            self.views = await self.run_desk(list_auto_refills)
        zone = self.heading.time_zone if self.heading else "UTC"
        rows = Rows([refill_cells(view, zone) for view in self.views])
        nothing = _("Nothing refills itself. f sets it on an eSIM's page and on a wallet.")
        listed.show(rows, cursor=0, empty_text=nothing)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is switched off that is not there, and nobody is written to without need."""
        del parameters
        if action == "mail":
            return any(view.state == "paused" for view in self.views)
        return bool(self.views) if action == "switch_off" else True

    @on(LazyList.Chosen)
    def action_choose(self) -> None:
        """Show the page of a paused one."""
        view = self._marked()
        if view is not None:
            start(self, self._page(view))

    def action_switch_off(self) -> None:
        """Refill it no more."""
        view = self._marked()
        if view is not None:
            start(self, self._off(view))

    def action_mail(self) -> None:
        """Send the page of a paused one to who approves it."""
        view = self._marked()
        if view is not None:
            start(self, self._mail(view))

    async def _mail(self, view: AutoRefillView) -> None:
        from store_app.desk.refill_letters import send_again

        self.say(_("Sending…"))
        found = await self.run_desk(send_again, view.named)
        self.read()
        is_sent = found.letter == "sent"
        words = letter_words(found, self.heading.time_zone if self.heading else "UTC")
        self.say(words.removeprefix("; "), "success" if is_sent else "error")

    async def _page(self, view: AutoRefillView) -> None:
        from store_app.screens.auto_refill import show_page

        if view.state != "paused":
            self.say(state_words(view))
            return
        await show_page(self, view.named)
        self.read()

    async def _off(self, view: AutoRefillView) -> None:
        from store_app.desk.auto_refills import switch_off

        await self.run_desk(switch_off, view.named)
        self.read()
        self.say(_("{named} is not refilled by itself any more.").format(named=view.named))

    def _marked(self) -> AutoRefillView | None:
        index = self.query_one(LazyList).index
        return self.views[index] if index is not None and index < len(self.views) else None


def refill_cells(view: AutoRefillView, zone: str = "UTC") -> tuple[Cell, ...]:
    """What, when, and how far, toned by whether anybody has to do something."""
    words = state_words(view, zone)
    tones = {"paused": "warning", "off": "muted", "waiting": "warning"}
    tone = tones.get(view.state)
    return (view.named, rule_words(view), Toned(words, tone) if tone else words)  # type: ignore[arg-type]  # one of the tones
