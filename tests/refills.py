"""A small shop where Ana and Acme have wallets, kept cards and eSIMs that refill themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import select

from catalog.kernel.database import snapshot
from checkout.billing.refill_tables import RefillEpisodeRow
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow
from checkout.orders.tables import OrderRow
from store_app.desk.context import Desk
from store_app.desk.people import add_user
from store_app.desk.refill_runs import run_refills
from store_app.desk.sales import sell, top_up
from store_app.desk.saved_cards import check_card, save_card
from tests.card_shop import with_card
from tests.shop import small_shop
from tests.stripe_double import StripeDouble

ANA = "ana@example.com"
SKU = "ES-5GB-30D"
PAYMENTS = "/v1/payment_intents"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_MB = 10**6


def card_shop(desk: Desk, double: StripeDouble, behaves: str = "approves") -> Desk:
    """Ana has a wallet of 50.00 and a kept card that behaves so with nobody there."""
    shop = with_card(small_shop(desk), double)
    add_user(shop, ANA)
    top_up(shop, ANA, amount="50.00", pay="manual", key="seed")
    double.behaves = behaves
    save_card(shop, ANA, agreed=True)
    double.pay()
    assert check_card(shop, ANA).state == "saved"
    return shop


def ana_buys(desk: Desk, key: str = "buy") -> str:
    """A Spanish eSIM of Ana's, paid in cash; its number."""
    return str(sell(desk, sku=SKU, pay="cash", key=key, customer=ANA).iccid)


def use(desk: Desk, iccid: str, megabytes: int, event: str, at: datetime | None = None) -> None:
    """So much usage, and what follows from it."""
    now = at or desk.clock()
    row = UsageRow(1, event, iccid, now, megabytes * _MB, "ES")
    feed(desk.engine, [row], source="mno", now=now)
    run_refills(desk)


def charges(double: StripeDouble) -> list[int]:
    """What was taken from kept cards, in Stripe's count."""
    return [one["amount_received"] for one in double.intents.values() if one["amount_received"]]


def refills(desk: Desk) -> list[str]:
    """States of the orders that nobody asked for, the oldest first."""
    with snapshot(desk.engine) as session:
        rows = session.exec(
            select(OrderRow).where(OrderRow.register_id == "AUTO").order_by(OrderRow.created_at)  # type: ignore[arg-type]  # a column
        )
        return [row.state for row in rows]


def episodes(desk: Desk) -> list[RefillEpisodeRow]:
    """Every episode of the store."""
    with snapshot(desk.engine) as session:
        return list(session.exec(select(RefillEpisodeRow)).all())
