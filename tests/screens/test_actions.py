"""The registry of actions: complete, without double keys, short enough for the footer."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from store_app.actions import (
    ACTIONS,
    GLOBAL,
    MODALS,
    PLACES,
    Action,
    actions_of,
    bindings,
    by_id,
    screens,
)
from store_app.key_words import key_words
from store_app.widgets.key_footer import key_cells


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_speaks(action: Action) -> None:
    """Each has a key, a label for the footer and a sentence for the help."""
    assert action.key
    assert 0 < len(action.label) <= 12
    assert action.help.endswith(".")
    assert len(action.help) <= 65
    assert action.name.isidentifier()


@pytest.mark.parametrize("screen", screens())
def test_no_screen_has_a_key_twice(screen: str) -> None:
    """Own and global keys together are distinct."""
    keys = Counter(action.key for action in actions_of(screen))
    assert {key for key, times in keys.items() if times > 1} == set()


def test_ids_are_unique() -> None:
    """A keymap can name every binding."""
    assert len(by_id()) == len(ACTIONS)


AREAS = (
    ("storefront", "payment", "activation", "wallets", "shift"),
    ("esims", "esim", "stock"),
    ("bills", "bill_usage"),
    ("pools", "pool"),
    ("transactions",),
    ("refills",),
    ("suppliers",),
)
"""Screens that follow each other at one kind of work: there are more meanings than letters."""


def test_one_key_has_one_meaning_within_an_area() -> None:
    """The same key never does different things where people work in one go.

    Enter finishes whatever is at hand, and dialogs have the y and n everyone expects.
    """
    for area in AREAS:
        meanings = defaultdict(set)
        for action in ACTIONS:
            if action.screen == GLOBAL or action.screen in area:
                meanings[action.key].add(action.name)
        several = {key for key, names in meanings.items() if len(names) > 1}
        assert several <= {"enter"}, area
    assert {screen for area in AREAS for screen in area} == {*screens()} - {GLOBAL, *MODALS}


def test_one_meaning_has_one_key_everywhere() -> None:
    """What is called the same is done by the same key; forms are finished by their own."""
    keys = defaultdict(set)
    for action in ACTIONS:
        keys[action.name].add(action.key)
    assert {name for name, several in keys.items() if len(several) > 1} <= {"submit"}


@pytest.mark.parametrize("screen", screens())
def test_own_keys_fit_one_footer_line(screen: str) -> None:
    """The keys of a screen fit 80 columns."""
    shown = [action for action in ACTIONS if action.screen == screen and action.footer]
    assert sum(key_cells(action.key, action.label) for action in shown) <= 80


def test_function_keys_fit_the_narrowest_window() -> None:
    """F1 to F6 stay visible at 60 columns, and everything global at 80."""
    function_keys = [action for action in ACTIONS if action.name in {"help", *PLACES}]
    wanted = ["f1", "f2", "f3", "f4", "f5", "f6", "f12"]
    assert [action.key for action in function_keys] == wanted
    assert sum(key_cells(action.key, action.label) for action in function_keys[:-1]) <= 60
    shown = [action for action in ACTIONS if action.screen == GLOBAL and action.footer]
    assert sum(key_cells(action.key, action.label) for action in shown) <= 80


def test_bindings_carry_ids_and_tooltips() -> None:
    """What Textual gets is what the registry says."""
    made = {binding.id: binding for binding in bindings(GLOBAL)}
    assert made["global.esims"].action == "go('esims')"
    assert made["global.esims"].tooltip == by_id()["global.esims"].help
    assert made["global.quit"].priority
    assert not made["global.theme"].show
    assert set(made) == {action.id for action in ACTIONS if action.screen == GLOBAL}


@pytest.mark.parametrize("screen", screens())
def test_dialogs_stand_alone(screen: str) -> None:
    """A dialog lists its own keys only, every other screen the global ones too."""
    lists_global = any(action.screen == GLOBAL for action in actions_of(screen))
    assert lists_global == (screen not in MODALS)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("f1", "F1"),
        ("f10", "F10"),
        ("f", "f"),
        ("escape", "Esc"),
        ("ctrl+p", "^P"),
        ("pagedown", "PgDn"),
        ("shift+tab", "Shift+Tab"),
        ("y", "y"),
    ],
)
def test_keys_read_as_people_say_them(key: str, words: str) -> None:
    """The footer and the help use one spelling."""
    assert key_words(key) == words
