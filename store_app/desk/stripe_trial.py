"""Trying somebody's own Stripe account with a test key: the scenarios of the tests, for real.

Nothing of the store is touched. What is opened is closed again, and what is paid is play money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import sleep
from typing import Any, Final

from catalog.kernel.errors import Refused, StoreError, Unavailable
from catalog.kernel.ids import new_id
from catalog.kernel.money import money_words
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import (
    Addressee,
    Attempt,
    Bill,
    Outcome,
    OutcomeState,
    PaymentMethod,
)
from checkout.payments.stripe.amounts import to_stripe
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import KeyReused, Rejected, StripeApi
from checkout.payments.stripe.invoicing import ELSEWHERE
from checkout.payments.stripe.seen import SeenPayment, seen_payment
from store_app.doctor import Check

_AMOUNTS: Final = (("EUR", 1250), ("JPY", 500), ("KWD", 5120), ("ISK", 700), ("UGX", 5000))
"""Two decimals, none, three, and the two that are sent with two more than they have."""
_LOOKS: Final = 10
_PAUSE_S: Final = 1.0
_CLOCKS: Final = timedelta(minutes=10)
_NOBODY: Final = Addressee("Trial of the account", "trial@example.com", "trial", 14)
"""With a test key Stripe sends no mail to anybody."""


class _Failed(Exception):
    """What was expected, and what came instead."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """One account, at one moment."""

    api: StripeApi
    now: datetime
    pause_s: float

    @property
    def page(self) -> StripeCheckout:
        return StripeCheckout(self.api)


def try_account(api: StripeApi, now: datetime, *, pause_s: float = _PAUSE_S) -> list[Check]:
    """Every scenario as a check; `Refused` with a live key.

    A scenario that fails stops no other. `pause_s` is how long is waited between two looks.
    """
    if api.livemode:
        raise Refused(
            "This key is a live one, and trying moves money; nothing was asked. Use a test key.",
            code="live_key",
        )
    trial = _Trial(api, now, pause_s)
    return [_check(name, partial(scenario, trial)) for name, scenario in _scenarios()]


def _check(name: str, scenario: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=scenario())
    except _Failed as failed:
        return Check(name, ok=False, detail=str(failed))
    except StoreError as error:
        return Check(name, ok=False, detail=error.message)


def _scenarios() -> Iterator[tuple[str, Callable[[_Trial], str]]]:
    yield "a page opens, is the same for the same key, and closes", _opens_and_closes
    yield "another body under a known key is refused", _conflicts
    for currency, amount_minor in _AMOUNTS:
        words = money_words(amount_minor, currency)
        yield f"a page asks for exactly {words}", partial(_asks, currency, amount_minor)
    yield "a test card pays, and a part of it goes back once", _pays_and_goes_back
    yield "a declined card is refused", _declines
    yield "a card that asks for its owner waits, and is closed", _asks_for_its_owner
    yield "an event tells of a payment", _tells
    yield "a simulated reader collects", _collects
    yield "an invoice is sent, is the same for the same keys, and is made void", _sends
    yield "an invoice that is paid another way is known as such", _is_told_of_money


def _opens_and_closes(trial: _Trial) -> str:
    page, attempt = trial.page, _attempt(trial, trial.page)
    first, second = page.start(attempt), page.start(attempt)
    _expect("one page for one key", second.provider_id, first.provider_id)
    _expect("state", first.state, OutcomeState.WAITING)
    known = replace(attempt, provider_id=first.provider_id)
    _expect("state after closing", page.cancel(known).state, OutcomeState.CANCELLED)
    _expect("state at the next look", page.look_up(known).state, OutcomeState.CANCELLED)
    return ""


def _conflicts(trial: _Trial) -> str:
    attempt = _attempt(trial, trial.page)
    made = trial.page.start(attempt)
    other = {**attempt.parameters, "success_url": "https://stripe.com/docs"}
    try:
        trial.api.create_session(other, attempt.idempotency_key)
    except KeyReused:
        return ""
    finally:
        trial.page.cancel(replace(attempt, provider_id=made.provider_id))
    raise _Failed("another page was opened under the same key")


def _asks(currency: str, amount_minor: int, trial: _Trial) -> str:
    page, attempt = trial.page, _attempt(trial, trial.page, currency, amount_minor)
    made = page.start(attempt)
    if made.state is OutcomeState.DECLINED:
        raise _Failed(made.reason)
    told = page.cancel(replace(attempt, provider_id=made.provider_id))
    _expect("amount and currency", (told.amount_minor, told.currency), (amount_minor, currency))
    return ""


def _pays_and_goes_back(trial: _Trial) -> str:
    paid = _confirmed(trial, "pm_card_visa")
    _expect("state", paid.status, "succeeded")
    _expect("amount", paid.amount, 1250)
    key = f"trial-{new_id()}"
    metadata = {"attempt_id": paid.attempt_id, "refund_key": key}
    given = [trial.api.refund(paid.id, 500, metadata, key) for _ in range(2)]
    _expect("one refund for one key", given[1].id, given[0].id)
    try:
        trial.api.refund(paid.id, 1250, metadata, f"{key}-more")
    except Rejected:
        return f"refund {given[0].status}"
    raise _Failed("more was given back than was paid")


def _declines(trial: _Trial) -> str:
    try:
        told = _confirmed(trial, "pm_card_chargeDeclined")
    except Rejected as refusal:
        return refusal.message
    raise _Failed(f"the payment is {told.status}")


def _asks_for_its_owner(trial: _Trial) -> str:
    told = _confirmed(trial, "pm_card_authenticationRequired")
    _expect("state", told.status, "requires_action")
    ended = seen_payment(trial.api.ask(lambda v1: v1.payment_intents.cancel(told.id)))
    _expect("state after closing", ended.status, "canceled")
    return ""


def _tells(trial: _Trial) -> str:
    paid = _confirmed(trial, "pm_card_visa")

    def told() -> bool:
        events = trial.api.events(trial.now - _CLOCKS, trial.now + _CLOCKS)
        return any(event.attempt_id == paid.attempt_id for event in events)

    return _until(trial, told, "no event came")


def _collects(trial: _Trial) -> str:
    method = trial.page.reader
    simulated = [each for each in method.readers() if each.is_simulated and each.is_online]
    if not simulated:
        return "not tried: the account has no simulated reader"
    attempt = _attempt(trial, method, reader_id=simulated[0].id)
    made = method.start(attempt)
    if made.state is not OutcomeState.WAITING:
        raise _Failed(made.reason)
    known = replace(attempt, provider_id=made.provider_id)
    method.present(known)
    return _until(trial, lambda: _is_paid(method.look_up(known)), "the card was not charged")


def _sends(trial: _Trial) -> str:
    method = trial.page.invoicing
    attempt = _attempt(trial, method, addressee=_NOBODY)
    first, second = method.start(attempt), method.start(attempt)
    _expect("one invoice for one set of keys", second.provider_id, first.provider_id)
    _expect("state and reason", (first.state, first.reason), (OutcomeState.WAITING, ""))
    _expect("a page to pay on", bool(first.page_url), True)
    known = replace(attempt, provider_id=first.provider_id)
    _expect("amount", method.look_up(known).amount_minor, attempt.amount_minor)
    _expect("state after voiding", method.cancel(known).state, OutcomeState.CANCELLED)
    return ""


def _is_told_of_money(trial: _Trial) -> str:
    method = trial.page.invoicing
    attempt = _attempt(trial, method, addressee=_NOBODY)
    known = replace(attempt, provider_id=method.start(attempt).provider_id)
    told = method.settled_elsewhere(known)
    wanted = (OutcomeState.CANCELLED, ELSEWHERE)
    _expect("state and reason", (told.state, told.reason), wanted)
    again = method.cancel(known)
    _expect("what it is when it is stopped", (again.state, again.reason), wanted)
    return ""


def _is_paid(told: Outcome) -> bool:
    paid = (OutcomeState.PAID, 1250, "EUR")
    return (told.state, told.amount_minor, told.currency) == paid


def _until(trial: _Trial, condition: Callable[[], bool], otherwise: str) -> str:
    for _look in range(_LOOKS):
        if condition():
            return ""
        sleep(trial.pause_s)
    raise _Failed(otherwise)


def _attempt(
    trial: _Trial,
    method: PaymentMethod,
    currency: str = "EUR",
    amount_minor: int = 1250,
    *,
    reader_id: str = "",
    addressee: Addressee | None = None,
) -> Attempt:
    """An attempt that no order stands behind."""
    bill = Bill(
        attempt_id=new_id(),
        order_id=new_id(),
        reference="O-TRIAL",
        register_id="doctor",
        item="Trial of the account",
        amount_minor=amount_minor,
        currency=currency,
        now=trial.now,
        reader_id=reader_id,
        addressee=addressee,
    )
    return Attempt(
        id=bill.attempt_id,
        order_id=bill.order_id,
        method="card",
        provider=method.provider,
        livemode=False,
        amount_minor=amount_minor,
        currency=currency,
        idempotency_key=f"trial-{bill.attempt_id}",
        provider_id="",
        parameters=method.prepare(bill, StoreSettings()).parameters,
        created_at=trial.now,
    )


def _confirmed(trial: _Trial, card: str) -> SeenPayment:
    """A payment with one of Stripe's test cards, which needs no browser."""
    attempt_id = new_id()
    body: Mapping[str, Any] = {
        "amount": to_stripe(1250, "EUR"),
        "currency": "eur",
        "payment_method": card,
        "confirm": True,
        "allowed_payment_method_types": ["card"],
        "description": "Trial of the account",
        "metadata": {"attempt_id": attempt_id, "order_id": attempt_id},
    }
    options = {"idempotency_key": f"trial-{attempt_id}"}
    made = trial.api.ask(lambda v1: v1.payment_intents.create(dict(body), options))
    told = seen_payment(made)
    if told.livemode:
        raise Unavailable("Stripe answered in live mode; nothing goes on.", code="wrong_mode")
    return told


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise _Failed(f"{what}: {found} instead of {wanted}")
