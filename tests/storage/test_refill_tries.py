"""An automatic refill that is not paid at once: declined, paused, unheard of, tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import set_setting
from checkout.billing.refill_tables import RefillTryRow
from store_app.desk.auto_refill_views import list_auto_refills, show_auto_refill
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.orders import check_order
from store_app.desk.people import add_user
from store_app.desk.refill_pages import approve
from store_app.desk.refill_runs import run_refills
from store_app.desk.sales import top_up
from store_app.desk.saved_cards import save_card
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import show_wallet
from tests.card_shop import honest, with_card
from tests.refills import (
    ANA,
    DAY,
    HOUR,
    PAYMENTS,
    card_shop,
    charges,
    episodes,
    refills,
)
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana with a wallet and a kept card, on each engine."""
    return card_shop(desk, stripe_double)


def test_a_week_of_declines_stays_inside_policy(shop: Desk, stripe_double: StripeDouble) -> None:
    """Tried at 0 h, 1 h, 25 h and 97 h, then off; upkeep all week changes nothing."""
    stripe_double.set_behaviour("declines")
    start = shop.clock()
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    for hour in (1, 2, *range(23, 27), 48, 72, *range(96, 99), 120, 168):
        stripe_double.now = start + hour * HOUR
        maintain(at(shop, start + hour * HOUR))
    tries = [one["created"] - start.timestamp() for one in stripe_double.intents.values()]
    assert tries == [0, 3_600, 25 * 3_600, 97 * 3_600]
    told = show_auto_refill(shop, ANA)
    assert (told.enabled, told.state) == (False, "off")
    assert "card_declined" in told.reason
    assert refills(shop) == ["cancelled"] * 4
    assert len({key for key, _body in stripe_double.bodies(PAYMENTS)}) == 4
    assert honest(shop)


def test_a_decline_that_passes_ends_in_one_refill(shop: Desk, stripe_double: StripeDouble) -> None:
    """Declined once, approved an hour later, with a new key after a definite no."""
    stripe_double.set_behaviour("declines")
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    stripe_double.set_behaviour("approves")
    assert maintain(at(shop, shop.clock() + HOUR - timedelta(seconds=1))).refilled == 0
    assert maintain(at(shop, shop.clock() + HOUR)).refilled == 1
    assert charges(stripe_double) == [2_000]
    assert [one.state for one in episodes(shop)] == ["refilled"]


def test_what_needs_its_owner_pauses_until_he_approves(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """authentication_required: no more tries, a page to approve on, one refill when it is paid."""
    stripe_double.set_behaviour("asks")
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    paused = show_auto_refill(shop, ANA)
    assert (paused.state, paused.checkout_url, paused.tries) == ("paused", "", 1)
    maintain(at(shop, shop.clock() + 5 * DAY))
    assert len(stripe_double.intents) == 1
    page = approve(shop, ANA)
    assert page.checkout_url.startswith("https://checkout.stripe.com/")
    assert approve(shop, ANA).checkout_url == page.checkout_url
    assert [view.named for view in list_auto_refills(shop, paused=True)] == [ANA]
    stripe_double.pay()
    assert maintain(shop).reconciled == 1
    assert show_wallet(shop, ANA).balance_minor == 7_000
    assert show_auto_refill(shop, ANA).state == "on"
    assert list_auto_refills(shop, paused=True) == []
    with pytest.raises(Refused, match="does not wait"):
        approve(shop, ANA)
    assert honest(shop)


def test_a_page_that_nobody_paid_leaves_it_paused(shop: Desk, stripe_double: StripeDouble) -> None:
    """After its end another page may be opened."""
    stripe_double.set_behaviour("asks")
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    first = approve(shop, ANA)
    later = at(shop, shop.clock() + DAY)
    stripe_double.now += DAY
    maintain(later)
    assert show_auto_refill(later, ANA).state == "paused"
    second = approve(later, ANA)
    assert second.checkout_url not in ("", first.checkout_url)
    stripe_double.pay()
    assert check_order(later, str(second.order)).state == "delivered"
    assert honest(later)


def test_an_unknown_outcome_is_checked_and_never_sent_anew(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Carried out, unheard: "checking", the same key and bytes again, one charge."""
    with stripe_double.wrong(only("POST", PAYMENTS, lost)):
        set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
        assert show_auto_refill(shop, ANA).state == "checking"
        run_refills(shop)
    fresh = with_card(at(shop, shop.clock() + 5 * HOUR / 60), stripe_double)
    assert run_refills(fresh) == 1
    assert len(set(stripe_double.bodies(PAYMENTS))) == 1
    assert charges(stripe_double) == [2_000]
    assert honest(shop)


def test_after_a_day_it_is_searched_for_and_not_sent(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Older than 23 hours: found by its metadata, or not there and tried again in its time."""
    with stripe_double.wrong(only("POST", PAYMENTS, lost)):
        set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    sent = len(stripe_double.bodies(PAYMENTS))
    assert maintain(at(shop, shop.clock() + DAY)).reconciled >= 1
    assert len(stripe_double.bodies(PAYMENTS)) == sent
    assert show_wallet(shop, ANA).balance_minor == 7_000


def test_what_never_arrived_is_not_charged(shop: Desk, stripe_double: StripeDouble) -> None:
    """Cut off for two days: nothing there, so the try has failed and the next one is due."""
    with stripe_double.wrong(only("POST", PAYMENTS, unreachable)):
        set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
        maintain(at(shop, shop.clock() + DAY))
    assert show_auto_refill(shop, ANA).state == "waiting"
    assert maintain(at(shop, shop.clock() + DAY + HOUR)).refilled == 1
    assert charges(stripe_double) == [2_000]


def test_events_tell_of_payments_with_nobody_there(shop: Desk, stripe_double: StripeDouble) -> None:
    """What the poller missed, Stripe's events name by the same attempt."""
    with stripe_double.wrong(only("POST", PAYMENTS, lost)):
        set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    assert maintain(with_card(shop, stripe_double)).reconciled == 1


@pytest.mark.parametrize(
    ("choice", "state", "balance"),
    [
        ("approves", "on", 7_000),
        ("declines", "waiting", 5_000),
        ("asks", "paused", 5_000),
        ("times-out", "checking", 5_000),
    ],
)
def test_a_demo_card_behaves_as_chosen(
    sqlite_desk: Desk, choice: str, state: str, balance: int
) -> None:
    """The offline card plays all four; what timed out is found when somebody looks again."""
    shop = small_shop(sqlite_desk)
    add_user(shop, ANA)
    transact(shop.engine, lambda session: set_setting(session, "demo", "true"))
    top_up(shop, ANA, amount="50.00", pay="manual", key="seed")
    save_card(shop, ANA, agreed=True, choice=choice)
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    told = show_auto_refill(shop, ANA)
    assert (told.state, show_wallet(shop, ANA).balance_minor) == (state, balance)
    if choice == "times-out":
        assert run_refills(shop) == 1
    if choice == "asks":
        approve(shop, ANA)
    if choice != "declines":
        assert show_wallet(shop, ANA).balance_minor == 7_000
    assert honest(shop)


def test_each_try_is_on_record(shop: Desk, stripe_double: StripeDouble) -> None:
    """Number, order and instant of each."""
    stripe_double.set_behaviour("asks")
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    approve(shop, ANA)
    with snapshot(shop.engine) as session:
        tries = session.exec(select(RefillTryRow)).all()
    assert sorted((one.number, one.with_owner) for one in tries) == [(1, False), (2, True)]
