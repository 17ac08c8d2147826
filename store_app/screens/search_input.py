"""A search field that tells a scanner from a hand: a scan replaces what stood in the field."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.widgets import Input

from store_app.scans import scanned_esim

_BURST_S: Final = 0.05
_LEAST: Final = 6


class SearchInput(Input):
    """An input where a code scanned behind other text, Enter included, stands alone."""

    _burst_from = 0
    _last_key_s = 0.0

    def on_key(self, event: events.Key) -> None:
        """Note where a burst of keys began; at its Enter leave nothing but the burst."""
        is_burst = event.time - self._last_key_s < _BURST_S
        self._last_key_s = event.time
        if event.key == "enter" and is_burst:
            self._keep_scan()
        elif not is_burst:
            self._burst_from = self.cursor_position

    def _keep_scan(self) -> None:
        scanned = self.value[self._burst_from : self.cursor_position]
        has_digit = any(mark.isdecimal() for mark in scanned)
        # A slow line may deliver a person's words at once; those have blanks or no digits.
        is_one_word = len(scanned) >= _LEAST and has_digit and " " not in scanned
        if is_one_word or scanned_esim(scanned):
            self.value = scanned
