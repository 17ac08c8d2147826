"""Screens on which letters act: the letters of a scanned label do not."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Final, TypeVar

from textual import events
from textual._time import get_time
from textual.screen import Screen

from store_app.widgets.burst import ENDS, SCANNED, Burst

_HOLD_S: Final = 0.04
_LATE_S: Final = 0.02
R = TypeVar("R")


class ScanProof(Screen[R]):
    """A letter acts when nothing has followed it at once; a scan is swallowed with its Enter."""

    @cached_property
    def _burst(self) -> Burst:
        return Burst()

    def scanned(self) -> None:
        """Say that a scan did nothing."""
        self.notify(SCANNED, severity="warning", markup=False)

    async def on_key(self, event: events.Key) -> None:
        """Hold, swallow or pass on a key before any binding sees it."""
        if not event.is_printable and event.key not in ENDS:
            acts, holds = self._burst.release(), False
        else:
            verdict = self._burst.press(event.key, event.time)
            acts, holds = verdict.acts, verdict.holds
            if verdict.is_scan:
                self.scanned()
        await self._act(acts)
        if holds:
            event.stop()
            due = get_time() + _HOLD_S
            self.set_timer(_HOLD_S, partial(self._settle, due))
        elif acts:
            # What acted may have moved the focus: this key goes where it is now.
            event.stop()
            self.app.simulate_key(event.key)

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
