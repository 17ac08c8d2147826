"""One contract for every way to collect a card payment, whoever stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.ids import new_id
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Attempt, Bill, Outcome, OutcomeState, PaymentMethod
from checkout.payments.offline import OfflineCard
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk.card_orders import reconcile
from store_app.desk.context import Desk
from store_app.desk.order_views import list_orders
from store_app.desk.orders import check_order
from store_app.desk.upkeep import doctor
from tests.card_shop import begin, with_card
from tests.peers.emulate_peer import emulate
from tests.peers.localstripe_peer import localstripe
from tests.shop import at, small_shop
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_over_peers import OverEmulate, OverLocalstripe
from tests.stripe_readers import READER

Method = tuple[PaymentMethod, StripeDouble | None]
STANDINS = ("double", "localstripe", "emulate")


class AtReader(StripeDouble):
    """The double, whose customer holds a card to the reader instead of paying on a page."""

    def pay(self, session_id: str = "", **changes: Any) -> dict[str, Any]:
        """Hold a good card to it."""
        del session_id
        return self.hold(**changes)


@pytest.fixture(scope="module")
def localstripe_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """localstripe, for the tests of this file."""
    with localstripe(tmp_path_factory.mktemp("localstripe")) as address:
        yield address


@pytest.fixture(scope="module")
def emulate_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """emulate, for the tests of this file."""
    with emulate(tmp_path_factory.mktemp("emulate")) as address:
        yield address


def _standing_in(name: str, request: pytest.FixtureRequest) -> StripeDouble:
    if name == "double":
        return StripeDouble()
    address = request.getfixturevalue(f"{name}_address")
    return OverLocalstripe(address) if name == "localstripe" else OverEmulate(address)


@pytest.fixture(params=STANDINS)
def stripe_like(request: pytest.FixtureRequest) -> Iterator[StripeDouble]:
    """Stripe, as each of its stand-ins plays it; none may break Stripe's own description."""
    made = _standing_in(request.param, request)
    yield made
    made.close()
    assert made.broken == []


def _at_stripe(
    name: str, request: pytest.FixtureRequest
) -> Iterator[tuple[PaymentMethod, StripeDouble]]:
    """The page or the reader, with the hand that pays; nobody may break Stripe's description."""
    made = AtReader() if name == "reader" else _standing_in(name, request)
    page = StripeCheckout(StripeApi(check_key(TEST_KEY), transport=made))
    yield page.reader if name == "reader" else page, made
    made.close()
    assert made.broken == []


@pytest.fixture(params=("reader", *STANDINS))
def at_stripe(request: pytest.FixtureRequest) -> Iterator[tuple[PaymentMethod, StripeDouble]]:
    """Both methods of Stripe, with the hand that pays."""
    yield from _at_stripe(request.param, request)


@pytest.fixture(params=("offline", "offline-reader", "reader", *STANDINS))
def method(request: pytest.FixtureRequest) -> Iterator[Method]:
    """Every method, with the hand that pays where somebody has to."""
    if request.param.startswith("offline"):
        yield OfflineCard().reader if request.param == "offline-reader" else OfflineCard(), None
        return
    yield from _at_stripe(request.param, request)


def written(method: PaymentMethod, double: StripeDouble | None) -> Attempt:
    """An attempt at 12.50 EUR as it is written before its method is called."""
    now = (double or StripeDouble()).now
    bill = Bill(new_id(), new_id(), "O-1", "R1", "Spain 5 GB", 1250, "EUR", now, reader_id=READER)
    return Attempt(
        id=bill.attempt_id,
        order_id=bill.order_id,
        method="card",
        provider=method.provider,
        livemode=method.livemode,
        amount_minor=1250,
        currency="EUR",
        idempotency_key=f"attempt-{bill.attempt_id}",
        provider_id="",
        parameters=method.prepare(bill, StoreSettings()).parameters,
        created_at=now,
    )


def paid(method: PaymentMethod, double: StripeDouble | None) -> Attempt:
    """An attempt that its customer has paid."""
    attempt = written(method, double)
    started = method.start(attempt)
    if double is not None:
        double.pay()
    return replace(attempt, provider_id=started.provider_id)


def test_starting_twice_is_starting_once(method: Method) -> None:
    """The same attempt again is the same payment."""
    way, double = method
    attempt = written(way, double)
    assert way.start(attempt).provider_id == way.start(attempt).provider_id != ""


def test_what_was_paid_is_told_in_full(method: Method) -> None:
    """Amount, currency, order and mode come back as they went out."""
    way, double = method
    attempt = paid(way, double)
    seen = way.look_up(attempt)
    assert seen.state is OutcomeState.PAID
    assert (seen.amount_minor, seen.currency) == (1250, "EUR")
    assert (seen.order_id, seen.livemode) == (attempt.order_id, False)


def test_it_is_too_late_to_cancel_what_was_paid(method: Method) -> None:
    """Cancelling says that it is paid, and takes nothing back."""
    way, double = method
    attempt = paid(way, double)
    assert way.cancel(attempt).state is OutcomeState.PAID
    assert way.look_up(attempt).state is OutcomeState.PAID


def test_money_goes_back_once(method: Method) -> None:
    """The same refund again is the same refund."""
    way, double = method
    attempt = paid(way, double)
    given = [way.refund(attempt, amount_minor=1250, idempotency_key="back") for _ in range(2)]
    assert given[0] == given[1]
    assert (given[0].state, given[0].amount_minor) == (OutcomeState.PAID, 1250)


def test_a_refund_is_found_by_its_id_and_by_its_key(
    at_stripe: tuple[PaymentMethod, StripeDouble],
) -> None:
    """With its id, or searched for by what was written on it; what is not there went nowhere."""
    way, stripe_like = at_stripe
    attempt = paid(way, stripe_like)
    given = way.refund(attempt, amount_minor=500, idempotency_key="back")

    def seen(key: str, provider_id: str) -> Outcome:
        return way.look_up_refund(
            attempt, amount_minor=500, idempotency_key=key, provider_id=provider_id
        )

    assert seen("back", given.provider_id) == seen("back", "") == given
    assert seen("other", "").state is OutcomeState.CANCELLED


@pytest.mark.parametrize("way", [OfflineCard(), OfflineCard().reader])
def test_an_offline_refund_is_there_once_it_was_made(way: PaymentMethod) -> None:
    """Nobody remembers it: its id says that it was made."""
    attempt = written(way, None)
    given = way.refund(attempt, amount_minor=500, idempotency_key="back")
    found = way.look_up_refund(
        attempt, amount_minor=500, idempotency_key="back", provider_id=given.provider_id
    )
    assert found == given
    missing = way.look_up_refund(attempt, amount_minor=500, idempotency_key="back", provider_id="")
    assert missing.state is OutcomeState.CANCELLED


def test_a_payment_given_up_is_not_paid(
    at_stripe: tuple[PaymentMethod, StripeDouble],
) -> None:
    """Cancelled before anybody paid: it stays cancelled, and cancelling again says the same."""
    way, stripe_like = at_stripe
    attempt = written(way, stripe_like)
    attempt = replace(attempt, provider_id=way.start(attempt).provider_id)
    for _ in range(2):
        assert way.cancel(attempt).state is OutcomeState.CANCELLED
    assert way.look_up(attempt).state is OutcomeState.CANCELLED


def test_a_lost_attempt_is_found_by_what_was_written_on_it(
    at_stripe: tuple[PaymentMethod, StripeDouble],
) -> None:
    """Without its id an attempt is searched for; what is not there is not paid."""
    way, stripe_like = at_stripe
    known, unknown = paid(way, stripe_like), written(way, stripe_like)
    assert way.look_up(replace(known, provider_id="")).state is OutcomeState.PAID
    assert way.look_up(unknown).state is OutcomeState.CANCELLED


def test_news_name_the_attempt(
    at_stripe: tuple[PaymentMethod, StripeDouble],
) -> None:
    """What happened is told with the id that the attempt was sent with."""
    way, stripe_like = at_stripe
    attempt = paid(way, stripe_like)
    day = timedelta(days=1)
    assert way.news(stripe_like.now - day, stripe_like.now + day) == (attempt.id,)


def test_a_declined_card_leaves_the_page_open_for_another(
    sqlite_desk: Desk, localstripe_address: str
) -> None:
    """A bank says no on the page: the order waits; the next card pays it, once."""
    double = OverLocalstripe(localstripe_address)
    shop = with_card(small_shop(sqlite_desk), double)
    sale = begin(shop)
    double.decline()
    assert check_order(shop, sale.order).state == "placed"
    double.pay()
    assert check_order(shop, sale.order).state == "delivered"
    assert [order.receipt for order in list_orders(shop)] == ["R1-000001"]
    double.close()


def test_a_sale_goes_through_the_one_door(sqlite_desk: Desk, stripe_like: StripeDouble) -> None:
    """From the key to the receipt, whoever plays Stripe; looking again changes nothing."""
    shop = with_card(at(small_shop(sqlite_desk), stripe_like.now), stripe_like)
    sale = begin(shop)
    stripe_like.pay()
    assert check_order(shop, sale.order).state == "delivered"
    assert reconcile(shop) == 0
    assert [order.receipt for order in list_orders(shop)] == ["R1-000001"]
    assert [check for check in doctor(shop) if not check.ok] == []
