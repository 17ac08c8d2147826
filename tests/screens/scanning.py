"""A scanner for the screens: every character and the Enter arrive at once."""

from __future__ import annotations

from textual import events

from store_app.app import StoreApp

_NAMES = {"-": "minus", "\r": "enter"}


def scan(app: StoreApp, text: str) -> None:
    """Send keys as a scanner does; a carriage return is its Enter."""
    for character in text:
        app.post_message(events.Key(_NAMES.get(character, character), character))
