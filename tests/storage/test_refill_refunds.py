"""Refunds of refills: judged by what was used since; data and days are put back exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.kernel.errors import Refused
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow
from store_app.desk.auto_refills import set_esim_refill, switch_off
from store_app.desk.card_orders import reconcile, stranded_orders
from store_app.desk.context import Desk
from store_app.desk.esims import explain_esim, show_esim
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import check_order, receipt_text, refund_order, refund_verdict
from store_app.desk.people import add_company
from store_app.desk.refill_runs import run_refills
from store_app.desk.sales import refill, sell
from store_app.desk.shifts import close_shift, x_report
from store_app.desk.transactions import Filters, list_transactions
from store_app.desk.upkeep import write_setting
from store_app.desk.wallets import show_wallet
from tests.office import sound
from tests.refills import ANA, DAY, HOUR, SKU, ana_buys, card_shop
from tests.shop import at
from tests.stripe_double import StripeDouble

MB = 10**6
Left = tuple[int | None, int, float | None, str]
Story = Callable[[Desk, str], str]
BOSS: dict[str, Any] = {"supervisor": "boss", "reason": "asked"}


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana with a wallet and a kept card, on each engine."""
    return card_shop(desk, stripe_double)


@pytest.fixture
def card(shop: Desk) -> str:
    """Her eSIM of 5 GB for 30 days."""
    return ana_buys(shop)


def use(desk: Desk, card: str, megabytes: int, event: str, start: datetime | None = None) -> None:
    """One record that arrives at the desk's instant."""
    row = UsageRow(1, event, card, start or desk.clock(), megabytes * MB, "ES")
    feed(desk.engine, [row], source="mno", now=desk.clock())


def later(desk: Desk, days: float) -> Desk:
    """The desk so many days on."""
    return at(desk, desk.clock() + days * DAY)


def more(desk: Desk, card: str, key: str = "f1", pay: str = "cash") -> str:
    """One refill of 1 GB for 4.00; its order."""
    return refill(desk, card, refill="1GB", pay=pay, key=key).order


def balance(desk: Desk, card: str) -> Left:
    """MB left, MB used, days from the first of March to the expiry, status."""
    view, begin = show_esim(desk, card), datetime.fromisoformat("2026-03-01T10:00Z")
    ends = None if view.expires_at is None else (view.expires_at - begin) / DAY
    left = None if view.data_left_bytes is None else view.data_left_bytes // MB
    return left, view.data_used_bytes // MB, ends, view.status


@pytest.mark.parametrize(
    ("pay", "where"), [("cash", "drawer"), ("wallet", "wallet"), ("card", "card")]
)
def test_an_unused_refill_goes_back_to_where_it_came_from(
    shop: Desk, card: str, stripe_double: StripeDouble, pay: str, where: str
) -> None:
    """In full, with its data and days; once per key; a credit note; a transaction of its own."""
    use(shop, card, 100, "u1")
    before, money = balance(shop, card), (x_report(shop).expected_minor, wallet(shop))
    two = later(shop, 0.5)
    order = more(two, card, pay=pay)
    if pay == "card":
        stripe_double.pay()
        check_order(two, order)
    assert balance(two, card) == (5_900, 100, 30.5, "active")
    verdict = refund_verdict(two, order)
    assert (verdict.allowed, verdict.needs_supervisor, verdict.refundable_minor) == (
        True,
        False,
        400,
    )
    assert (verdict.destination, verdict.data_bytes) == (where, 1_000 * MB)
    assert "No byte used since the refill" in verdict.rule
    done = refund_order(two, order, key="r1")
    assert (done.state, done.refunds[0]["destination"]) == ("refunded", where)
    assert balance(two, card) == before
    assert (x_report(two).expected_minor, wallet(two)) == money
    assert refund_order(two, order, key="r1").replayed
    assert "Refund of Spain 5 GB, refill 1GB" in receipt_text(two, "R1-C000001")
    (told,) = list_transactions(two, Filters(type="refund"))
    assert (told.amount_minor, told.destination, told.order) == (-400, where, order)
    assert explain_esim(two, card)[-1].reason == "Refund R1-C000001"
    assert not refund_verdict(two, order).allowed
    assert sound(two)


def wallet(desk: Desk) -> int:
    """What Ana's wallet holds."""
    return show_wallet(desk, ANA).balance_minor


def _before_first_usage(shop: Desk, card: str) -> str:
    """Before first usage it is data only."""
    return more(later(shop, 5), card)


def _used_a_little(shop: Desk, card: str) -> str:
    """What is left of all the data pays for what was used since."""
    use(shop, card, 200, "u1")
    order = more(later(shop, 5), card)
    use(later(shop, 6), card, 300, "u2")
    return order


def _used_beyond(shop: Desk, card: str) -> str:
    """Used beyond what was there before: no more is taken than is left."""
    use(shop, card, 4_900, "u1")
    order = more(later(shop, 5), card)
    use(later(shop, 6), card, 600, "u2")
    return order


def _depleted(shop: Desk, card: str) -> str:
    """A new start of a depleted line is undone: the old balance and its days stand again."""
    use(shop, card, 5_000, "u1")
    return more(later(shop, 5), card)


def _later_refill(shop: Desk, card: str) -> str:
    """A later refill on top keeps its own data and its own days."""
    use(shop, card, 100, "u1")
    order = more(later(shop, 5), card)
    more(later(shop, 10), card, "f2")
    return order


def _earlier_refill(shop: Desk, card: str) -> str:
    """An earlier refill stays, with its days."""
    use(shop, card, 100, "u1")
    more(later(shop, 5), card)
    return more(later(shop, 10), card, "f2")


STORIES: list[tuple[Story, str, Left]] = [
    (_before_first_usage, "", (5_000, 0, None, "activation_ready")),
    (_used_a_little, "Data was used since", (4_500, 500, 30, "active")),
    (_used_beyond, "Data was used since", (0, 5_500, 30, "suspended")),
    (_depleted, "", (0, 5_000, 30, "suspended")),
    (_later_refill, "", (5_900, 100, 40, "active")),
    (_earlier_refill, "", (5_900, 100, 35, "active")),
]


@pytest.mark.parametrize(("story", "rule", "expected"), STORIES)
def test_the_line_is_put_where_it_would_be_without_it(
    shop: Desk, card: str, story: Story, rule: str, expected: Left
) -> None:
    """Data, days and what was used, for every way in which a refill can stand."""
    order, now = story(shop, card), later(shop, 20)
    verdict = refund_verdict(now, order)
    assert (verdict.needs_supervisor, rule in verdict.rule) == (bool(rule), True)
    refund_order(now, order, key="r1", **BOSS)
    assert balance(now, card) == expected
    assert sound(now)
    assert sound(later(now, 60))


def test_days_that_the_refill_saved_are_gone_with_it(shop: Desk, card: str) -> None:
    """Old data that only the refill kept alive is lost with it; the expiry is the old one."""
    use(shop, card, 100, "u1")
    order = more(later(shop, 29), card)
    now = later(shop, 35)
    assert balance(now, card) == (5_900, 100, 59, "active")
    assert refund_verdict(now, order).data_bytes == 5_900 * MB
    refund_order(now, order, key="r1", **BOSS)
    assert balance(now, card) == (0, 100, 30, "suspended")
    assert sound(now)


def test_both_of_two_refills_go_back(shop: Desk, card: str) -> None:
    """Whichever comes first: the line ends as it began."""
    use(shop, card, 100, "u1")
    first, second = more(later(shop, 5), card), more(later(shop, 6), card, "f2")
    now = later(shop, 7)
    refund_order(now, first, key="r1")
    refund_order(now, second, key="r2")
    assert balance(now, card) == (4_900, 100, 30, "active")
    assert sound(now)


def test_an_expired_refill_needs_a_supervisor(shop: Desk, card: str) -> None:
    """What it added is lost already; the money may go back, and nothing is taken twice."""
    use(shop, card, 100, "u1")
    order = more(later(shop, 5), card)
    now = later(shop, 36)
    verdict = refund_verdict(now, order)
    assert "has expired" in verdict.rule
    assert "older than 30 days" in verdict.rule
    assert verdict.data_bytes == 0
    with pytest.raises(Refused, match="supervisor"):
        refund_order(now, order, key="r1")
    refund_order(now, order, key="r1", **BOSS)
    assert sound(now)


@pytest.mark.parametrize("hours", [1, 100])
def test_usage_that_is_told_late_is_served_from_what_was_there(
    shop: Desk, card: str, hours: int
) -> None:
    """Within the grace less was taken back; later it is taken from what is left."""
    use(shop, card, 4_900, "u1")
    order = more(later(shop, 2), card)
    day_3 = later(shop, 3)
    refund_order(day_3, order, key="r1")
    assert balance(day_3, card) == (100, 4_900, 30, "active")
    told = at(shop, day_3.clock() + hours * HOUR)
    use(told, card, 400, "u2", day_3.clock() - HOUR)
    left, used, ends, _status = balance(told, card)
    assert (left, used, ends) == (0, 5_300 if hours == 1 else 5_000, 30)
    assert show_esim(told, card).overrun_bytes == (0 if hours == 1 else 300 * MB)
    assert sound(told)


def test_parts_leave_the_data_until_the_last(shop: Desk, card: str) -> None:
    """A part is money alone; with the rest the data goes; never above what was paid."""
    order = more(shop, card)
    assert refund_order(shop, order, key="r1", amount="1.50").state == "delivered"
    assert balance(shop, card)[0] == 6_000
    with pytest.raises(Refused, match="At most"):
        refund_order(shop, order, key="r2", amount="2.51", **BOSS)
    assert refund_order(shop, order, key="r3", **BOSS).state == "refunded"
    assert balance(shop, card)[0] == 5_000
    close_shift(shop, counted="112.50")
    assert sound(shop)


def test_a_card_refund_that_fails_later_is_owed_again(
    shop: Desk, card: str, stripe_double: StripeDouble
) -> None:
    """The data is gone, the money is in the queue until it goes back anew, and goes once."""
    order = more(shop, card, pay="card")
    stripe_double.pay()
    check_order(shop, order)
    stripe_double.refund_status = "pending"
    assert refund_order(shop, order, key="r1").state == "delivered"
    assert balance(shop, card)[0] == 6_000
    stripe_double.end_refund("succeeded")
    assert check_order(shop, order).state == "refunded"
    assert balance(shop, card)[0] == 5_000
    stripe_double.end_refund("failed")
    assert (reconcile(shop), stranded_orders(shop)) == (1, [order])
    assert sound(shop)
    stripe_double.refund_status = "succeeded"
    assert refund_order(shop, order, key="r2").state == "refunded"
    assert (stranded_orders(shop), balance(shop, card)[0]) == ([], 5_000)
    assert sound(shop)


def test_an_automatic_refill_goes_back_to_the_kept_card(
    shop: Desk, card: str, stripe_double: StripeDouble
) -> None:
    """It is not bought again: the automatic refill has to be switched off first."""
    set_esim_refill(shop, card, refill="1GB", pay="card", threshold="500")
    use(shop, card, 4_600, "u1")
    shop = at(shop, shop.clock() + HOUR)
    run_refills(shop)
    (order,) = [one.order for one in list_orders(shop) if one.kind == "esim_refill"]
    refused = refund_verdict(shop, order)
    assert (refused.allowed, "refills itself" in refused.rule) == (False, True)
    with pytest.raises(Refused, match="refills itself"):
        refund_order(shop, order, key="r1", **BOSS)
    switch_off(shop, card)
    assert refund_order(shop, order, key="r1").state == "refunded"
    assert [each["amount"] for each in stripe_double.refunds] == [400]
    assert balance(shop, card)[0] == 400
    assert sound(shop)


def test_on_invoice_it_is_a_credit_note(shop: Desk) -> None:
    """The company owes nothing for it any more, and its data is gone."""
    add_company(shop, "Acme", credit_limit="40.00")
    sold = sell(shop, sku=SKU, pay="invoice", company="Acme", key="i1")
    order = more(shop, str(sold.iccid), pay="invoice")
    assert refund_verdict(shop, order).destination == "invoice"
    done = refund_order(shop, order, key="r1")
    assert (done.state, done.refunds[0]["number"]) == ("refunded", "CRN-000001")
    assert balance(shop, str(sold.iccid))[0] == 5_000
    assert sound(shop)


def test_the_sale_is_in_full_once_its_refills_went_back(shop: Desk, card: str) -> None:
    """A refilled sale wants its refills refunded first; then nothing is against it."""
    order = more(shop, card)
    sale = next(one.order for one in list_orders(shop) if one.kind == "esim_purchase")
    assert "refilled for 4.00 EUR" in refund_verdict(shop, sale).rule
    refund_order(shop, order, key="r1")
    assert not refund_verdict(shop, sale).needs_supervisor
    refund_order(shop, sale, key="r2")
    assert sound(shop)


def test_after_the_sale_the_refill_may_still_go_back(shop: Desk, card: str) -> None:
    """The eSIM has ended with the sale: a supervisor says so, and no data is taken twice."""
    order = more(shop, card)
    sale = next(one.order for one in list_orders(shop) if one.kind == "esim_purchase")
    refund_order(shop, sale, key="r1", **BOSS)
    verdict = refund_verdict(shop, order)
    assert (verdict.needs_supervisor, "has ended" in verdict.rule) == (True, True)
    assert refund_order(shop, order, key="r2", **BOSS).state == "refunded"
    assert show_order(shop, order).refunds[0]["amount_minor"] == 400
    assert balance(shop, card)[0] == 0
    assert sound(shop)


def test_a_record_that_comes_twice_changes_nothing(shop: Desk, card: str) -> None:
    """After a refund the feed goes on as before: in order, late, twice."""
    use(shop, card, 100, "u1")
    now = at(shop, shop.clock() + timedelta(minutes=1))
    order = more(now, card)
    refund_order(now, order, key="r1")
    hour = at(shop, shop.clock() + HOUR)
    for _again in range(2):
        use(hour, card, 50, "u2")
    assert balance(hour, card) == (4_850, 150, 30, "active")
    assert sound(hour)


@pytest.mark.parametrize("pay", ["cash", "card"])
@pytest.mark.parametrize(
    ("terms", "more_minor"),
    [
        ({"vat_rate": "0"}, 400),
        ({"vat_rate": "21"}, 400),
        ({"vat_rate": "21", "wallet_tax": "on_consumption"}, 484),
    ],
)
def test_it_may_go_into_the_wallet_of_its_customer(
    shop: Desk, stripe_double: StripeDouble, pay: str, terms: dict[str, str], more_minor: int
) -> None:
    """As a deposit would come in: without its VAT where deposits are taxed; nobody is asked."""
    card = ana_buys(shop)
    for name, value in terms.items():
        write_setting(shop, name, value)
    order, before = more(shop, card, pay=pay), wallet(shop)
    if pay == "card":
        stripe_double.pay()
        check_order(shop, order)
    cash = x_report(shop).expected_minor
    assert refund_verdict(shop, order).to_wallet
    done = refund_order(shop, order, key="r1", to="wallet")
    assert (done.state, done.refunds[0]["destination"]) == ("refunded", "wallet")
    assert (wallet(shop) - before, x_report(shop).expected_minor) == (more_minor, cash)
    assert stripe_double.refunds == []
    check_order(shop, order)
    assert balance(shop, card)[0] == 5_000
    assert sound(shop)


def test_nobody_s_money_goes_into_no_wallet(shop: Desk) -> None:
    """A walk-in customer has none, and what a wallet paid goes back there anyway."""
    sold = sell(shop, sku=SKU, pay="cash", key="w1")
    assert not refund_verdict(shop, sold.order).to_wallet
    with pytest.raises(Refused, match="known customer"):
        refund_order(shop, sold.order, key="r1", to="wallet")
    assert show_order(shop, sold.order).refunds == []
