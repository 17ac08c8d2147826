"""A small dialog made from fields: typed values out, card numbers refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from catalog.kernel.errors import Refused
from store_app.actions import bindings
from store_app.amounts import plain_amount
from store_app.card_numbers import CARD_NUMBER_REFUSED, holds_card_number

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `name` is the key of its value, `choices` are (words, value) for a choice.

    `allows` knows numbers that look like a card's and are none, such as that of a phone.
    """

    name: str
    label: str
    value: str = ""
    placeholder: str = ""
    kind: Literal["text", "amount", "choice"] = "text"
    max_length: int = 200
    choices: tuple[tuple[str, str], ...] = ()
    allows: Callable[[str], bool] = field(default=lambda _: False)


class Form(ModalScreen[Values | None]):
    """Asks for the fields and answers a dict of strings by field name, or None for Esc.

    `check` may raise `Refused`: its message stands in the form, the field it names gets the
    focus, and everything typed is kept.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("form")]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Form {
        align: center middle;
        & > Vertical {
            width: 64; max-width: 95%; height: auto; max-height: 95%;
            padding: 0 2; border: round $primary; background: $surface;
        }
        & #title { text-style: bold; }
        & VerticalScroll { height: auto; max-height: 60vh; }
        &.-refused VerticalScroll { max-height: 46vh; }
        & #refusal { color: $error; text-style: bold; height: auto; }
        & Horizontal { height: auto; align-horizontal: right; }
        & Button { margin-left: 2; }
    }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        *,
        yes_label: str = "Save",
        check: Callable[[Values], object] | None = None,
        refusal: str = "",
    ) -> None:
        """Fields from the top; every text is data, no markup is read.

        `refusal` is why what was typed before was not taken.
        """
        super().__init__()
        self._title = title
        self._asked = tuple(fields)
        self._yes_label = yes_label
        self._check = check
        self._refusal = refusal
        self.set_class(bool(refusal), "-refused")

    def compose(self) -> ComposeResult:
        """Labels above their fields, the refusal, then the two buttons."""
        with Vertical():
            yield Static(self._title, id="title", markup=False)
            with VerticalScroll(can_focus=False):
                for number, field in enumerate(self._asked):
                    yield Label(field.label, markup=False)
                    yield _widget(field, f"field-{number}")
            yield Static(self._refusal, id="refusal", markup=False)
            with Horizontal():
                yield Button("Back (Esc)", id="cancel")
                yield Button(Content(self._yes_label), id="submit", variant="primary")

    def on_mount(self) -> None:
        """Begin in the first field; scrolling to it would hide its label."""
        self.set_focus(self.query("Input, Select").first(), scroll_visible=False)

    @on(Input.Submitted)
    def next_or_submit(self, event: Input.Submitted) -> None:
        """Enter goes to the next field and submits from the last one."""
        if event.input.id == f"field-{len(self._asked) - 1}":
            self.action_submit()
        else:
            self.focus_next()

    @on(Button.Pressed)
    def answer_by_button(self, event: Button.Pressed) -> None:
        """Take the pressed button for the answer."""
        if event.button.id == "submit":
            self.action_submit()
        else:
            self.action_back()

    def action_submit(self) -> None:
        """Answer with the values, or say why not and keep them."""
        values = {field.name: self._typed(number) for number, field in enumerate(self._asked)}
        for asked in self._asked:
            value = values[asked.name]
            if holds_card_number(value) and not asked.allows(value):
                self._refuse(CARD_NUMBER_REFUSED, asked.name)
                return
        try:
            if self._check is not None:
                self._check(values)
        except Refused as refusal:
            self._refuse(refusal.message, refusal.field)
            return
        if self.is_current:
            self.dismiss(values)

    def action_back(self) -> None:
        """Answer nothing."""
        if self.is_current:
            self.dismiss(None)

    def _typed(self, number: int) -> str:
        if self._asked[number].kind != "choice":
            typed = self.query_one(f"#field-{number}", Input).value
            return plain_amount(typed) if self._asked[number].kind == "amount" else typed
        chosen = self.query_one(f"#field-{number}", Select).value
        return chosen if isinstance(chosen, str) else ""

    def _refuse(self, sentence: str, name: str | None) -> None:
        self.query_one("#refusal", Static).update(Content(sentence))
        self.add_class("-refused")
        names = [field.name for field in self._asked]
        if name in names:
            self.query_one(f"#field-{names.index(name)}").focus()


def _widget(field: Field, identifier: str) -> Input | Select[str]:
    if field.kind != "choice":
        return Input(
            field.value,
            field.placeholder,
            max_length=field.max_length,
            id=identifier,
        )
    options = [(Text(words), value) for words, value in field.choices]
    known = any(value == field.value for value in dict(field.choices).values())
    return Select(
        options,
        prompt=field.placeholder or "Choose one",
        value=field.value if known else Select.NULL,
        id=identifier,
    )
