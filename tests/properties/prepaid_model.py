"""The prepaid rules once more, slowly and plainly: minutes, loops, no shared code.

The model is told everything in the order in which it happened, and goes minute by minute
through what the product documents say.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Model:
    """One line; instants are minutes since its sale."""

    validity: int
    at_sale: bool
    balance: int = 0
    granted: int = 0
    served: int = 0
    served_now: int = 0
    lost: int = 0
    overrun: int = 0
    end: int | None = None
    first: int | None = None
    counters: dict[str, int] = field(default_factory=dict)

    def sell(self, size: int) -> None:
        """Minute zero."""
        self.granted = self.balance = size
        if self.at_sale:
            self.end = self.validity

    def refill(self, minute: int, size: int) -> None:
        """Data is added; an empty or expired line begins a new balance."""
        self.pass_time(minute)
        if self.end is not None:
            if self.balance == 0:
                self.end = minute + self.validity
                self.served_now = 0
            elif minute + self.validity > self.end:
                self.end = minute + self.validity
        self.granted += size
        self.balance += size

    def use(self, minute: int, size: int) -> None:
        """Byte for byte would be the same: what fits is served."""
        self.pass_time(minute)
        if self.first is None:
            self.first = minute
            if self.end is None:
                self.end = minute + self.validity
        fits = min(size, self.balance)
        self.balance -= fits
        self.served += fits
        self.served_now += fits
        self.overrun += size - fits

    def read(self, minute: int, source: str, counter: int) -> None:
        """A counter went from one reading to the next, or was reset in between."""
        last = self.counters.get(source, 0)
        self.counters[source] = counter
        self.use(minute, counter - last if counter >= last else counter)

    def pass_time(self, minute: int) -> None:
        """At its end the line loses what is left."""
        if self.end is not None and minute >= self.end:
            self.lost += self.balance
            self.balance = 0
