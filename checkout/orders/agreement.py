"""What every order starts from: where it is placed, how it is paid, and what was agreed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import StoreSettings
from checkout.orders.buyers import Buyer
from checkout.orders.pricing import Price
from checkout.orders.tables import OrderRow


@dataclass(frozen=True, slots=True)
class Counter:
    """Where an order is placed: the register, its open shift, and what the store allows there.

    `no_card` says why no card is offered.
    """

    register_id: str
    shift_id: str | None
    shift_currency: str
    settings: StoreSettings
    offered: tuple[str, ...]
    no_card: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """How the buyer wants to pay; `tendered` is what was handed over in cash, as typed.

    `when_paid` lets an order on invoice wait until it is paid when it is above the credit limit.
    Of a card: `keep` says that its owner agreed that it is kept; `unattended` charges the kept
    one; `until` is how long its page stays open when that is longer than usual.
    `reader` is of a card that is held to the register's reader.
    """

    method: str
    tendered: str | None = None
    when_paid: bool = False
    keep: bool = False
    unattended: bool = False
    until: datetime | None = None
    reader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Who buys what for how much, before anything is written; `item` is frozen into the order.

    `set_aside` is what the order must find before it is written, such as a profile; it is told
    whether the order is delivered in the same transaction.
    """

    buyer: Buyer
    price: Price
    item: Mapping[str, Any]
    plan_id: str | None = None
    esim_id: str | None = None
    wallet_id: str | None = None
    invoice_id: str | None = None
    set_aside: Callable[[OrderRow, bool], None] | None = None


class Wish(Protocol):
    """What somebody wants to buy: a dataclass of what was asked for.

    An eSIM, a refill and a deposit are all ordered alike.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    kind: ClassVar[str]

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms, or `Refused` for the reason that there are none."""


def check_method(pay: str, counter: Counter, currency: str) -> None:
    """Refuse a method that is not offered here, and cash without an open shift."""
    if pay not in counter.offered:
        hint = f" {counter.no_card}" if pay == "card" else ""
        raise Refused(
            f"{quoted(pay)} is not offered here; nothing was charged. "
            f"Pay by {', '.join(counter.offered)}.{hint}",
            code="not_offered",
            field="pay",
        )
    if pay != "cash":
        return
    if counter.shift_id is None:
        raise Refused(
            "No shift is open at this register, so no cash can be taken; nothing was sold. "
            "Open one: shift open --float AMOUNT.",
            code="no_open_shift",
        )
    if counter.shift_currency != currency:
        raise Refused(
            f"The drawer holds {counter.shift_currency} and the price is in {currency}; nothing "
            "was sold. Pay another way.",
            code="currency_mismatch",
        )
