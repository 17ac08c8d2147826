"""Does the phone take an eSIM? Asked from the shop, before anything is sold."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from store_app.desk.context import Desk
from store_app.widgets.form import Form
from tests.screens.till_store import fill, opened, search_of, status
from tests.screens.waiting import until


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("iphone 15 pro",), "It takes eSIMs."),
        (("galaxy s9",), "It takes no eSIMs."),
        (("toaster",), "not on the list"),
        (("", "89049032123451234512345678901235"), "It has an EID"),
        (("", "", "490154203237518"), "Dial *#06#"),
    ],
)
async def test_a_phone_is_judged(
    sqlite_desk: Desk, tmp_path: Path, keys: tuple[str, ...], said: str
) -> None:
    """By model, EID or IMEI; the focus is back in the search."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, Form))
        for field, text in zip(app.screen.query("Input"), keys, strict=False):
            field.value = text  # type: ignore[attr-defined]  # an Input
        await pilot.press("f10")
        await until(pilot, lambda: said in " ".join(status(app).split()))
        await until(pilot, lambda: app.focused is search_of(app))


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (1, "89049032123451234512345678901234", "check digits of the EID"),
        (2, "490154203237519", "last digit of the IMEI"),
        (2, "371449635398431", "card number"),
        (0, "4111 1111 1111 1111", "card number"),
    ],
)
async def test_a_mistyped_number_and_a_card_are_refused(
    sqlite_desk: Desk, tmp_path: Path, field: int, typed: str, said: str
) -> None:
    """The form stays and says why; a card's number is one wherever it is typed."""
    async with opened(fill(sqlite_desk, tmp_path)) as (app, pilot):
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, Form))
        list(app.screen.query("Input"))[field].value = typed  # type: ignore[attr-defined]  # an Input
        await pilot.press("f10")
        refusal = app.screen.query_one("#refusal", Static)
        await until(pilot, lambda: said in str(refusal.content))
        assert isinstance(app.screen, Form)
        await pilot.press("escape")
        await until(pilot, lambda: app.focused is search_of(app))
