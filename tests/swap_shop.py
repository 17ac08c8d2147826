"""A shop with a sold eSIM that has a phone number, and blank cards in stock."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import col

from catalog.esim.identifiers import iccid_key
from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from tests.shop import small_shop

SKU = "ES-5GB-30D"


def give_number(desk: Desk, card: str, msisdn: str) -> None:
    """The phone number that a supplier's file would have given a card."""
    mine = update(EsimRow).where(col(EsimRow.iccid_key) == iccid_key(card))
    transact(desk.engine, lambda session: session.execute(mine.values(msisdn=msisdn)))


def swap_shop(desk: Desk, msisdn: str = "34600000012") -> str:
    """A demo shop; the ICCID of its sold eSIM, which has this number."""
    small_shop(desk)
    transact(desk.engine, lambda session: set_setting(session, "demo", "true"))
    card = sell(desk, sku=SKU, pay="cash", key="s").iccid or ""
    give_number(desk, card, msisdn)
    return card
