"""Screens on which letters act: the letters of a scanned label do not."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Final, TypeVar

from textual import events
from textual._time import get_time
from textual.screen import Screen
from textual.widgets import Input

from store_app.widgets.burst import ENDS, SCANNED, Burst

_HOLD_S: Final = 0.04
_LATE_S: Final = 0.02
R = TypeVar("R")


class ScanProof(Screen[R]):
    """A letter acts when nothing has followed it at once; a scan is swallowed with its Enter."""

    @cached_property
    def _burst(self) -> Burst:
        return Burst()

    @cached_property
    def _characters(self) -> dict[str, str | None]:
        return {}

    _acted_at = float("-inf")

    def scanned(self) -> None:
        """Say that a scan did nothing."""
        self.notify(SCANNED, severity="warning", markup=False)

    async def on_key(self, event: events.Key) -> None:
        """Hold, swallow or pass on a key before any binding sees it."""
        self._characters[event.key] = event.character
        acts, holds = self._judge(event)
        await self._act(acts)
        if holds:
            event.stop()
            self.set_timer(_HOLD_S, partial(self._settle, get_time() + _HOLD_S))
        elif acts or event.time < self._acted_at:
            # What acted may have moved the focus: this key goes where it is now.
            event.stop()
            self.app.call_later(self._send, event.key)

    def _judge(self, event: events.Key) -> tuple[tuple[str, ...], bool]:
        if not event.is_printable and event.key not in ENDS:
            return self._burst.release(), False
        verdict = self._burst.press(event.key, event.time)
        if verdict.is_scan:
            self.scanned()
        return verdict.acts, verdict.holds

    async def _settle(self, due: float) -> None:
        now = get_time()
        if now - due > _LATE_S:
            # The loop stood still: a key that came meanwhile may wait behind this timer.
            self.set_timer(_HOLD_S, self._settle_late)
        else:
            await self._act(self._burst.settle(now))

    async def _settle_late(self) -> None:
        await self._act(self._burst.settle(get_time()))

    async def _act(self, keys: tuple[str, ...]) -> None:
        for key in keys:
            active = self.active_bindings.get(key) if self.is_active else None
            if active is not None and active.enabled:
                await self.app.run_action(active.binding.action, active.node)
                self._acted_at = get_time()
            elif self.is_active:
                self.app.call_later(self._type, key)

    def _type(self, key: str) -> None:
        """A key that means nothing here is for the field that has got the focus, if one has."""
        if isinstance(self.focused, Input):
            self._send(key)

    def _send(self, key: str) -> None:
        self.app.post_message(events.Key(key, self._characters.get(key)))
