"""Refunds of top-ups: what the wallet still has of its own, taken out before anybody is asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, StoreError, Unavailable
from checkout.billing.ledger import balance, card_clearing, owed_to_customers, revenue, tax
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import check_order, refund_order, refund_verdict
from store_app.desk.people import add_company, add_user
from store_app.desk.refill_runs import run_refills
from store_app.desk.sales import sell, top_up
from store_app.desk.shifts import close_shift, x_report
from store_app.desk.transactions import Filters, list_transactions
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.card_shop import with_card
from tests.office import sound
from tests.paygo import paygo
from tests.refills import card_shop
from tests.shop import add_plans, at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, refuses

ANA = "ana@example.com"
SKU = "ES-5GB-30D"
REFUNDS = "/v1/refunds"
BOSS: dict[str, Any] = {"supervisor": "boss", "reason": "asked"}


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana has a wallet; deposits are taxed with 21 %; cards go through Stripe's double."""
    shop = with_card(small_shop(desk, vat_rate="21"), stripe_double)
    add_user(shop, ANA)
    return shop


def by_card(desk: Desk, double: StripeDouble, amount: str = "20.00", key: str = "t1") -> str:
    """A top-up that Ana paid by card; its order."""
    order = top_up(desk, ANA, amount=amount, pay="card", key=key).order
    double.pay()
    assert check_order(desk, order).state == "delivered"
    return order


def holds(desk: Desk) -> int:
    """What Ana's wallet holds."""
    return show_wallet(desk, ANA).balance_minor


def books(desk: Desk) -> tuple[int, ...]:
    """What the provider holds, what is owed to customers, VAT and revenue."""
    accounts = (card_clearing("EUR"), owed_to_customers("EUR"), tax("EUR"), revenue("EUR"))
    with snapshot(desk.engine) as session:
        return tuple(balance(session, each) for each in accounts)


@pytest.mark.parametrize(("pay", "where"), [("cash", "drawer"), ("manual", "bank")])
def test_it_goes_back_the_way_it_came(shop: Desk, pay: str, where: str) -> None:
    """In full with its VAT; the wallet is as before; once per key."""
    order = top_up(shop, ANA, amount="20.00", pay=pay, key="t1").order
    verdict = refund_verdict(shop, order)
    assert (verdict.needs_supervisor, verdict.refundable_minor) == (False, 2_420)
    assert (verdict.destination, "still has it" in verdict.rule) == (where, True)
    assert not verdict.to_wallet  # where it comes from
    done = refund_order(shop, order, key="r1")
    assert (done.state, holds(shop)) == ("refunded", 0)
    assert refund_order(shop, order, key="r1").replayed
    assert x_report(shop).expected_minor == 10_000
    assert books(shop) == (0, 0, 0, 0)
    (told,) = list_transactions(shop, Filters(type="refund"))
    assert (told.amount_minor, told.destination) == (-2_420, where)
    close_shift(shop, counted="100.00")
    assert sound(shop)


def test_what_is_spent_stays_paid(shop: Desk) -> None:
    """A part was spent: the rest goes back with a supervisor, never more, and then nothing."""
    order = top_up(shop, ANA, amount="20.00", pay="cash", key="t1").order
    sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k1")
    verdict = refund_verdict(shop, order)
    assert (verdict.needs_supervisor, verdict.refundable_minor) == (True, 908)
    assert "9.08 EUR and no more" in verdict.rule
    with pytest.raises(Refused, match="At most"):
        refund_order(shop, order, key="r1", amount="9.09", **BOSS)
    refund_order(shop, order, key="r1", **BOSS)
    assert holds(shop) == 0
    assert not refund_verdict(shop, order).allowed
    assert sound(shop)


@pytest.mark.parametrize(
    ("minimum", "refundable"), [("-5.00", 2_420), ("0.00", 2_420), ("5.00", 1_815), ("20.00", 0)]
)
def test_what_has_to_stay_stays_and_credit_is_no_money(
    shop: Desk, minimum: str, refundable: int
) -> None:
    """Down to the minimum, and never below zero, whatever credit the owner has."""
    order = top_up(shop, ANA, amount="20.00", pay="cash", key="t1").order
    configure_wallet(shop, ANA, minimum=minimum)
    verdict = refund_verdict(shop, order)
    assert (verdict.refundable_minor, verdict.allowed) == (refundable, refundable > 0)
    if refundable:
        refund_order(shop, order, key="r1", **BOSS)
    assert holds(shop) == 2_000 - round(refundable / 1.21)
    assert sound(shop)


def test_a_wallet_that_refills_itself_keeps_its_threshold(
    desk: Desk, stripe_double: StripeDouble
) -> None:
    """What is above it goes back; the rest would be charged again."""
    shop = card_shop(desk, stripe_double)
    (seed,) = [one.order for one in list_orders(shop) if one.kind == "wallet_refill"]
    set_wallet_refill(shop, ANA, amount="10.00", pay="card", threshold="15.00")
    assert refund_verdict(shop, seed).refundable_minor == 3_500
    refund_order(shop, seed, key="r1", **BOSS)
    run_refills(shop)
    assert holds(shop) == 1_500
    assert not refund_verdict(shop, seed).allowed
    assert sound(shop)


def test_a_pack_takes_back_what_it_gave_beyond_its_price(shop: Desk) -> None:
    """50.00 for 45.00: with all of the money all of the credit leaves; in parts its share."""
    add_plans(shop, paygo())
    order = top_up(shop, ANA, pack="50", pay="cash", key="t1").order
    assert (holds(shop), show_order(shop, order).total_minor) == (5_000, 5_445)
    refund_order(shop, order, key="r1", amount="10.89")
    assert holds(shop) == 4_000
    refund_order(shop, order, key="r2", **BOSS)
    assert (holds(shop), books(shop)) == (0, (0, 0, 0, 0))
    assert sound(shop)


def test_a_card_top_up_leaves_the_wallet_before_the_card_is_asked(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Pending at the bank: owed and not to be spent; then gone, with one credit note."""
    order = by_card(shop, stripe_double)
    assert books(shop) == (2_420, 0, 420, 0)
    stripe_double.refund_status = "pending"
    assert refund_order(shop, order, key="r1").state == "delivered"
    assert (holds(shop), books(shop)) == (0, (2_420, 2_000, 420, 0))
    with pytest.raises(Refused):
        sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k1")
    assert sound(shop)
    stripe_double.end_refund("succeeded")
    assert check_order(shop, order).state == "refunded"
    assert (holds(shop), books(shop)) == (0, (0, 0, 0, 0))
    assert sound(shop)


def test_a_bank_that_sends_it_back_later_reopens_it(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """The wallet has it again, a clerk sees it, and it goes back anew."""
    order = by_card(shop, stripe_double)
    refund_order(shop, order, key="r1")
    stripe_double.end_refund("failed")
    assert (reconcile(shop), reconcile(shop)) == (1, 0)
    assert (holds(shop), stranded_orders(shop)) == (2_000, [order])
    assert books(shop) == (2_420, 0, 420, 0)
    assert sound(shop)
    assert refund_verdict(shop, order).refundable_minor == 2_420
    assert refund_order(shop, order, key="r2").state == "refunded"
    assert (holds(shop), stranded_orders(shop)) == (0, [])
    assert [each["state"] for each in show_order(shop, order).refunds] == ["failed", "succeeded"]
    assert sound(shop)


def test_what_its_owner_spends_meanwhile_waits_no_more(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Sent back by the bank and spent: nothing is left to go back."""
    order = by_card(shop, stripe_double, "12.50")
    refund_order(shop, order, key="r1")
    stripe_double.end_refund("failed")
    reconcile(shop)
    assert sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k1").state == "delivered"
    assert stranded_orders(shop) == []
    assert not refund_verdict(shop, order).allowed
    assert sound(shop)


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_whatever_the_provider_says_the_wallet_is_right(
    shop: Desk, stripe_double: StripeDouble, fault: str
) -> None:
    """A no puts it back at once; silence keeps it owed until a restarted program asks again."""
    order = by_card(shop, stripe_double)
    trouble = lost if fault == "lost" else refuses(400, "invalid_request_error")
    with stripe_double.wrong(only("POST", REFUNDS, trouble)), pytest.raises(StoreError) as said:
        refund_order(shop, order, key="r1")
    assert isinstance(said.value, Unavailable) == (fault == "lost")
    assert holds(shop) == (0 if fault == "lost" else 2_000)
    assert sound(shop)
    maintain(with_card(shop, stripe_double))
    assert len(stripe_double.refunds) == (1 if fault == "lost" else 0)
    assert holds(shop) == (0 if fault == "lost" else 2_000)
    assert sound(shop)


def test_refund_and_sale_at_once_take_the_money_once(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Two refunds and two sales race for one deposit: the wallet never goes below zero."""
    order = by_card(shop, stripe_double, "12.50")

    def attempt(key: str) -> str:
        try:
            if key.startswith("r"):
                refund_order(shop, order, key=key, **BOSS)
            else:
                sell(shop, sku=SKU, pay="wallet", customer=ANA, key=key)
        except StoreError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(4) as clerks:
        said = list(clerks.map(attempt, ("r1", "k1", "r2", "k2")))
    assert said.count("done") == 1
    assert holds(shop) == 0
    assert sound(shop)


def test_on_invoice_the_wallet_gives_it_back_for_a_credit_note(shop: Desk) -> None:
    """The company owes nothing any more, its wallet is empty, and the VAT is corrected."""
    add_company(shop, "Acme", credit_limit="40.00")
    order = top_up(shop, "Acme", amount="20.00", pay="invoice", key="t1").order
    assert refund_verdict(shop, order).destination == "invoice"
    done = refund_order(shop, order, key="r1")
    assert (done.state, done.refunds[0]["number"]) == ("refunded", "CRN-000001")
    assert show_wallet(shop, "Acme").balance_minor == 0
    assert books(shop) == (0, 0, 0, 0)
    assert sound(shop)


def test_many_small_parts_are_all_of_it(shop: Desk, stripe_double: StripeDouble) -> None:
    """Cent by cent, one of them sent back: the sums stay within a minor unit and end exact."""
    order = by_card(shop, stripe_double, "0.50")
    for number in range(3):
        refund_order(shop, order, key=f"r{number}", amount="0.01", **BOSS)
    stripe_double.end_refund("failed")
    reconcile(shop)
    assert sound(shop)
    refund_order(shop, order, key="r9", **BOSS)
    assert show_order(shop, order).refunds[-1]["amount_minor"] == 59
    assert sound(shop)


def test_an_old_top_up_needs_a_supervisor(shop: Desk) -> None:
    """Older than the days of refunds: the rule says so."""
    order = top_up(shop, ANA, amount="20.00", pay="cash", key="t1").order
    verdict = refund_verdict(at(shop, shop.clock() + timedelta(days=31)), order)
    assert (verdict.needs_supervisor, "older than 30 days" in verdict.rule) == (True, True)
