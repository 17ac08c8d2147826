"""The footer: the screen's own keys and the function keys, all visible at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import HorizontalGroup
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from store_app.actions import GLOBAL
from store_app.key_words import key_words

Keys = Sequence[ActiveBinding]
Look = tuple[str, str, str, bool, str]
"""What a key of the footer shows and does."""


def key_cells(key: str, label: str) -> int:
    """The cells one footer key takes: its name, its label, and the blank after it."""
    return cell_len(key_words(key)) + 1 + cell_len(label) + 1


def fit_keys(keys: Iterable[ActiveBinding], width: int) -> tuple[ActiveBinding, ...]:
    """The keys that fit into `width` cells: the last give way first, but Back stays.

    The palette and F1 know the others.
    """
    fitted = list(keys)
    while sum(key_cells(key.binding.key, key.binding.description) for key in fitted) > width:
        fitted.remove(next((key for key in reversed(fitted) if not _is_back(key)), fitted[-1]))
    return tuple(fitted)


def _fits(keys: Keys, width: int) -> bool:
    return fit_keys(keys, width) == (*keys,)


class KeyFooter(Footer):
    """One line of keys where everything fits, otherwise own keys over the global ones."""

    DEFAULT_CSS = """
    KeyFooter {
        height: auto;
        layout: vertical;
        & > HorizontalGroup { height: 1; width: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)
        self._composed_width = 0
        self._looked: list[Look] = []

    def compose(self) -> ComposeResult:
        """The keys that work right now."""
        if not self._bindings_ready:
            return
        shown = self._shown()
        self._looked = [*map(_look, shown)]
        own = [key for key in shown if not _is_global(key)]
        everywhere = [key for key in shown if _is_global(key)]
        width = self._composed_width = self.screen.size.width
        if _fits([*own, *everywhere], width):
            yield self._line([*own, *everywhere])
            return
        back = [key for key in everywhere if _is_back(key)]
        if not _fits(everywhere, width):
            own, everywhere = [*own, *back], [key for key in everywhere if key not in back]
        for keys in (own, everywhere):
            if keys:
                yield self._line(fit_keys(keys, width))

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Compose the keys anew when there are others, and not whenever the focus moves."""
        if not self.is_attached or [*map(_look, self._shown())] != self._looked:
            super().bindings_changed(screen)

    def on_resize(self) -> None:
        """Arrange the keys anew when the width has changed."""
        if self._bindings_ready and self.screen.size.width != self._composed_width:
            self.call_after_refresh(self.recompose)

    def _shown(self) -> list[ActiveBinding]:
        return [key for key in self.screen.active_bindings.values() if key.binding.show]

    def _line(self, keys: Keys) -> HorizontalGroup:
        return HorizontalGroup(*(self._key(key) for key in keys))

    def _key(self, active: ActiveBinding) -> FooterKey:
        binding = active.binding
        return FooterKey(
            binding.key,
            self.app.get_key_display(binding),
            binding.description,
            binding.action,
            disabled=not active.enabled,
            tooltip=active.tooltip,
            classes="-compact",  # from the start: given later, each key is styled twice
        )


def _look(active: ActiveBinding) -> Look:
    binding = active.binding
    return binding.key, binding.action, binding.description, active.enabled, active.tooltip


def _is_global(active: ActiveBinding) -> bool:
    return (active.binding.id or "").startswith(f"{GLOBAL}.")


def _is_back(active: ActiveBinding) -> bool:
    return (active.binding.id or "").endswith(".back")
