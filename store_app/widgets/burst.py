"""Telling a scanner's burst from typing: pure, by the instants at which the keys came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GAP_S: Final = 0.03
"""Closer together than this no person types."""
TAIL_S: Final = 0.1
"""How long after a scan an Enter still belongs to it."""
ENDS: Final = ("enter", "tab")
"""The keys with which scanners end."""
SCANNED: Final = "That looks like a scan; nothing was done. Go back to the search (Esc) to scan."
_LEAST: Final = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a key.

    Attributes:
        acts: keys held until now that were typed: they act, in this order, before this one.
        holds: the key itself does nothing yet, and nothing ever when it is part of a scan.
        is_scan: it has just turned out that a scan is coming in.

    """

    acts: tuple[str, ...] = ()
    holds: bool = False
    is_scan: bool = False


class Burst:
    """Holds letters until it is clear that nothing follows them at once.

    A scan is four characters, or two with their Enter, each within `GAP_S` of the one before.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        self._last_at = float("-inf")
        self._is_scan = False

    def press(self, key: str, at: float) -> Verdict:
        """Judge a character or an end, by its key name and its instant in seconds."""
        gap, self._last_at = at - self._last_at, at
        is_end = key in ENDS
        if self._is_scan and gap < (TAIL_S if is_end else GAP_S):
            return Verdict(holds=True)
        self._is_scan = False
        if gap < GAP_S:
            return self._follow(key, is_end=is_end)
        acts = self.release()
        if not is_end:
            self._held = [key]
        return Verdict(acts, holds=not is_end)

    def _follow(self, key: str, *, is_end: bool) -> Verdict:
        if is_end and len(self._held) < _LEAST // 2:
            return Verdict(self.release())
        self._held.append(key)
        self._is_scan = is_end or len(self._held) >= _LEAST
        if self._is_scan:
            self._held.clear()
        return Verdict(holds=True, is_scan=self._is_scan)

    def settle(self, now: float) -> tuple[str, ...]:
        """The held keys that may act, because nothing has followed them."""
        return self.release() if now - self._last_at >= GAP_S else ()

    def release(self) -> tuple[str, ...]:
        """Every held key, because something came that no scanner sends."""
        held, self._held = tuple(self._held), []
        return held
