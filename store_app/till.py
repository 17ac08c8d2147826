"""The cart and the one sale that may be under way: nothing is charged twice, no result is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from catalog.kernel.errors import IdempotencyConflict, Refused, StoreError, Unavailable
from catalog.kernel.ids import new_id
from store_app.cart import Cart, CartLine
from store_app.workers import crash_sentence, off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.orders import OrderView
    from store_app.desk.sales import Sale

_UNKNOWN = (Unavailable, IdempotencyConflict)
Method = Literal["cash", "wallet", "company-wallet", "card"]


@dataclass(frozen=True, slots=True)
class Tender:
    """How a cart is paid; `tendered_minor` is what lies on the counter, for cash only."""

    pay: Method
    tendered_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of the cart that was delivered, and the sale that came of it."""

    line: CartLine
    sale: Sale = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a payment: what was sold, what stays in the cart, and why.

    `waiting` is the order that its customer has to pay before the rest is sold.
    """

    sold: tuple[Sold, ...]
    cart: Cart
    refusal: str = ""
    waiting: str = ""

    @property
    def words(self) -> str:
        """One sentence when not everything was sold."""
        if not self.refusal:
            return ""
        if not self.sold:
            return self.refusal
        names = ", ".join(each.line.name for each in self.sold)
        left = ", ".join(line.name for line in self.cart.lines)
        return f"Sold: {names}. Not sold, still in the cart: {left}. {self.refusal}"


def sell_cart(desk: Desk, cart: Cart, tender: Tender) -> Outcome:
    """Sell a keyed cart line by line, stopping at the first one that is refused."""
    from store_app.desk.sales import sell

    sold: list[Sold] = []
    try:
        amounts = _amounts(cart, tender)
        for line, tendered in zip(cart.lines, amounts, strict=True):
            sale = sell(
                desk,
                sku=line.sku,
                pay=tender.pay,
                key=cart.line_key(line),
                tendered=tendered,
                customer=cart.customer or None,
                company=cart.company or None,
            )
            if sale.state == "placed":
                return replace(_outcome(cart, sold), waiting=sale.order)
            sold.append(Sold(line, sale))
    except StoreError as refusal:
        return _stopped(cart, sold, refusal, is_known=not isinstance(refusal, _UNKNOWN))
    except Exception as error:  # noqa: BLE001 - what was sold before it must not be lost
        return _stopped(cart, sold, crash_sentence(error), is_known=False)
    return _outcome(cart, sold)


def _amounts(cart: Cart, tender: Tender) -> tuple[str | None, ...]:
    """What is tendered for each line; the quoted total, so that a price can't rise unseen."""
    if tender.pay != "cash":
        return (None,) * len(cart.lines)
    given = cart.total_minor if tender.tendered_minor is None else tender.tendered_minor
    return cart.tenders(given)


def _stopped(cart: Cart, sold: list[Sold], refusal: StoreError, *, is_known: bool) -> Outcome:
    """An unknown outcome keeps the key, so that the next try asks about the same payment."""
    rest = _outcome(cart, sold).cart
    kept = rest.unkeyed() if is_known else rest
    return Outcome(tuple(sold), kept, refusal.message)


def _given_up(order: OrderView) -> StoreError:
    """Why a sale that its customer was to pay on a phone sold nothing now."""
    if order.state == "paid":
        return Unavailable(
            f"Order {order.order} is paid and its eSIM is not there yet. {order.waiting} It waits "
            "on the first screen.",
            code="checking",
        )
    if order.state == "refunded":
        return Refused(
            f"The supplier could not deliver order {order.order}; its money went back.",
            code="not_delivered",
        )
    return Refused(f"Order {order.order} is {order.state}; nothing was charged.", code="cancelled")


def _outcome(cart: Cart, sold: list[Sold]) -> Outcome:
    return Outcome(tuple(sold), cart.without([each.line.number for each in sold]))


class Till:
    """One register's cart and its sale.

    `start` runs a coroutine for as long as the app lives, `report` is told what came of a sale,
    `collect` waits until an order is paid on a phone or given up.
    """

    def __init__(
        self,
        start: Callable[[Coroutine[Any, Any, None]], object],
        report: Callable[[Outcome], object],
        collect: Callable[[Desk, str], Awaitable[OrderView]],
    ) -> None:
        self._start = start
        self._report = report
        self._collect = collect
        self.cart = Cart()
        self.is_selling = False
        self.last_sku = ""

    def charge(self, desk: Desk, tender: Tender) -> bool:
        """Begin to sell the cart; False when a sale is under way already or nothing is in it."""
        if self.is_selling or not self.cart.lines:
            return False
        # Before the first await: a second Enter of the same burst finds the till busy.
        self.is_selling = True
        self.cart = self.cart.keyed(new_id())
        self._start(self._sell(desk, tender))
        return True

    async def _sell(self, desk: Desk, tender: Tender) -> None:
        cart = self.cart
        try:
            outcome = await self._sell_all(desk, cart, tender)
        except StoreError as error:
            outcome = Outcome((), cart, error.message)
        finally:
            self.is_selling = False
        self.cart = outcome.cart
        if outcome.sold:
            self.last_sku = outcome.sold[-1].line.sku
        self._report(outcome)

    async def _sell_all(self, desk: Desk, cart: Cart, tender: Tender) -> Outcome:
        """Sell line by line; each that is paid on a phone is waited for before the next."""
        outcome = await off_loop(sell_cart, desk, cart, tender)
        while outcome.waiting:
            sold = list(outcome.sold)
            try:
                order = await self._collect(desk, outcome.waiting)
            except StoreError as refusal:
                is_known = not isinstance(refusal, _UNKNOWN)
                return _stopped(cart, sold, refusal, is_known=is_known)
            if order.state != "delivered":
                why = _given_up(order)
                return _stopped(cart, sold, why, is_known=not isinstance(why, _UNKNOWN))
            more = await off_loop(sell_cart, desk, outcome.cart, tender)
            outcome = replace(more, sold=(*sold, *more.sold))
        return outcome

    def reprice(self, lines: tuple[CartLine, ...], *, customer: str, company: str) -> None:
        """Take the prices of another buyer, unless the cart is being paid."""
        if not self.is_selling:
            self.cart = self.cart.priced(lines, customer=customer, company=company)

    def add(self, line: CartLine) -> None:
        """Put one eSIM more into the cart; `Refused` while it is being paid."""
        if self.is_selling:
            raise Refused(
                "A payment is under way; nothing was added. Add it when that shows its result.",
                code="selling",
            )
        self.cart = self.cart.add(line)

    def remove(self, number: int) -> None:
        """Take a line out, unless the cart is being paid."""
        if not self.is_selling:
            self.cart = self.cart.without([number])
