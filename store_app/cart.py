"""What a customer is about to buy: a pure value, changed by making another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string

if TYPE_CHECKING:
    from store_app.desk.sales import Quote

MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class CartLine:
    """One eSIM of a plan at its price for this buyer; `number` is its own within the cart."""

    sku: str
    name: str
    start_words: str
    net_minor: int
    tax_minor: int
    total_minor: int
    currency: str
    number: int = 0
    is_live: bool = False
    """Whether its profile may have to be ordered from a supplier, which takes a while."""


def line_of(offer: Quote) -> CartLine:
    """The line of a cart that a quote makes."""
    return CartLine(
        sku=offer.sku,
        name=offer.name,
        start_words=offer.start_words,
        net_minor=offer.net_minor,
        tax_minor=offer.tax_minor,
        total_minor=offer.total_minor,
        currency=offer.currency,
        is_live=offer.live,
    )


@dataclass(frozen=True, slots=True)
class Cart:
    """Lines, whom they are for, and the key under which they are paid.

    The key is made before the first call and kept as long as nobody knows what came of it, so
    that paying again cannot charge twice.
    """

    lines: tuple[CartLine, ...] = ()
    customer: str = ""
    company: str = ""
    key: str = ""
    taken: int = 0
    eid: str = ""
    """The phone that all of it is for, as typed; suppliers that want it are told."""

    @property
    def currency(self) -> str:
        """The currency of every line; empty while there is none."""
        return self.lines[0].currency if self.lines else ""

    @property
    def net_minor(self) -> int:
        """The sum before tax."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax of all lines."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return sum(line.total_minor for line in self.lines)

    @property
    def payer_words(self) -> str:
        """Whom the lines are for, and which phone, in words."""
        buyer = " of ".join(part for part in (self.customer, self.company) if part) or "walk-in"
        return f"{buyer}, EID {self.eid}" if self.eid else buyer

    def count(self, sku: str) -> int:
        """How many lines are of one plan."""
        return sum(line.sku == sku for line in self.lines)

    def add(self, line: CartLine) -> Cart:
        """With one more line; `Refused` in another currency or beyond the limit."""
        if self.lines and line.currency != self.currency:
            raise Refused(
                f"{line.name} is priced in {line.currency} and the cart in {self.currency}; "
                "nothing was added. Finish this sale first.",
                code="currency_mismatch",
            )
        if len(self.lines) >= MAX_LINES:
            raise Refused(f"A cart holds at most {MAX_LINES} lines; nothing was added.")
        numbered = replace(line, number=self.taken + 1)
        return replace(self, lines=(*self.lines, numbered), taken=self.taken + 1)

    def without(self, numbers: Sequence[int]) -> Cart:
        """Without the lines of these numbers; an emptied cart forgets its buyer and its key."""
        lines = tuple(line for line in self.lines if line.number not in numbers)
        return replace(self, lines=lines) if lines else Cart()

    def priced(self, lines: Sequence[CartLine], *, customer: str, company: str) -> Cart:
        """For another buyer, with the same lines at his prices."""
        numbered = zip(lines, self.lines, strict=True)
        kept = tuple(replace(line, number=old.number) for line, old in numbered)
        return replace(self, lines=kept, customer=customer, company=company)

    @property
    def is_live(self) -> bool:
        """Whether a supplier may be asked for some of it."""
        return any(line.is_live for line in self.lines)

    def for_phone(self, eid: str) -> Cart:
        """For the phone of this EID, or for any."""
        return replace(self, eid=eid)

    def keyed(self, fresh_key: str) -> Cart:
        """With a key: the one it has, or this fresh one."""
        return self if self.key else replace(self, key=fresh_key)

    def unkeyed(self) -> Cart:
        """After a definite answer: what is paid next is another payment."""
        return replace(self, key="")

    def line_key(self, line: CartLine) -> str:
        """The key of one line's order."""
        return f"{self.key}-{line.number}"

    def tenders(self, tendered_minor: int) -> tuple[str, ...]:
        """Cash for each line: its exact total, and the rest for the last, as decimal strings.

        Raises:
            Refused: less than the total.

        """
        missing = self.total_minor - tendered_minor
        if missing > 0:
            lacking, total = (
                decimal_string(sum_, self.currency) for sum_ in (missing, self.total_minor)
            )
            raise Refused(
                f"{lacking} {self.currency} are missing; nothing was sold. "
                f"Ask for {total} {self.currency}.",
                code="tendered_too_small",
                field="tendered",
            )
        amounts = [line.total_minor for line in self.lines]
        amounts[-1] -= missing
        return tuple(decimal_string(amount, self.currency) for amount in amounts)
