"""One uploaded batch: its counts, its refused rows, and the decision about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from store_app.actions import bindings
from store_app.present import NOTHING
from store_app.row_error_file import write_errors
from store_app.screens.stock_words import ERROR_COLUMNS, error_cells, state_cell
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.key_footer import KeyFooter
from store_app.widgets.lazy_list import LazyList, Rows
from store_app.words import _
from store_app.workers import desk_work, off_loop

if TYPE_CHECKING:
    from catalog.kernel.row_errors import RowError
    from catalog.stock.history import BatchView
    from store_app.desk.context import Desk

SHOWN_ERRORS: Final = 10_000
"""Refused rows in a list; a file of all of them can be written."""
_POSSIBLE: Final = {"approve": "pending", "reject": "pending", "roll_back": "approved"}


class BatchDialog(ModalScreen[str | None]):
    """Shows a batch and answers `approve`, `reject` or `rollback`, or None for Esc."""

    HELP = "One upload: its refused rows, and what may be decided about it now."
    AUTO_FOCUS = "LazyList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("batch")]
    DEFAULT_CSS = """
    BatchDialog {
        align: center middle;
        & > Vertical {
            width: 76; max-width: 95%; height: 20; max-height: 95%;
            padding: 0 1; border: round $primary; background: $surface;
        }
        & #title { text-style: bold; }
        & LazyList { background: $surface; margin-top: 1; }
        & #reason { height: auto; max-height: 3; color: $text-muted; }
    }
    """

    def __init__(self, desk: Desk, view: BatchView, errors: Sequence[RowError]) -> None:
        """The batch with the first of its refused rows; all are read when they are saved."""
        super().__init__()
        self._desk = desk
        self._view = view
        self._errors = errors

    def compose(self) -> ComposeResult:
        """The facts, the rows, the keys."""
        with Vertical():
            yield Static(_title(self._view), id="title", markup=False)
            yield Static(_facts(self._view), id="facts", markup=False)
            yield LazyList(
                ERROR_COLUMNS,
                Rows([error_cells(error) for error in self._errors]),
                empty_text=_("No row was refused."),
            )
            yield Static("", id="reason", markup=False)
            yield KeyFooter()

    @on(LazyList.Highlighted)
    def spell_out(self, event: LazyList.Highlighted) -> None:
        """The whole reason of the marked row, which the list may have cut."""
        self.query_one("#reason", Static).update(self._errors[event.index].reason)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the decisions that its state allows."""
        del parameters
        if action == "save":
            return bool(self._errors)
        return _POSSIBLE.get(action, self._view.state) == self._view.state

    def action_approve(self) -> None:
        """Answer: release it for sale."""
        self._answer("approve")

    def action_reject(self) -> None:
        """Answer: refuse it."""
        self._answer("reject")

    def action_roll_back(self) -> None:
        """Answer: take the unsold profiles back."""
        self._answer("rollback")

    def action_save(self) -> None:
        """Ask where to, then write the refused rows."""
        self.save_all()

    @desk_work("save", exclusive=True)
    async def save_all(self) -> None:
        """Read every refused row first."""
        from store_app.desk.stock import batch_errors

        errors = await off_loop(batch_errors, self._desk, self._view.batch)
        if self.is_current:
            self.app.push_screen(save_form(self._view.file_name, errors))

    def say(self, sentence: str, tone: str) -> None:
        """Show a sentence under the list."""
        del tone
        self.query_one("#reason", Static).update(sentence)

    def action_back(self) -> None:
        """Answer nothing."""
        self._answer(None)

    def _answer(self, decision: str | None) -> None:
        if self.is_current:
            self.dismiss(decision)


def save_form(file_name: str, errors: Sequence[RowError], folder: Path | None = None) -> Form:
    """Asks for the file and writes it; what keeps it from being written is said in the form."""
    proposed = (folder or Path.home()) / f"{Path(file_name).stem}-errors.csv"

    def write(typed: Values) -> None:
        write_errors(Path(typed["path"].strip()).expanduser(), errors)

    field = Field("path", _("CSV file to write"), str(proposed), max_length=1000)
    return Form(_("Save the refused rows"), [field], yes_label=_("Save"), check=write)


def question_of(view: BatchView, decision: str) -> tuple[str, str, str]:
    """The question before a decision: what, its consequence, and the word for yes."""
    count = f"{view.accepted:,}"
    texts = {
        "approve": (
            _("Approve {batch}?"),
            _("{count} profiles can be sold from now on."),
            _("Approve"),
        ),
        "reject": (
            _("Reject {batch}?"),
            _("Its {count} profiles are removed; the file may be uploaded again."),
            _("Reject"),
        ),
        "rollback": (
            _("Roll back {batch}?"),
            _("Its unsold profiles are removed; sold ones stay. It had {count}."),
            _("Roll back"),
        ),
    }
    question, detail, yes = texts[decision]
    about = f"{view.file_name}, {view.operator}"
    return question.format(batch=view.batch), f"{about}\n{detail.format(count=count)}", yes


def _title(view: BatchView) -> str:
    return f"{view.batch}  {view.file_name}  {state_cell(view.state).text}"


def _facts(view: BatchView) -> str:
    words = _(
        "{operator}, plan {plan}. {accepted} accepted, {rejected} rejected, {same} duplicates."
    )
    said = words.format(
        operator=view.operator,
        plan=view.plan or NOTHING,
        accepted=f"{view.accepted:,}",
        rejected=f"{view.rejected:,}",
        same=f"{view.duplicates:,}",
    )
    who = _(" Uploaded by {by}.").format(by=view.uploaded_by)
    if view.decided_by:
        who += _(" Decided by {by}.").format(by=view.decided_by)
    return said + who
