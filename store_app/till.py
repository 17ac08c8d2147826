"""The cart and the one sale that may be under way: nothing is charged twice, no result is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from catalog.kernel.errors import Refused, StoreError
from catalog.kernel.ids import new_id
from store_app.cart import Cart, CartLine
from store_app.cart_sale import (
    UNKNOWN,
    Outcome,
    Tender,
    all_looked_at,
    given_up,
    sell_cart,
    stopped,
)
from store_app.workers import off_loop

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView


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
        """Sell the cart; what is paid by card is waited for, and then all of it looked at."""
        from store_app.desk.sales_together import look_together

        outcome = await off_loop(sell_cart, desk, cart, tender)
        if not outcome.waiting:
            return outcome
        refusal: StoreError | None = None
        try:
            order = await self._collect(desk, outcome.waiting[0])
            if order.state != "delivered":
                refusal = given_up(order)
        except StoreError as error:
            refusal = error
        if isinstance(refusal, UNKNOWN):
            return stopped(cart, [], refusal, is_known=False)
        done = await off_loop(look_together, desk, outcome.waiting)
        return all_looked_at(cart, done, refusal)

    def reprice(self, lines: tuple[CartLine, ...], *, customer: str, company: str) -> None:
        """Take the prices of another buyer, unless the cart is being paid."""
        if not self.is_selling:
            self.cart = self.cart.priced(lines, customer=customer, company=company)

    def name_phone(self, eid: str) -> None:
        """Sell for the phone of this EID, unless the cart is being paid."""
        if not self.is_selling:
            self.cart = self.cart.for_phone(eid)

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
