"""The page on which the owner of a card approves an automatic refill that his bank asked about."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from checkout.billing import refill_episodes as episodes
from checkout.billing.refill_episodes import Try
from checkout.billing.refill_tables import AutoRefillRow
from checkout.orders.agreement import Payment
from checkout.orders.tables import OrderRow
from store_app.desk.auto_refill_views import AutoRefillView, rule_named, show_rule
from store_app.desk.card_orders import look_again
from store_app.desk.carry_out import carry_out
from store_app.desk.context import Desk
from store_app.desk.refill_runs import PAGE_OPEN, key_of, wish_of


def approve(desk: Desk, named: str) -> AutoRefillView:
    """Open the page on which the owner of the card approves a paused refill, or show it again.

    Raises:
        Refused: it is not paused.
        Unavailable: nobody knows whether the page is open; asking again tells.

    """
    with snapshot(desk.engine) as session:
        rule_id = rule_named(session, named).id
    return open_page(desk, rule_id)


def open_page(desk: Desk, rule_id: str) -> AutoRefillView:
    """The same by the id of what was set."""
    with snapshot(desk.engine) as session:
        rule = session.get_one(AutoRefillRow, rule_id)
        episode = episodes.open_episode(session, rule.id)
        if episode is None or episode.state != "paused":
            raise not_paused()
        one = Try(episode.id, episode.tries + 1, with_owner=True)
        wish = wish_of(session, rule, one)
        order = session.get(OrderRow, episode.order_id) if episode.order_id else None
    if order is not None:
        look_again(desk, order)
    else:
        until = desk.clock() + PAGE_OPEN
        carry_out(desk, wish, Payment("card", until=until), key_of(one), _nothing)
    return show_rule(desk, rule_id)


def not_paused() -> Refused:
    """What is said of a refill for whose approval nobody waits."""
    return Refused(
        "This automatic refill does not wait for anybody's approval; nothing was asked for.",
        code="not_paused",
    )


def _nothing(session: Session, order: OrderRow, answer: dict[str, Any]) -> None:
    del session, order, answer
