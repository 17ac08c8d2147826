"""Who moves a phone number from one card to another: the operator, asked by a program or a person.

A move carries one id in all its tries, so that an operator who did it already does nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

OFFLINE_OPERATOR: Final = "OFFLINE DEMO OPERATOR"
"""Its label wherever it is shown."""
ASK_BY_HAND: Final = "Ask the operator for the swap, then tell its answer here."


class Said(StrEnum):
    """What is known of a try: carried out, refused, or nothing."""

    DONE = "done"
    NO = "no"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Move:
    """One move as it is asked for; `call_id` was written down before."""

    call_id: str
    msisdn: str
    old_iccid: str
    new_iccid: str
    tries: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a try, with a sentence where it is not done."""

    said: Said
    reason: str = ""


class NumberMover(Protocol):
    """An operator that moves numbers; the same move again is the same move."""

    label: str

    def move(self, move: Move) -> Answer:
        """Ask for the move, or how far it is; raises nothing."""


class OfflineMover:
    """Moves every number at once, but: one that ends in 00 never, in 01 only at the third try."""

    label = OFFLINE_OPERATOR

    def move(self, move: Move) -> Answer:
        """Done, unless the number says otherwise."""
        if move.msisdn.endswith("00"):
            return Answer(Said.NO, "The demo operator refuses numbers that end in 00.")
        if move.msisdn.endswith("01") and move.tries < 3:
            return Answer(Said.SILENT, "The demo operator answers this number at the third try.")
        return Answer(Said.DONE)


class ByHand:
    """No program speaks to the operator: a person asks, and tells the store what it said."""

    label = ""

    def move(self, move: Move) -> Answer:
        """Nothing is known until it is told."""
        del move
        return Answer(Said.SILENT, ASK_BY_HAND)


def mover_of(*, demo: bool) -> NumberMover:
    """Who moves the numbers of a store; only a demo store has the offline one."""
    return OfflineMover() if demo else ByHand()
