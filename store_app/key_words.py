"""How a key is written for people: F1, ^P, Esc."""

from __future__ import annotations

from typing import Final

_KEY_WORDS: Final = {
    "escape": "Esc",
    "enter": "Enter",
    "up": "Up",
    "down": "Down",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "minus": "-",
    "plus": "+",
}


def key_words(key: str) -> str:
    """A key as people read it: `f1` is F1, `ctrl+p` is ^P, `escape` is Esc, letters stay."""
    *modifiers, last = key.split("+")
    is_function = last.startswith("f") and last[1:].isdigit()
    word = _KEY_WORDS.get(last, last.upper() if is_function or "ctrl" in modifiers else last)
    held = ("^" if each == "ctrl" else f"{each.title()}+" for each in modifiers)
    return "".join((*held, word))
