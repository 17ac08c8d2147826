"""One contract for whoever keeps cards and charges them with nobody there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from catalog.kernel.ids import new_id
from catalog.kernel.settings import StoreSettings
from checkout.payments.keeping import Asked, CardMethod, Keeping, Told
from checkout.payments.method import Attempt, Bill, KeptCard, Outcome, OutcomeState
from checkout.payments.offline import OfflineCard
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from tests.peers.emulate_peer import emulate
from tests.peers.localstripe_peer import localstripe
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_over_peers import OverEmulate, OverLocalstripe

NAMES = ("offline", "double", "localstripe", "emulate")


@dataclass(frozen=True, slots=True)
class Kept:
    """A card method, with the hand that types cards where somebody has to."""

    method: CardMethod
    double: StripeDouble | None

    def keep(self, behaves: str = "approves", customer: str = "") -> Told:
        """A card that its owner has typed."""
        if self.double is not None:
            self.double.behaves = behaves
        keeping = self.asking(behaves, customer)
        told = self.method.keeper.ask(keeping)
        if self.double is not None:
            self.double.pay()
            told = self.method.keeper.look_up(replace(keeping, session_id=told.session_id))
        return told

    def asking(self, behaves: str = "approves", customer: str = "") -> Keeping:
        """The wish to keep a card, as it is written before anybody is asked."""
        now = (self.double or StripeDouble()).now
        choice = "" if self.double else behaves
        asked = Asked(new_id(), "R1", "EUR", customer, now, choice)
        prepared = self.method.keeper.prepare(asked, StoreSettings())
        return Keeping(asked.id, f"card-{asked.id}", prepared.parameters, "", now)

    def attempt(self, card: KeptCard | None, amount_minor: int = 1250) -> Attempt:
        """A charge of the card, as it is written before anybody is asked."""
        now = (self.double or StripeDouble()).now
        bill = Bill(
            new_id(), new_id(), "O-1", "AUTO", "Refill", amount_minor, "EUR", now, card=card
        )
        way = self.method.keeper.unattended
        return Attempt(
            id=bill.attempt_id,
            order_id=bill.order_id,
            method="card",
            provider=way.provider,
            livemode=way.livemode,
            amount_minor=amount_minor,
            currency="EUR",
            idempotency_key=f"attempt-{bill.attempt_id}",
            provider_id="",
            parameters=way.prepare(bill, StoreSettings()).parameters,
            created_at=now,
        )

    def charge(self, attempt: Attempt) -> Outcome:
        """Charge it."""
        return self.method.keeper.unattended.start(attempt)


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


@pytest.fixture(params=NAMES)
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    """Every method that keeps cards."""
    if request.param == "offline":
        yield Kept(OfflineCard(), None)
        return
    made = _standing_in(request)
    yield Kept(StripeCheckout(StripeApi(check_key(TEST_KEY), transport=made)), made)
    made.close()
    assert made.broken == []


def _standing_in(request: pytest.FixtureRequest) -> StripeDouble:
    if request.param == "double":
        return StripeDouble()
    address = request.getfixturevalue(f"{request.param}_address")
    return OverLocalstripe(address) if request.param == "localstripe" else OverEmulate(address)


def card_of(told: Told) -> KeptCard:
    """The card that is kept."""
    assert told.card is not None
    return told.card


def test_a_card_is_kept_with_what_may_be_seen(kept: Kept) -> None:
    """Its ids, brand, last four digits and expiry; the same wish again is the same card."""
    told = kept.keep()
    card = card_of(told)
    assert told.state == "saved"
    assert card.customer_id
    assert card.method_id
    assert (len(card.last4), bool(card.brand)) == (4, True)
    assert card.exp_month in range(1, 13)


def test_asking_twice_is_asking_once(kept: Kept) -> None:
    """The same wish again is the same page."""
    keeping = kept.asking()
    first, second = (kept.method.keeper.ask(keeping) for _ in range(2))
    assert first == second
    assert first.session_id


def test_it_is_too_late_to_cancel_what_is_kept(kept: Kept) -> None:
    """Cancelling says that it is kept."""
    keeping = kept.asking()
    told = kept.method.keeper.ask(keeping)
    if kept.double is not None:
        kept.double.pay()
    known = replace(keeping, session_id=told.session_id)
    assert kept.method.keeper.cancel(known).state == "saved"


def test_a_wish_that_nobody_heard_of_is_not_there(kept: Kept) -> None:
    """Searched for by what was written on it, and not found."""
    assert kept.method.keeper.look_up(kept.asking()).state == "cancelled"


def test_a_charge_with_nobody_there_is_told_in_full(kept: Kept) -> None:
    """Amount, currency, order and mode come back as they went out, at once and later."""
    attempt = kept.attempt(card_of(kept.keep()))
    assert attempt.is_unattended
    done = kept.charge(attempt)
    assert (done.state, done.amount_minor, done.currency) == (OutcomeState.PAID, 1250, "EUR")
    assert (done.order_id, done.livemode) == (attempt.order_id, False)
    again = kept.method.keeper.unattended.look_up(replace(attempt, provider_id=done.provider_id))
    assert again == done


def test_charging_twice_is_charging_once(kept: Kept) -> None:
    """The same attempt again is the same payment."""
    attempt = kept.attempt(card_of(kept.keep()))
    assert kept.charge(attempt) == kept.charge(attempt)


def test_a_declined_card_is_declined(kept: Kept) -> None:
    """Definitely, with a reason, and nothing that its owner could do by being there."""
    done = kept.charge(kept.attempt(card_of(kept.keep("declines"))))
    assert (done.state, done.needs_payer) == (OutcomeState.DECLINED, False)
    assert done.reason


def test_a_card_that_asks_needs_its_owner(kept: Kept) -> None:
    """Declined as long as nobody is there; told as such when it is looked at again."""
    if isinstance(kept.double, OverLocalstripe):
        kept = replace(kept, double=StripeDouble())  # it answers such cards with 200
        api = StripeApi(check_key(TEST_KEY), transport=kept.double)
        kept = replace(kept, method=StripeCheckout(api))
    attempt = kept.attempt(card_of(kept.keep("asks")))
    done = kept.charge(attempt)
    assert (done.state, done.needs_payer) == (OutcomeState.DECLINED, True)
    again = kept.method.keeper.unattended.look_up(replace(attempt, provider_id=done.provider_id))
    assert (again.state, again.needs_payer) == (OutcomeState.DECLINED, True)


def test_a_charge_goes_back_once(kept: Kept) -> None:
    """The same refund again is the same refund."""
    attempt = kept.attempt(card_of(kept.keep()))
    way = kept.method.keeper.unattended
    attempt = replace(attempt, provider_id=kept.charge(attempt).provider_id)
    given = [way.refund(attempt, amount_minor=500, idempotency_key="back") for _ in range(2)]
    assert given[0] == given[1]
    assert (given[0].state, given[0].amount_minor) == (OutcomeState.PAID, 500)


def test_it_is_too_late_to_cancel_a_charge(kept: Kept) -> None:
    """Cancelling says that it is paid."""
    attempt = kept.attempt(card_of(kept.keep()))
    attempt = replace(attempt, provider_id=kept.charge(attempt).provider_id)
    assert kept.method.keeper.unattended.cancel(attempt).state is OutcomeState.PAID


def test_a_lost_charge_is_found_by_what_was_written_on_it(kept: Kept) -> None:
    """Without its id it is searched for; what is not there was not charged."""
    if kept.double is None:
        return  # it remembers nothing: its answer that is lost has its id
    card = card_of(kept.keep())
    known, unknown = kept.attempt(card), kept.attempt(card)
    kept.charge(known)
    way = kept.method.keeper.unattended
    assert way.look_up(known).state is OutcomeState.PAID
    assert way.look_up(unknown).state is OutcomeState.CANCELLED


def test_news_name_the_charge(kept: Kept) -> None:
    """What happened is told with the id that the attempt was sent with."""
    attempt = kept.attempt(card_of(kept.keep()))
    kept.charge(attempt)
    if kept.double is not None:
        day = timedelta(days=1)
        told = kept.method.news(kept.double.now - day, kept.double.now + day)
        assert attempt.id in told


def test_a_removed_card_is_charged_no_more(kept: Kept) -> None:
    """Removed once or twice, it is gone."""
    card = card_of(kept.keep())
    for _ in range(2):
        kept.method.keeper.remove(card)
    if kept.double is not None:
        assert kept.charge(kept.attempt(card)).state is OutcomeState.DECLINED


def test_the_next_card_is_of_the_same_customer(kept: Kept) -> None:
    """Whom the provider knows is not made twice."""
    first = card_of(kept.keep())
    second = card_of(kept.keep(customer=first.customer_id))
    if kept.double is not None:
        assert second.customer_id == first.customer_id


def test_an_answer_that_times_out_is_found_later() -> None:
    """The offline card: unknown at first, paid when somebody looks."""
    kept = Kept(OfflineCard(), None)
    attempt = kept.attempt(card_of(kept.keep("times-out")))
    done = kept.charge(attempt)
    assert done.state is OutcomeState.UNKNOWN
    way = kept.method.keeper.unattended
    found = way.look_up(replace(attempt, provider_id=done.provider_id))
    assert found.state is OutcomeState.PAID


@pytest.mark.parametrize(
    ("amount_minor", "away", "there"),
    [
        (1250, OutcomeState.PAID, OutcomeState.PAID),
        (1291, OutcomeState.DECLINED, OutcomeState.DECLINED),
        (1292, OutcomeState.DECLINED, OutcomeState.PAID),
        (1293, OutcomeState.UNKNOWN, OutcomeState.UNKNOWN),
    ],
)
def test_cents_choose_the_answer_of_the_demo_card(
    amount_minor: int, away: OutcomeState, there: OutcomeState
) -> None:
    """.91 is declined, .92 asks for its owner, .93 is not answered at first."""
    kept = Kept(OfflineCard(), None)
    attempt = kept.attempt(card_of(kept.keep()), amount_minor)
    assert kept.charge(attempt).state is away
    bill = Bill(attempt.id, attempt.order_id, "O-1", "R1", "x", amount_minor, "EUR",
                attempt.created_at)  # fmt: skip
    parameters = OfflineCard().prepare(bill, StoreSettings()).parameters
    assert OfflineCard().start(replace(attempt, parameters=parameters)).state is there
