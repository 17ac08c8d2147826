"""Automatic refills: fired once per crossing, paid once, by wallet or kept card."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from catalog.kernel.errors import Refused
from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_esim_refill, set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.order_views import list_orders
from store_app.desk.people import add_company, add_user
from store_app.desk.refill_runs import run_refills
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.saved_cards import carry_on_cards, save_card
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.card_shop import honest
from tests.paygo import paygo
from tests.refills import (
    ANA,
    HOUR,
    PAYMENTS,
    SKU,
    ana_buys,
    card_shop,
    charges,
    episodes,
    refills,
    use,
)
from tests.shop import add_plans, add_stock, at, small_shop
from tests.stripe_double import StripeDouble


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana with a wallet and a kept card, on each engine."""
    return card_shop(desk, stripe_double)


def test_usage_below_the_threshold_charges_the_kept_card_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """One crossing, one off-session payment, one refill; above the threshold nothing happens."""
    iccid = ana_buys(shop)
    view = set_esim_refill(shop, iccid, refill="1GB", pay="card", threshold="500")
    assert (view.state, view.threshold, view.refill) == ("on", 500_000_000, "1GB")
    use(shop, iccid, 4_400, "u1")
    assert stripe_double.intents == {}
    use(shop, iccid, 200, "u2")
    assert charges(stripe_double) == [400]
    assert show_esim(shop, iccid).data_left_bytes == 1_400_000_000
    use(shop, iccid, 100, "u3")
    assert maintain(shop).refilled == 0
    assert refills(shop) == ["delivered"]
    assert show_auto_refill(shop, iccid).begun_today == 1
    assert honest(shop)


def test_what_is_sent_is_off_session_and_frozen(shop: Desk, stripe_double: StripeDouble) -> None:
    """The kept card and customer, confirmed at once, with order and attempt in its metadata."""
    iccid = ana_buys(shop)
    set_esim_refill(shop, iccid, refill="1GB", pay="card", threshold="999")
    use(shop, iccid, 4_500, "u1")
    (made,) = stripe_double.intents.values()
    ((key, body),) = stripe_double.bodies(PAYMENTS)
    assert b"off_session=true" in body.lower()
    assert b"confirm=true" in body.lower()
    assert key.startswith("attempt-")
    assert set(made["metadata"]) == {"order_id", "attempt_id", "kiosk_id", "order"}
    assert made["metadata"]["kiosk_id"] == "AUTO"


def test_a_wallet_pays_without_any_network(desk: Desk) -> None:
    """By wallet nobody outside is asked; a wallet that is too low is tried again later."""
    shop = small_shop(desk)
    add_user(shop, ANA)
    configure_wallet(shop, ANA, enable=True)
    top_up(shop, ANA, amount="6.00", pay="manual", key="t")
    iccid = ana_buys(shop)
    set_esim_refill(shop, iccid, refill="1GB", pay="wallet", threshold="900")
    use(shop, iccid, 4_500, "u1")
    assert show_wallet(shop, ANA).balance_minor == 200
    use(shop, iccid, 1_000, "u2")
    told = show_auto_refill(shop, iccid)
    assert (told.state, told.tries, told.next_try_at) == ("waiting", 1, shop.clock() + HOUR)
    assert "can spend" in told.reason
    top_up(shop, ANA, amount="6.00", pay="manual", key="t2")
    assert maintain(at(shop, shop.clock() + HOUR)).refilled == 1
    assert honest(shop)


def test_any_debit_fires_the_refill_of_a_wallet(shop: Desk, stripe_double: StripeDouble) -> None:
    """A purchase takes the wallet under its threshold: the card tops it up, once."""
    set_wallet_refill(shop, ANA, amount="30.00", threshold="40.00")
    sell(shop, sku=SKU, pay="wallet", key="w1", customer=ANA)
    assert show_wallet(shop, ANA).balance_minor == 5_000 - 1_250 + 3_000
    assert charges(stripe_double) == [3_000]
    sell(shop, sku=SKU, pay="wallet", key="w2", customer=ANA)
    assert charges(stripe_double) == [3_000]
    assert honest(shop)


def test_a_wallet_that_paid_a_refill_is_refilled_itself(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The eSIM takes from the wallet, the wallet from the card: both in one run."""
    iccid = ana_buys(shop)
    set_wallet_refill(shop, ANA, amount="10.00", threshold="48.00")
    set_esim_refill(shop, iccid, refill="1GB", pay="wallet", threshold="500")
    use(shop, iccid, 4_700, "u1")
    assert show_wallet(shop, ANA).balance_minor == 5_000 - 400 + 1_000
    assert charges(stripe_double) == [1_000]
    assert refills(shop) == ["delivered", "delivered"]


def test_a_refilled_wallet_resumes_its_paygo_lines(shop: Desk, stripe_double: StripeDouble) -> None:
    """Usage empties the wallet, the line stops, the refill makes it run again."""
    add_plans(shop, paygo(mrc="0"))
    add_stock(shop, "PAYGO-EU", 1, first=100)
    roaming = str(sell(shop, sku="PAYGO-EU", pay="wallet", customer=ANA, key="p1").iccid)
    set_wallet_refill(shop, ANA, amount="25.00", threshold="10.00")
    use(shop, roaming, 500_000, "p")
    assert charges(stripe_double) == [2_500]
    assert show_wallet(shop, ANA).balance_minor == 2_500
    assert show_esim(shop, roaming).status == "active"


def test_setting_checks_at_once(shop: Desk, stripe_double: StripeDouble) -> None:
    """What is under its threshold already is refilled when it is set."""
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    assert charges(stripe_double) == [2_000]


def test_maintain_finds_what_nothing_fired(shop: Desk, stripe_double: StripeDouble) -> None:
    """A switch-off and on again, a machine without a key: the upkeep sweeps."""
    set_wallet_refill(shop, ANA, amount="20.00", threshold="45.00")
    keyless = replace(shop, card=None)
    sell(keyless, sku=SKU, pay="wallet", key="w1", customer=ANA)
    assert charges(stripe_double) == []
    assert show_auto_refill(shop, ANA).state == "waiting"
    assert maintain(shop).refilled == 1
    assert maintain(shop).refilled == 0


def test_a_company_pays_for_the_esim_of_its_user(shop: Desk, stripe_double: StripeDouble) -> None:
    """From the company's card, at the company's VAT rate, and on the company's order."""
    add_company(shop, "Harbour", vat_rate="10")
    add_user(shop, "bo@example.com", company="Harbour")
    bought = sell(shop, sku=SKU, pay="cash", key="bo", customer="bo@example.com")
    iccid = str(bought.iccid)
    with pytest.raises(Refused, match="No card is kept for Harbour"):
        set_esim_refill(shop, iccid, refill="1GB", pay="company-card", threshold="500")
    save_card(shop, "Harbour", agreed=True)
    stripe_double.pay()
    carry_on_cards(shop)
    set_esim_refill(shop, iccid, refill="1GB", pay="company-card", threshold="500")
    use(shop, iccid, 4_800, "u1")
    assert charges(stripe_double) == [440]
    (order,) = [one for one in list_orders(shop) if one.method == "card"]
    assert (order.company, order.customer, order.tax_minor) == ("Harbour", None, 40)
    assert show_esim(shop, iccid).data_left_bytes == 1_200_000_000
    assert honest(shop)


def test_a_company_is_named_by_a_number(shop: Desk, stripe_double: StripeDouble) -> None:
    """A name that begins with a digit is no ICCID."""
    add_company(shop, "3 Harbours")
    save_card(shop, "3 Harbours", agreed=True)
    stripe_double.pay()
    carry_on_cards(shop)
    top_up(shop, "3 Harbours", amount="5.00", pay="manual", key="h")
    set_wallet_refill(shop, "3 Harbours", amount="20.00", threshold="10.00")
    assert show_auto_refill(shop, "3 Harbours").begun_today == 1


def test_fifty_debits_at_once_are_one_refill(shop: Desk, stripe_double: StripeDouble) -> None:
    """All of them under the threshold, each looking for what is due: one order, one charge."""
    iccid = ana_buys(shop)
    top_up(shop, ANA, amount="250.00", pay="manual", key="more")
    set_wallet_refill(shop, ANA, amount="500.00", threshold="290.00")

    def debit(number: int) -> None:
        refill(shop, iccid, refill="1GB", pay="wallet", key=f"d{number}")

    with ThreadPoolExecutor(50) as pool:
        for done in [pool.submit(debit, number) for number in range(50)]:
            done.result()
    run_refills(shop)
    assert charges(stripe_double) == [50_000]
    assert refills(shop) == ["delivered"]
    assert show_wallet(shop, ANA).balance_minor == 30_000 - 50 * 400 + 50_000
    assert [one.state for one in episodes(shop)] == ["refilled"]
    assert honest(shop)
