"""What an automatic refill is allowed, what lapses it or switches it off, what cannot be set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.kernel.database import transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.settings import set_setting
from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_esim_refill, set_wallet_refill, switch_off
from store_app.desk.context import Desk
from store_app.desk.people import add_company
from store_app.desk.sales import refill, sell
from store_app.desk.saved_cards import remove_card
from store_app.desk.upkeep import maintain
from tests.refills import (
    ANA,
    DAY,
    HOUR,
    SKU,
    ana_buys,
    card_shop,
    charges,
    episodes,
    use,
)
from tests.shop import at
from tests.stripe_double import StripeDouble


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana with a wallet and a kept card, on each engine."""
    return card_shop(desk, stripe_double)


def test_caps_hold(shop: Desk, stripe_double: StripeDouble) -> None:
    """Two a day, three in 30 days; what is above waits until the span has passed."""
    set_wallet_refill(shop, ANA, amount="1.00", threshold="100.00", daily_cap=2, monthly_cap=3)
    for _ in range(4):
        maintain(shop)
    assert charges(stripe_double) == [100, 100]
    told = show_auto_refill(shop, ANA)
    assert (told.state, told.next_try_at) == ("waiting", shop.clock() + DAY)
    assert "allowed" in told.reason
    for days in (1, 2, 3, 29):
        maintain(at(shop, shop.clock() + days * DAY))
    assert charges(stripe_double) == [100] * 3
    maintain(at(shop, shop.clock() + 31 * DAY))
    assert len(charges(stripe_double)) > 3


def test_a_manual_refill_makes_a_waiting_one_lapse(shop: Desk, stripe_double: StripeDouble) -> None:
    """Refilled by hand meanwhile: nothing is charged."""
    stripe_double.set_behaviour("declines")
    iccid = ana_buys(shop)
    set_esim_refill(shop, iccid, refill="1GB", pay="card", threshold="500")
    use(shop, iccid, 4_800, "u1")
    refill(shop, iccid, refill="1GB", pay="cash", key="hand")
    stripe_double.set_behaviour("approves")
    assert maintain(at(shop, shop.clock() + HOUR)).refilled == 0
    assert [one.state for one in episodes(shop)] == ["lapsed"]
    assert charges(stripe_double) == []


def test_without_its_card_it_is_switched_off(shop: Desk, stripe_double: StripeDouble) -> None:
    """The card was removed: nothing is charged, and the reason is said."""
    set_wallet_refill(shop, ANA, amount="20.00", threshold="45.00")
    remove_card(shop, ANA)
    sell(shop, sku=SKU, pay="wallet", key="w1", customer=ANA)
    told = show_auto_refill(shop, ANA)
    assert (told.state, charges(stripe_double)) == ("off", [])
    assert "No card is kept" in told.reason


def test_a_card_of_another_key_waits_for_its_key(shop: Desk, stripe_double: StripeDouble) -> None:
    """A store turned into a demo on a machine without the key charges nothing and loses nothing."""
    set_wallet_refill(shop, ANA, amount="20.00", threshold="45.00")
    transact(shop.engine, lambda session: set_setting(session, "demo", "true"))
    keyless = replace(shop, card=None)
    sell(keyless, sku=SKU, pay="wallet", key="w1", customer=ANA)
    assert maintain(keyless).refilled == 0
    assert (show_auto_refill(keyless, ANA).state, charges(stripe_double)) == ("waiting", [])
    assert maintain(shop).refilled == 1


def test_switched_off_it_stays_off(shop: Desk, stripe_double: StripeDouble) -> None:
    """By hand; setting it again turns it on and checks at once."""
    set_wallet_refill(shop, ANA, amount="20.00", threshold="45.00")
    assert switch_off(shop, ANA).state == "off"
    sell(shop, sku=SKU, pay="wallet", key="w1", customer=ANA)
    assert maintain(shop).refilled == 0
    assert set_wallet_refill(shop, ANA, amount="20.00", threshold="45.00").state == "on"
    assert charges(stripe_double) == [2_000]


def test_an_expired_esim_is_not_refilled_by_itself(shop: Desk, stripe_double: StripeDouble) -> None:
    """Its data is lost with time, not used: only a person begins a new balance."""
    iccid = ana_buys(shop)
    set_esim_refill(shop, iccid, refill="1GB", pay="card", threshold="500")
    use(shop, iccid, 100, "u1")
    assert maintain(at(shop, shop.clock() + 40 * DAY)).refilled == 0
    assert charges(stripe_double) == []


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"refill": "2GB", "pay": "card"}, "unknown_refill"),
        ({"refill": "1GB", "pay": "cash"}, "not_offered"),
        ({"refill": "1GB", "pay": "card", "threshold": "1000"}, "bad_threshold"),
        ({"refill": "1GB", "pay": "card", "threshold": "0"}, "bad_threshold"),
        ({"refill": "1GB", "pay": "company-wallet"}, "customer_needed"),
    ],
)
def test_refusals_change_nothing(shop: Desk, terms: dict[str, str], code: str) -> None:
    """What could never work is refused when it is set."""
    iccid = ana_buys(shop)
    with pytest.raises((Refused, NotFound)) as refusal:
        set_esim_refill(shop, iccid, **terms)  # type: ignore[arg-type]  # a table of terms
    assert refusal.value.code == code
    with pytest.raises(NotFound, match="not refilled by itself"):
        show_auto_refill(shop, iccid)


def test_nobody_and_no_card_are_refused(shop: Desk) -> None:
    """A walk-in has no card; a company without one, a cap of nothing, another way."""
    walk_in = str(sell(shop, sku=SKU, pay="cash", key="x").iccid)
    with pytest.raises(Refused, match="no customer and no company"):
        set_esim_refill(shop, walk_in, refill="1GB", pay="card")
    add_company(shop, "Acme")
    with pytest.raises(Refused, match="No card is kept for Acme"):
        set_wallet_refill(shop, "Acme", amount="10", threshold="5")
    with pytest.raises(Refused, match="one refill or more"):
        set_wallet_refill(shop, ANA, amount="10", threshold="5", daily_cap=0)
    with pytest.raises(Refused, match="by a kept card"):
        set_wallet_refill(shop, ANA, amount="10", threshold="5", pay="wallet")
    with pytest.raises(Refused, match="above zero"):
        set_wallet_refill(shop, ANA, amount="0", threshold="5")
