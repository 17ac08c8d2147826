"""Card payments in currencies of 0, 2 and 3 decimals and the special ones: quote to refund."""

from __future__ import annotations

import pytest

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import set_setting
from checkout.billing.ledger import balance, card_clearing, owed_to_customers, revenue, tax
from store_app.desk.card_orders import stranded_orders
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import check_order, receipt_text, refund_order
from store_app.desk.register_readers import use_reader
from store_app.desk.sales import Sale, quote, sell
from store_app.desk.sales_together import sell_together
from store_app.desk.stock import stock_summary
from store_app.desk.upkeep import doctor
from tests.card_shop import with_card
from tests.shop import add_plans, add_stock, plan, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_readers import READER

SKU = "ELSEWHERE"
TABLE = [
    # price, currency, VAT in percent, in our minor units, as Stripe is asked, a part to give back
    ("12.50", "EUR", "21", 1513, 1513, "5.13"),
    ("500", "JPY", "10", 550, 550, "51"),
    ("12000", "KRW", "0", 12_000, 12_000, "1"),
    ("700", "ISK", "24", 868, 86_800, "68"),
    ("5000", "UGX", "18", 5900, 590_000, "900"),
    ("5.120", "KWD", "0", 5120, 5120, "1.120"),
    ("10.000", "TND", "19", 11_900, 11_900, "0.100"),
    ("1300.00", "MGA", "20", 156_000, 1560, "60.00"),
    ("5000.00", "HUF", "27", 635_000, 635_000, "1350.00"),
    ("100.00", "TWD", "5", 10_500, 10_500, "0.50"),
]


def shop(desk: Desk, double: StripeDouble, price: str, currency: str, vat: str = "0") -> Desk:
    """A shop with a plan in this currency, which takes cards."""
    made = small_shop(desk, vat_rate=vat)
    add_plans(made, plan(sku=SKU, price=price, currency=currency, refill=[]))
    add_stock(made, SKU, 3, first=50)
    return with_card(made, double)


def begin(desk: Desk, *, reader: bool = False) -> Sale:
    """A sale that waits for its card."""
    return sell(desk, sku=SKU, pay="card", key="k1", reader=reader)


def books(desk: Desk, currency: str) -> list[int]:
    """What the provider holds, what was earned, the VAT, and what is owed back."""
    with snapshot(desk.engine) as session:
        accounts = (card_clearing, revenue, tax, owed_to_customers)
        return [balance(session, account(currency)) for account in accounts]


@pytest.mark.parametrize(("price", "currency", "vat", "minor", "sent", "part"), TABLE)
@pytest.mark.parametrize("reader", [False, True])
def test_one_integer_from_the_quote_to_the_refund(
    sqlite_desk: Desk,
    stripe_double: StripeDouble,
    *,
    price: str,
    currency: str,
    vat: str,
    minor: int,
    sent: int,
    part: str,
    reader: bool,
) -> None:
    """What is quoted is asked for, compared, printed, posted, and given back in two parts."""
    till = shop(sqlite_desk, stripe_double, price, currency, vat)
    if reader:
        use_reader(till, READER)
    assert quote(till, SKU, pay="card").total_minor == minor
    sale = begin(till, reader=reader)
    if reader:
        (asked,) = stripe_double.at_readers.values()
        assert (asked["amount"], asked["currency"]) == (sent, currency.lower())
        stripe_double.hold()
    else:
        (page,) = stripe_double.sessions.values()
        assert (page["amount_total"], page["currency"]) == (sent, currency.lower())
        stripe_double.pay()
    done = check_order(till, sale.order)
    assert (done.state, done.total_minor) == ("delivered", minor)
    assert currency in receipt_text(till, str(done.receipt))
    assert books(till, currency)[0] == minor
    refund_order(till, sale.order, key="r1", amount=part, supervisor="mia", reason="no coverage")
    refund_order(till, sale.order, key="r2", supervisor="mia", reason="no coverage")
    assert sum(each["amount"] for each in stripe_double.refunds) == sent
    assert show_order(till, sale.order).state == "refunded"
    assert books(till, currency) == [0, 0, 0, 0]
    assert [check for check in doctor(till) if not check.ok] == []


@pytest.mark.parametrize(
    ("price", "currency", "vat"),
    [
        ("5.125", "KWD", "0"),  # its last digit is not 0
        ("5.120", "KWD", "21"),  # nor is that of the price with its VAT: 6.195
        ("1300.50", "MGA", "0"),  # Stripe has no decimals there
        ("1000000.00", "EUR", "0"),  # nine digits
        ("1000000", "ISK", "0"),  # seven digits, sent with nine
        ("49", "JPY", "0"),  # below the smallest charge
        ("174.99", "HUF", "0"),
    ],
)
def test_what_stripe_can_not_take_is_refused_before_anything_is_written(
    sqlite_desk: Desk, stripe_double: StripeDouble, price: str, currency: str, vat: str
) -> None:
    """No order, no reservation, no request; the reason is said."""
    till = shop(sqlite_desk, stripe_double, price, currency, vat)
    with pytest.raises(Refused, match=r"[nN]othing was charged"):
        begin(till)
    assert (list_orders(till), stripe_double.requests) == ([], [])
    assert [each.available for each in stock_summary(till)] == [3, 3]


def test_a_part_that_stripe_can_not_give_back_is_not_given(
    sqlite_desk: Desk, stripe_double: StripeDouble
) -> None:
    """0.005 KWD is refused, counts as nothing given back, and the rest can go back whole."""
    till = shop(sqlite_desk, stripe_double, "5.120", "KWD")
    sale = begin(till)
    stripe_double.pay()
    check_order(till, sale.order)
    with pytest.raises(Refused, match="nothing went back"):
        refund_order(till, sale.order, key="r1", amount="0.005")
    assert show_order(till, sale.order).refunds[0]["state"] == "failed"
    assert refund_order(till, sale.order, key="r2").state == "refunded"
    assert [each["amount"] for each in stripe_double.refunds] == [5120]


def test_several_in_one_go_have_the_sums_limit(
    sqlite_desk: Desk, stripe_double: StripeDouble
) -> None:
    """Each fits into eight digits and both together do not."""
    till = shop(sqlite_desk, stripe_double, "600000.00", "EUR")
    with pytest.raises(Refused, match="more than a card payment"):
        sell_together(till, [(SKU, "a"), (SKU, "b")])
    assert list_orders(till) == []


def test_money_in_another_currency_is_owed_in_that_one(
    sqlite_desk: Desk, stripe_double: StripeDouble
) -> None:
    """1250 yen instead of 12.50 EUR: yen are owed, and go back whole."""
    till = shop(sqlite_desk, stripe_double, "12.50", "EUR")
    sale = begin(till)
    stripe_double.pay(currency="jpy")
    check_order(till, sale.order)
    assert stranded_orders(till) == [sale.order]
    assert (books(till, "JPY"), books(till, "EUR")) == ([1250, 0, 0, 1250], [0, 0, 0, 0])
    refund_order(till, sale.order, key="r")
    assert books(till, "JPY") == [0, 0, 0, 0]
    assert [check for check in doctor(till) if not check.ok] == []


def test_the_stores_own_smallest_charge_comes_first(
    sqlite_desk: Desk, stripe_double: StripeDouble
) -> None:
    """`card_minimums` refuses what Stripe would take."""
    till = shop(sqlite_desk, stripe_double, "500", "JPY")
    transact(till.engine, lambda session: set_setting(session, "card_minimums", "JPY 1000"))
    with pytest.raises(Refused, match="1000 JPY"):
        begin(till)
