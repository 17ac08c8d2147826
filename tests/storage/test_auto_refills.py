"""Automatic refills: fired once per crossing, paid once, within caps, backed off, paused, ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.settings import set_setting
from checkout.billing.refill_tables import RefillEpisodeRow, RefillTryRow
from checkout.orders.tables import OrderRow
from store_app.desk.auto_refill_views import list_auto_refills, show_auto_refill
from store_app.desk.auto_refills import set_esim_refill, set_wallet_refill, switch_off
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.orders import check_order, list_orders
from store_app.desk.people import add_company, add_user
from store_app.desk.refill_pages import approve
from store_app.desk.refill_runs import run_refills
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.saved_cards import carry_on_cards, remove_card, save_card
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.card_shop import with_card
from tests.paygo import paygo
from tests.refills import ANA, PAYMENTS, SKU, ana_buys, card_shop, charges, use
from tests.shop import add_plans, add_stock, at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana with a wallet and a kept card, on each engine."""
    return card_shop(desk, stripe_double)


def honest(desk: Desk) -> bool:
    """Whether every invariant of the store holds."""
    return [check for check in doctor(desk) if not check.ok] == []


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
    configure_wallet(_known(shop), ANA, enable=True)
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


def _known(desk: Desk) -> Desk:
    add_user(desk, ANA)
    return desk


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


def test_events_tell_of_payments_with_nobody_there(shop: Desk, stripe_double: StripeDouble) -> None:
    """What the poller missed, Stripe's events name by the same attempt."""
    with stripe_double.wrong(only("POST", PAYMENTS, lost)):
        set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    assert maintain(with_card(shop, stripe_double)).reconciled == 1


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
    shop = _known(small_shop(sqlite_desk))
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
