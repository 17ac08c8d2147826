"""The store in the terminal: six places around one desk, opened behind the first paint."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

from textual.screen import Screen

from catalog.kernel.errors import StoreError
from store_app.cart_sale import Outcome
from store_app.screens.storefront import StorefrontScreen
from store_app.shelf import Card
from store_app.shell import CRASHED, Shell
from store_app.till import Till
from store_app.workers import off_loop

if TYPE_CHECKING:
    from checkout.billing.usage_waiting import Progress
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView

_SCREENS: Final = {
    "esims": ("store_app.screens.esims", "EsimsScreen"),
    "stock": ("store_app.screens.stock", "StockScreen"),
    "wallets": ("store_app.screens.wallets", "WalletsScreen"),
    "shift": ("store_app.screens.shift", "ShiftScreen"),
    "bills": ("store_app.screens.bills", "BillsScreen"),
}
"""Places beside the storefront: module and class, whose constructor takes the desk."""

_KEEP_UP_S: Final = 180
_SECOND_LOOK_S: Final = 30
"""An import that is under way has moved on by then; one that was killed has not."""

_DESK: Final = tuple(
    f"store_app.desk.{name}" for name in ("catalogue", "sales", "orders", "shifts", "people")
)
_SALE: Final = (
    *(f"store_app.screens.{name}" for name in ("payment", "activation", "receipt", "float_form")),
    "store_app.desk.esims",
    "qrcode.main",
)
"""What the storefront, and then the first sale, would otherwise import while somebody waits."""


class StoreApp(Shell):
    """The store; `open_desk` is called in a thread once the storefront is painted.

    `peek` gives what can be shown before that; it must be quick and import little.
    """

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        peek: Callable[[], tuple[Card, ...]] | None = None,
        **shell: Any,
    ) -> None:
        """Give `lambda: desk` for a desk that is open already."""
        self._open_desk = open_desk
        self._peek = peek
        self.desk: Desk | None = None
        self._landed: frozenset[Progress] = frozenset()
        self.till = Till(self._start_money, self._deliver, self._collect)
        super().__init__({"storefront": self._storefront, **self._others()}, **shell)

    def _storefront(self) -> StorefrontScreen:
        return StorefrontScreen(self.till)

    def _others(self) -> dict[str, Callable[[], Screen[Any]]]:
        return {place: partial(self._place, place) for place in _SCREENS}

    def _place(self, place: str) -> Screen[Any]:
        module, name = _SCREENS[place]
        made: Screen[Any] = getattr(import_module(module), name)(self.desk)
        return made

    def on_mount(self) -> None:
        """Show the storefront, and open the store when it stands on the screen."""
        self.call_after_refresh(self._begin_opening)

    def _begin_opening(self) -> None:
        self.run_worker(self._open(), group="open", exit_on_error=False)

    async def _open(self) -> None:
        storefront = self._home()
        if self._peek is not None and (seen := await off_loop(self._peek)):
            await storefront.show_cards(seen)
        try:
            opened = await off_loop(self._open_desk)
            self.desk = replace(opened, beside=_in_a_thread)
            await off_loop(_import_all, _DESK)
        except StoreError as error:
            storefront.say(f"{error.message} Press Ctrl+Q to leave.", "error")
            return
        storefront.open(self.desk)
        await off_loop(_import_all, _SALE)
        self._keep_up()
        self.set_timer(_SECOND_LOOK_S, self._keep_up)
        self.set_interval(_KEEP_UP_S, self._keep_up)

    def action_go(self, place: str) -> None:
        """Go to a place; all but the storefront wait for the store to be open."""
        if place != "storefront" and self.desk is None:
            self._home().say("The store is still being opened; try again in a moment.", "warning")
            return
        super().action_go(place)

    def _start_money(self, work: Coroutine[Any, Any, None]) -> None:
        # The app's own worker: it goes on when the screen that started it is left.
        self.run_worker(work, group="money", exit_on_error=False)

    async def _collect(self, desk: Desk, order: str) -> OrderView:
        """Wait for the customer's phone, over the storefront."""
        from store_app.collecting import collect

        self.action_go("storefront")
        return await collect(self, desk, order)

    def _keep_up(self) -> None:
        """Count usage that a killed import left, look up open orders, refill what is due."""
        if self.desk is not None and not self.till.is_selling:
            self.run_worker(
                self._kept_up(self.desk), group="keep up", exclusive=True, exit_on_error=False
            )

    async def _kept_up(self, desk: Desk) -> None:
        from store_app.desk.card_orders import reconcile
        from store_app.desk.catching_up import catch_up
        from store_app.desk.live_orders import resume_live
        from store_app.desk.refills_beside import refill_and_tell

        with suppress(StoreError):  # the next time will tell
            self._landed = await off_loop(catch_up, desk, self._landed)
        with suppress(StoreError):
            if desk.card is not None:
                await off_loop(reconcile, desk)
            await off_loop(resume_live, desk)
            await off_loop(refill_and_tell, desk)

    def _deliver(self, outcome: Outcome) -> None:
        """Show what was sold, or why nothing was, wherever the clerk is by now."""
        from store_app.screens.activation import ActivationScreen
        from store_app.screens.payment import PaymentScreen

        self.action_go("storefront")
        payment = next(
            (each for each in self.screen_stack if isinstance(each, PaymentScreen)), None
        )
        if outcome.delivered and self.desk is not None:
            orders = [each.sale.order for each in outcome.delivered]
            activation = ActivationScreen(self.desk, orders, outcome.words)
            show = self.switch_screen if self.screen is payment else self.push_screen
            show(activation)
            self._home().say(outcome.words, "warning")
        elif payment is not None and outcome.cart.lines:
            payment.show_outcome(outcome)
        else:
            if payment is not None:
                payment.leave()
            self._home().show_outcome(outcome)

    def _home(self) -> StorefrontScreen:
        return cast("StorefrontScreen", self.get_screen_stack("storefront")[0])


def run_app(store: str | None, demo: bool) -> int:
    """Run the screens on this terminal and give the exit code of the process."""
    from store_app.settings import theme_file

    # The thread that imports the database layer yields often, so that typing stays fluent.
    sys.setswitchinterval(0.0005)
    app = StoreApp(
        partial(_open_desk, store, demo),
        partial(_look, store, demo),
        log_path=_log_path(),
        theme_file=theme_file(),
    )
    app.run()
    if app.return_code is None:
        # Nobody asked for the end and no error was seen: a cancelled message loop ends like this.
        sys.stderr.write(f"{CRASHED}\n")
        return 1
    return app.return_code


def _open_desk(store: str | None, demo: bool) -> Desk:
    from store_app.bootstrap import init, open_desk
    from store_app.settings import DEMO

    named = store or DEMO if demo else store
    if demo:
        init(named, demo=True)
    return open_desk(named)


def _look(store: str | None, demo: bool) -> tuple[Card, ...]:
    from store_app.first_look import first_look
    from store_app.settings import DEMO, store_address

    address = store_address(store or DEMO if demo else store)
    return () if "://" in address else first_look(Path(address).expanduser())


def _in_a_thread(work: Callable[[], object]) -> None:
    """Do it while the clerk goes on; what the end of the program cuts short, the upkeep ends."""

    def quietly() -> None:
        with suppress(StoreError):
            work()

    Thread(target=quietly, daemon=True).start()


def _import_all(modules: tuple[str, ...]) -> None:
    """Import in this thread, so that the event loop never waits for a module."""
    for module in modules:
        import_module(module)


def _log_path() -> Path | None:
    from store_app.settings import log_file

    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return path
