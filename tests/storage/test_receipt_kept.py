"""What a receipt said on the day of its issue, it says for ever."""

from __future__ import annotations

from store_app.desk.context import Desk
from store_app.desk.orders import receipt_text, refund_order
from store_app.desk.sales import sell
from store_app.desk.upkeep import write_setting
from tests.shop import small_shop


def test_a_document_stays_as_it_was_issued(desk: Desk) -> None:
    """Name and zone of the shop are those of the day; later ones go on later documents."""
    shop = small_shop(desk)
    sale = sell(shop, sku="ES-5GB-30D", pay="cash", key="k1")
    before = receipt_text(shop, sale.receipt)
    write_setting(shop, "shop_name", "Casa Móvil")
    write_setting(shop, "time_zone", "Europe/Madrid")
    note = refund_order(shop, sale.order, key="r1").refunds[0]["number"]
    assert receipt_text(shop, sale.receipt) == before
    assert " UTC  " in before
    assert "Casa Móvil" in receipt_text(shop, note).splitlines()[0]
    assert " CET  " in receipt_text(shop, note)
