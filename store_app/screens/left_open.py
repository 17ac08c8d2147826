"""The shelf with a line about what happened before the program started, and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.kernel.ids import new_id
from store_app.open_sales import (
    JustSold,
    just_sold,
    open_sale,
    open_words,
    owed_words,
    stranded_sale,
    stranded_words,
)
from store_app.screens.money import start
from store_app.screens.shelf_screen import ShelfScreen
from store_app.till import Till
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView

_LOOK_S: Final = 5


class LeftOpenScreen(ShelfScreen):
    """Shows a sale that a crash left open, or the last one that was completed unseen."""

    def __init__(self, till: Till, desk: Desk | None = None) -> None:
        """Sell into `till`; the desk may come later."""
        super().__init__(desk)
        self._till = till
        self._open_sale: OrderView | None = None
        self._stranded: OrderView | None = None
        self._just_sold: JustSold | None = None
        self._left_words = ""
        self._paused_words = ""
        self._has_looked_back = False

    def on_mount(self) -> None:
        """Look for open sales and at the stock every few seconds."""
        self.set_interval(_LOOK_S, self._look)

    def loaded(self) -> None:
        """Look for sales that a crash left open; a clerk says what becomes of each."""
        self._look()

    def _look(self) -> None:
        if self.is_ready and self.is_current and not self._till.is_selling:
            self.look_for_open_sales()
            self.reread()

    @desk_work("look", exclusive=True)
    async def look_for_open_sales(self) -> None:
        """Show the oldest sale left open, or money without goods, or the sale just delivered."""
        found = await self.run_desk(open_sale)
        self._stranded = await self.run_desk(stranded_sale)
        self._paused_words = await self.run_desk(owed_words)
        last = self._just_sold
        if not self._has_looked_back:
            last = await self.run_desk(just_sold)
            self._has_looked_back = True
        # What this process sells it shows itself.
        is_news = last is not None and not self._till.last_sku and self.desk.clock() <= last.until
        self._show_left(found, last if is_news else None)

    def _show_left(self, found: OrderView | None, last: JustSold | None) -> None:
        self._open_sale, self._just_sold = found, last
        words = open_words(found) if found else last.words if last else ""
        if found is None and self._stranded is not None:
            words = stranded_words(self._stranded)
        words = "\n".join(each for each in (words, self._paused_words) if each)
        if words != self._left_words:
            self._left_words = words
            self._attend("#open-sale", words)
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys for an open sale work while there is one."""
        if action == "resume":
            return bool(self._open_sale or self._undelivered or self._just_sold)
        if action == "fulfil":
            return self._undelivered is not None
        if action == "abandon":
            return self._open_sale is not None or self._stranded is not None
        return super().check_action(action, parameters)

    @desk_work("open sale")
    async def action_resume(self) -> None:
        """Finish the open sale, after asking whether its money was taken, or show the last one."""
        from store_app.desk.orders import resume_order

        found = self._open_sale
        if found is None and self._undelivered is not None:
            start(self, self._bring(self._undelivered.order))
        elif found is None:
            if self._just_sold is not None:
                self._show_code(self._just_sold.order)
        elif found.method == "card":
            start(self, self._wait_for(found.order))
        elif await self._confirmed(found, "Was the money taken?", "Finish it"):
            finished = await self.run_desk(resume_order, found.order)
            self._settled()
            if finished.state == "delivered" and finished.kind == "esim_purchase":
                self._show_code(finished.order)

    @property
    def _undelivered(self) -> OrderView | None:
        """The order whose eSIM a supplier still owes."""
        found = self._stranded
        return found if found is not None and found.state == "paid" else None

    def action_fulfil(self) -> None:
        """Say what the supplier did for the order that it still owes."""
        if self._undelivered is not None:
            start(self, self._fulfil(self._undelivered.order))

    async def _fulfil(self, order: str) -> None:
        from store_app.screens.fulfilling import fulfil

        found = await fulfil(self, order)
        self._settled()
        if found is not None and found.state == "delivered":
            self._show_code(found.order)

    async def _bring(self, order: str) -> None:
        """Ask the supplier again for what was paid."""
        from store_app.desk.orders import check_order

        self.say("Asking the supplier …")
        found = await self.run_desk(check_order, order)
        self._settled()
        if found.state == "delivered":
            self._show_code(found.order)
        else:
            words = found.waiting or f"Order {found.order} is {found.state}."
            self.say(words, "warning")

    async def _wait_for(self, order: str) -> None:
        """Show the page of a card sale again, or what became of it meanwhile."""
        from store_app.collecting import collect
        from store_app.desk.orders import check_order
        from store_app.desk.sales_together import delivered_with

        found = await self.run_desk(check_order, order)
        if found.state == "placed":
            found = await collect(self.app, self.desk, order)
        self._settled()
        if found.state == "delivered" and found.kind == "esim_purchase":
            self._show_code(*await self.run_desk(delivered_with, found.order))
        else:
            self.say(f"Order {found.order} is {found.state}.", "warning")

    @desk_work("open sale")
    async def action_abandon(self) -> None:
        """Cancel the open sale, or give back money without goods, after asking."""
        from store_app.desk.orders import cancel_order

        found = self._open_sale
        if found is None:
            await self._give_back()
        elif await self._confirmed(found, "Cancel this sale?", "Cancel it"):
            await self.run_desk(cancel_order, found.order)
            self._settled()
            self.say(f"Order {found.order} is cancelled; nothing was charged.", "success")

    async def _give_back(self) -> None:
        from store_app.desk.orders import refund_order

        found = self._stranded
        if found is None:
            return
        if await self._confirmed(found, "Give the money back?", "Give it back"):
            await self.run_desk(refund_order, found.order, key=new_id())
            self._settled()
            where = {"card": "to the card", "cash": "from the drawer: hand it out"}
            self.say(
                f"The money of order {found.order} goes back "
                f"{where.get(found.method, 'to the wallet')}.",
                "success",
            )

    async def _confirmed(self, found: OrderView, question: str, yes: str) -> bool:
        from store_app.widgets.confirm import Confirm

        words = stranded_words(found) if found is self._stranded else open_words(found)
        asked = Confirm(question, words, yes)
        return await self.app.push_screen_wait(asked)

    def _settled(self) -> None:
        self.load()
        self._look()

    def _show_code(self, *orders: str) -> None:
        from store_app.screens.activation import ActivationScreen

        self.app.push_screen(ActivationScreen(self.desk, orders))
