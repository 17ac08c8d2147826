"""What every place of the store has: a heading with a clock, a line for sentences, a footer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Concatenate, Literal, ParamSpec, TypeVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from store_app.heading import Heading, read_heading
from store_app.widgets.columns import fit_text
from store_app.widgets.key_footer import KeyFooter
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk

P = ParamSpec("P")
T = TypeVar("T")
Tone = Literal["muted", "success", "warning", "error"]
_CLOCK_S = 5
LOOK_S = 0.5
"""So often a screen of one eSIM looks what its supplier has reported."""
_SIGNS: dict[Tone, str] = {"muted": "", "success": "", "warning": "! ", "error": "! "}


class HeadingLine(Widget):
    """One line: the store, the register and its shift at the left, labels and time at the right."""

    DEFAULT_CSS = """
    HeadingLine {
        height: 1; width: 1fr;
        background: $panel; color: $foreground; text-style: bold;
    }
    """

    def __init__(self) -> None:
        super().__init__(id="heading")
        self.words = ("eSIM Store", "")

    def show(self, left: str, right: str) -> None:
        """Change the words; an unchanged line is not painted again."""
        if self.words != (left, right):
            self.words = (left, right)
            self.refresh()

    def render(self) -> Content:
        """The line at the present width; the left end gives way."""
        left, right = self.words
        width = self.size.width
        room = max(0, width - cell_len(right) - 3)
        return Content(fit_text(f" {fit_text(left, room)} {right}", width))


class StatusLine(Static):
    """The sentence about what happened last; it takes no room while there is none."""

    DEFAULT_CSS = """
    StatusLine {
        height: auto; max-height: 3; padding: 0 1; display: none;
        &.-said { display: block; }
        &.-success { color: $success; text-style: bold; }
        &.-warning { color: $warning; text-style: bold; }
        &.-error { color: $error; text-style: bold; }
    }
    """

    def say(self, sentence: str, tone: Tone = "muted") -> None:
        """Show a sentence; warnings and errors carry a sign as well as a colour."""
        self.set_classes(f"-said -{tone}" if sentence else "")
        self.update(Content(f"{_SIGNS[tone]}{sentence}"))


class StoreScreen(Screen[None]):
    """A screen of the store; subclasses yield their own part in `compose_body`.

    `HELP` is its sentence for F1. Work with the store goes through `run_desk` inside a method
    marked `@desk_work(...)`, which says refusals in the status line.
    """

    HELP: ClassVar[str] = ""

    def __init__(self, desk: Desk | None = None) -> None:
        """The desk may come later (`open`); until then nothing is read."""
        super().__init__()
        self._desk = desk
        self.heading: Heading | None = None

    @property
    def desk(self) -> Desk:
        """The desk of this register."""
        if self._desk is None:
            raise RuntimeError("the store is not open yet")
        return self._desk

    @property
    def is_open(self) -> bool:
        """Whether there is a desk already."""
        return self._desk is not None

    def compose(self) -> ComposeResult:
        """Heading, body, status, footer."""
        yield HeadingLine()
        yield from self.compose_body()
        yield StatusLine(id="status", markup=False)
        yield KeyFooter()

    def compose_body(self) -> ComposeResult:
        """The screen's own part, between the heading and the status line."""
        yield from ()

    def say(self, sentence: str, tone: Tone = "muted") -> None:
        """Show a sentence in the status line; an empty one clears it."""
        for line in self.query(StatusLine):
            line.say(sentence, tone)

    async def run_desk(
        self, function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a desk function in a thread; it raises nothing but `StoreError`."""
        return await off_loop(function, self.desk, *args, **kwargs)

    def on_mount(self) -> None:
        """Keep the clock of the heading going."""
        self.set_interval(_CLOCK_S, self._tick)

    def on_screen_resume(self) -> None:
        """Read the heading again: a shift may have been opened or closed elsewhere."""
        if self.is_open:
            self.read_heading()

    @desk_work("heading", exclusive=True)
    async def read_heading(self) -> None:
        """Show the register's shift and labels as they are now."""
        self.heading = await self.run_desk(read_heading)
        self._tick()
        self.heading_changed()

    def heading_changed(self) -> None:
        """What a screen does once it knows its register, such as offering the demo card."""

    def _tick(self) -> None:
        if self.heading is not None and self.is_mounted:
            words = self.heading.words(self.desk.clock())
            self.query_one(HeadingLine).show(*words)
