"""The frame every screen lives in: themes, keys, help, palette, signals and last words."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from store_app.actions import GLOBAL, PLACES, bindings
from store_app.themes import (
    ANSI,
    DARK,
    OFFERED,
    OWN,
    keep_theme,
    kept_theme,
    next_theme,
    theme_words,
)

LEAST_COLUMNS: Final = 60
LEAST_ROWS: Final = 20
_THEME: Final = "Theme"
CRASHED: Final = (
    "The store stopped because of an error it did not expect. What was paid or delivered is "
    "recorded; start it again to go on."
)


def _actions_provider() -> type[Provider]:
    from store_app.palette import ActionProvider

    return ActionProvider


class TooSmall(ModalScreen[None]):
    """Asks for a larger window and leaves by itself when it gets one."""

    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+q", "app.quit", "Quit")]
    DEFAULT_CSS = """
    TooSmall { align: center middle; background: $background; }
    TooSmall > Static { width: auto; text-align: center; }
    """

    def compose(self) -> ComposeResult:
        """The sentence, short enough for a very small window."""
        sentence = f"Please enlarge the window\nto {LEAST_COLUMNS} x {LEAST_ROWS} or more.\n"
        yield Static(f"{sentence}Nothing is lost.", markup=False)

    def on_screen_resume(self) -> None:
        """Leave when the window grew while something else lay on top."""
        if not is_small(*self.app.size):
            self.dismiss(None)


def is_small(columns: int, rows: int) -> bool:
    """Whether a window is too small for any screen of the store."""
    return columns < LEAST_COLUMNS or rows < LEAST_ROWS


class Shell(App[None]):
    """The app without its screens; `places` are factories for F2 to F6 and F12 by name.

    Run it with `shell.run()` and leave the process with `shell.return_code`: 143 after SIGTERM,
    129 after SIGHUP, 1 after a crash, of which `log_path` keeps the traceback without locals.
    """

    TITLE = "eSIM Store"
    # The start is a mode from the first frame on: switching to it later costs a tenth of a second.
    DEFAULT_MODE = PLACES[0]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions_provider}
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(GLOBAL)]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares its type
        (0, "-narrow"),
        (80, "-normal"),
        (120, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as above
    # Toasts stay in the upper right corner, over titles: a QR code stands at the left and
    # prices begin further down.
    CSS = """
    ToastRack { dock: right; width: 45%; height: auto; align: right top; margin: 0;
        overflow-y: auto; }
    Toast { width: 1fr; max-width: 100%; margin: 0; padding: 0 1; }
    SearchIcon { display: none; }
    SelectCurrent Static#label { color: $text-disabled; }
    SelectCurrent.-has-value Static#label { color: $foreground; }
    """

    def __init__(
        self,
        places: Mapping[str, Callable[[], Screen[Any]]] | None = None,
        *,
        theme: str = DARK.name,
        blink: bool = False,
        log_path: Path | None = None,
        theme_file: Path | None = None,
    ) -> None:
        """Offer `places`; the storefront is the start, or else the first of them.

        The theme last chosen is kept in `theme_file` and comes before `theme`.

        With NO_COLOR or on a terminal of 16 colours the terminal's own palette is used whatever
        `theme` says, because only it is readable there.
        """
        # Textual decides in its constructor whether NO_COLOR means grey or no colour at all.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._places = dict(places or {})
        self._blink = blink
        self._log_path = log_path
        self._theme_file = theme_file
        for own in OWN:
            self.register_theme(own)
        for place, factory in self._places.items():
            self.add_mode(place, factory)
        kept = kept_theme(theme_file) if theme_file else None
        wanted = kept or theme
        self.theme = wanted if wanted in self.offered_themes else self.offered_themes[0]

    @property
    def offered_themes(self) -> tuple[str, ...]:
        """The themes that are readable on this terminal."""
        plain = self.no_color or self.console.color_system == "standard"
        return ANSI if plain else OFFERED

    @property
    def _start(self) -> str:
        first = next(iter(self._places))
        return self.DEFAULT_MODE if self.DEFAULT_MODE in self._places else first

    def get_driver_class(self) -> type[Driver]:
        """The till's own driver wherever Textual would take its Linux driver."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from store_app.driver import TillDriver

        return TillDriver

    def on_mount(self) -> None:
        """Listen to signals; without a storefront go to the first place there is."""
        from store_app.driver import exit_on_signals

        exit_on_signals(lambda code: self.exit(return_code=code))
        if self._places and self.DEFAULT_MODE not in self._places:
            self.action_go(self._start)

    def on_resize(self, event: events.Resize) -> None:
        """Below the least size show a polite message over whatever is open."""
        small = is_small(event.size.width, event.size.height)
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.screen.dismiss(None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the cursor calm in every field that gets the focus."""
        if hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = self._blink

    def action_go(self, place: str) -> None:
        """Go to a place; its screens are as they were left."""
        if place in self._places:
            self.switch_mode(place)
        else:
            self.notify(f"There is no {place} here.", severity="warning", markup=False)

    def action_help(self) -> None:
        """Explain the screen that is open."""
        from store_app.help import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    async def action_back(self) -> None:
        """One step back: the screen's own `action_back`, the screen under it, the first place."""
        own = getattr(self.screen, "action_back", None)
        if own is not None:
            await self.run_action("back", self.screen)
        elif len(self.screen_stack) > 1:
            self.pop_screen()
        elif self._places:
            self.action_go(self._start)

    def action_theme(self) -> None:
        """Switch to the next theme on offer, keep it, and say which."""
        self.theme = next_theme(self.theme, self.offered_themes)
        if self._theme_file is not None:
            keep_theme(self._theme_file, self.theme)
        for older in [each for each in self._notifications if each.title == _THEME]:
            self._unnotify(older)
        self.notify(theme_words(self.theme), title=_THEME, markup=False, timeout=2)

    def _fatal_error(self) -> None:
        """Say one sentence and keep the places of the error in the log file.

        Textual would print the local variables, and those are customers' codes.
        """
        from store_app.crash import crash_places

        if self._log_path is not None and self._exception is not None:
            # A full disk must not keep the terminal from being put back.
            with suppress(OSError), self._log_path.open("a", encoding="utf-8") as log:
                log.write(crash_places(self._exception))
        where = f" Details: {self._log_path}" if self._log_path else ""
        self._exit_renderables.append(CRASHED + where)
        self._close_messages_no_wait()
