"""Card readers on a counter: what a payment method that has them can do besides collecting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from checkout.payments.method import Attempt, PaymentMethod

SIMULATED = "simulated_"
"""How the kind of a reader starts that is only played by its provider."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A card reader as its provider knows it."""

    id: str
    label: str
    kind: str
    is_online: bool

    @property
    def is_simulated(self) -> bool:
        """Whether no card can be held to it."""
        return self.kind.startswith(SIMULATED)


class ReaderMethod(PaymentMethod, Protocol):
    """Collects at a reader: `start` hands the payment to it, `cancel` takes it back."""

    def readers(self) -> tuple[Reader, ...]:
        """The readers of this account."""

    def present(self, attempt: Attempt, *, declined: bool = False) -> None:
        """Play a card at a simulated reader, with a test key; `Refused` otherwise."""


@runtime_checkable
class HasReaders(Protocol):
    """A payment method whose provider has card readers too."""

    @property
    def reader(self) -> ReaderMethod:
        """What collects at them."""
