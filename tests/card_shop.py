"""A small shop that takes cards through Stripe, as a test stands in for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx

from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders
from store_app.desk.orders import check_order
from store_app.desk.sales import Sale, sell
from store_app.desk.upkeep import doctor, maintain
from tests.stripe_double import TEST_KEY, StripeDouble

CREATE = "/v1/checkout/sessions"
MINUTES = timedelta(minutes=1)


def with_card(desk: Desk, transport: httpx.BaseTransport, key: str = TEST_KEY) -> Desk:
    """The desk with a fresh client of Stripe, as after a restart."""
    return replace(desk, card=StripeCheckout(StripeApi(check_key(key), transport=transport)))


def begin(desk: Desk, key: str = "k1") -> Sale:
    """A card sale of the Spanish plan, waiting for its customer."""
    return sell(desk, sku="ES-5GB-30D", pay="card", key=key)


def sold(desk: Desk, double: StripeDouble, key: str = "k1") -> str:
    """A card sale that was paid and delivered; its order."""
    sale = begin(desk, key)
    double.pay()
    assert check_order(desk, sale.order).state == "delivered"
    return sale.order


def through_four_doors(desk: Desk, double: StripeDouble, order: str) -> None:
    """The poller, a clerk, events and the reconciler look at an order at the same moment."""
    doors = (
        lambda: check_order(desk, order),
        lambda: check_order(with_card(desk, double), order),
        lambda: reconcile(desk),
        lambda: maintain(desk),
    )
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(door) for door in doors]:
            done.result()


def is_stranded(desk: Desk, order: str, reason: str) -> bool:
    """Whether a look cancels it for this reason and leaves its money to a clerk."""
    view = check_order(desk, order)
    (payment,) = view.payments
    states = (view.state, payment["state"]) == ("cancelled", "stranded")
    return states and reason in str(payment["reason"]) and stranded_orders(desk) == [order]


def honest(desk: Desk) -> bool:
    """Whether every invariant of the store holds."""
    return [check for check in doctor(desk) if not check.ok] == []


def attempt(desk: Desk) -> dict[str, object]:
    """The only payment of the only order."""
    (order,) = list_orders(desk)
    return order.payments[0]
