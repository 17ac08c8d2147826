"""One step of a card sale that kills its process at a chosen moment.

Steps: sell, check, cancel, refund; hold at the reader; together and all for several in one go;
send an invoice.
A moment is a number: every commit and every call of the provider has one before it and one after.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk.context import Desk
from store_app.desk.invoice_cards import send_invoice
from store_app.desk.order_views import list_orders
from store_app.desk.orders import cancel_order, check_order, refund_order
from store_app.desk.sales import sell
from store_app.desk.sales_together import look_together, sell_together

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
KEY = "sk_test_" + "0" * 24
T = TypeVar("T")


class Moments:
    """Counts what happens, and dies at the chosen moment."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal

    def pass_by(self) -> None:
        """One moment more."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., T]) -> Callable[..., T]:
        """A call with a moment before it and one after."""

        def counted(*args: Any, **kwargs: Any) -> T:
            self.pass_by()
            answer = call(*args, **kwargs)
            self.pass_by()
            return answer

        return counted


def main(store: str, address: str, step: str, fatal: int) -> None:
    """Take the step, dying at the fatal moment."""
    moments, engine = Moments(fatal), open_engine(store)

    def commit(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            return
        moments.pass_by()
        connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        moments.pass_by()

    event.listen(engine, "commit", commit)
    card = StripeCheckout(StripeApi(check_key(KEY), base=address))
    for verb in ("start", "look_up", "cancel", "refund"):
        setattr(card, verb, moments.around(getattr(card, verb)))
    for verb in ("_drafted", "_step", "look_up", "cancel"):
        setattr(card.invoicing, verb, moments.around(getattr(card.invoicing, verb)))
    for verb in ("start", "_hand_over", "look_up", "cancel"):
        setattr(card.reader, verb, moments.around(getattr(card.reader, verb)))
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1", card=card)
    take(desk, step)


def take(desk: Desk, step: str) -> None:
    """One step of a clerk."""
    if step in ("sell", "hold"):
        sell(desk, sku="ES-5GB-30D", pay="card", key="k1", reader=step == "hold")
        return
    if step == "send":
        send_invoice(desk, "INV-000001", key="k1")
        return
    if step == "together":
        sell_together(desk, [("ES-5GB-30D", "k-1"), ("ES-5GB-30D", "k-2")])
        return
    if step == "all":
        look_together(desk, [order.order for order in list_orders(desk)])
        return
    (order,) = list_orders(desk)
    if step == "refund":
        refund_order(desk, order.order, key="r1")
    else:
        (check_order if step == "check" else cancel_order)(desk, order.order)
