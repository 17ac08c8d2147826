"""The one module that imports `stripe`: its set-up, its calls, and its errors in our words.

A call that may have been carried out although nobody
heard the answer raises `Unanswered`; what certainly was not raises `Rejected` or `Unavailable`.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from catalog.kernel.errors import Refused, Unavailable
from checkout.payments.stripe.keys import StripeKey, check_base
from checkout.payments.stripe.seen import (
    SeenEvent,
    SeenRefund,
    SeenSession,
    seen_event,
    seen_refund,
    seen_session,
)

if TYPE_CHECKING:
    import httpx
    import stripe
    from stripe import RequestOptions
    from stripe.params import RefundCreateParams, RefundListParams

T = TypeVar("T")

RETRIES: Final = 2
TIMEOUT_S: Final = 10.0
CONNECT_S: Final = 3.0
_PAGE: Final = 100
_AROUND: Final = timedelta(minutes=5)
_LATEST: Final = timedelta(hours=24)
EVENT_TYPES: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "invoice.paid",
    "invoice.voided",
    "refund.updated",
    "refund.failed",
)


class Rejected(Refused):
    """Stripe understood and said no; nothing was carried out.

    `payment_id` is the payment that it said no to, and `needs_payer` whether only because the
    owner of the card was not there.
    """

    code = "card_rejected"
    payment_id = ""
    needs_payer = False


class Unanswered(Unavailable):
    """Nobody knows whether it was carried out: the same call again, or a look, will tell."""

    code = "checking"


class KeyReused(Unanswered):
    """The idempotency key came with another body: the object is there and must be looked up."""


class StripeApi:
    """The calls of Stripe's API that this program makes; it may be shared by threads."""

    def __init__(
        self, key: StripeKey, *, base: str = "", transport: httpx.BaseTransport | None = None
    ) -> None:
        """Talk to Stripe, or with a test key to the address `base` or a `transport` of tests."""
        check_base(key, base)
        self._key = key
        self._base = base
        self._transport = transport

    @property
    def livemode(self) -> bool:
        """Whether real money moves."""
        return self._key.livemode

    def create_session(self, parameters: Mapping[str, Any], idempotency_key: str) -> SeenSession:
        """Open a Checkout Session; the same key and parameters give the same one."""
        return self._seen(
            lambda: self._sessions.create(
                dict(parameters),  # type: ignore[arg-type]  # frozen as JSON before the call
                {"idempotency_key": idempotency_key},
            )
        )

    def session(self, session_id: str) -> SeenSession:
        """The session as it is now."""
        return self._seen(lambda: self._sessions.retrieve(session_id))

    def expire_session(self, session_id: str) -> SeenSession:
        """Close an open session; `Rejected` when it is not open any more."""
        return self._seen(lambda: self._sessions.expire(session_id))

    def sessions(self, since: datetime, until: datetime) -> Iterator[SeenSession]:
        """Every session created within a span of time, the newest first."""
        pages = _told(lambda: self._sessions.list({"created": span(since, until), "limit": _PAGE}))
        yield from map(seen_session, _walk(pages))

    def events(self, since: datetime, until: datetime) -> Iterator[SeenEvent]:
        """Every event about payments and refunds within a span of time, the newest first."""
        pages = _told(
            lambda: self._client.v1.events.list(
                {"created": span(since, until), "types": list(EVENT_TYPES), "limit": _PAGE}
            )
        )
        yield from map(seen_event, _walk(pages))

    def refund(
        self,
        payment_intent: str,
        amount: int | None,
        metadata: dict[str, str],
        idempotency_key: str,
    ) -> SeenRefund:
        """Give back an amount in Stripe's count, or with None all that was paid."""
        asked: RefundCreateParams = {"payment_intent": payment_intent, "metadata": metadata}
        if amount is not None:
            asked["amount"] = amount
        options: RequestOptions = {"idempotency_key": idempotency_key}
        return seen_refund(_told(lambda: self._client.v1.refunds.create(asked, options)))

    def refund_named(self, refund_id: str) -> SeenRefund:
        """The refund as it is now."""
        return seen_refund(_told(lambda: self._client.v1.refunds.retrieve(refund_id)))

    def refunds(self, payment_intent: str) -> Iterator[SeenRefund]:
        """Every refund of a payment, the newest first."""
        asked: RefundListParams = {"payment_intent": payment_intent, "limit": _PAGE}
        pages = _told(lambda: self._client.v1.refunds.list(asked))
        yield from map(seen_refund, _walk(pages))

    def ask(self, call: Callable[[Any], T]) -> T:
        """The answer to a call of the API's first version, with errors in our words."""
        return _told(lambda: call(self._client.v1))

    def walk(self, call: Callable[[Any], Any]) -> Iterator[Any]:
        """The objects of every page of a list."""
        yield from _walk(self.ask(call))

    def check_mode(self, livemode: bool) -> None:
        """Refuse to go on with an object that is not of this key's mode."""
        if livemode is not self.livemode:
            raise Unavailable(
                "Stripe answered in another mode (live or test) than its key is for, so nothing "
                "goes on. Check the key.",
                code="wrong_mode",
            )

    @property
    def _sessions(self) -> stripe.checkout.SessionService:
        return self._client.v1.checkout.sessions

    def _seen(self, call: Callable[[], stripe.checkout.Session]) -> SeenSession:
        seen = seen_session(_told(call))
        self.check_mode(seen.livemode)
        return seen

    @cached_property
    def _client(self) -> stripe.StripeClient:
        _quieten()
        import stripe

        http = _http_client(self._transport)
        weakref.finalize(self, http.close)
        return stripe.StripeClient(
            self._key.secret.get_secret_value(),
            http_client=http,
            max_network_retries=RETRIES,
            base_addresses={"api": self._base} if self._base else {},
        )


@cache
def _quieten() -> None:
    """Keep Stripe's library from writing over the screens and into the user's folders."""
    os.environ.pop("STRIPE_LOG", None)  # read when it is imported
    import stripe

    stripe.enable_telemetry = False


def _http_client(transport: httpx.BaseTransport | None) -> stripe.HTTPXClient:
    import httpx
    import stripe

    class Http(stripe.HTTPXClient):
        """Stripe's client over httpx, over a transport of tests when there is one."""

        def __init__(self) -> None:
            timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_S)
            super().__init__(timeout=timeout, allow_sync_methods=True)
            if transport is not None:
                self._client = httpx.Client(transport=transport)

    return Http()


def _told(call: Callable[[], T]) -> T:
    """The call's answer, or its error in our words, without the vendor's object behind it."""
    _quieten()
    import stripe

    try:
        return call()
    except stripe.StripeError as error:
        told = _translated(error)
    raise told


def _translated(error: stripe.StripeError) -> Refused | Unavailable:
    import stripe

    why = f" ({error.code})" if error.code else ""
    if isinstance(error, stripe.RateLimitError):
        return Unavailable("Stripe is asked too much just now. Try again in a moment.")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return Unavailable(
            "Stripe does not accept the key for this, so nothing is known of the payment. Check "
            "the key.",
            code="stripe_key",
        )
    if isinstance(error, stripe.IdempotencyError):
        return KeyReused("The payment is being checked at Stripe.")
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        return _rejected(error, f"Stripe refused it{why}.")
    return Unanswered("Stripe did not answer, so the payment is being checked.")


def _rejected(error: stripe.StripeError, sentence: str) -> Rejected:
    refusal, told = Rejected(sentence), error.error
    refusal.needs_payer = error.code == "authentication_required"
    refusal.payment_id = str(getattr(getattr(told, "payment_intent", None), "id", "") or "")
    return refusal


def _walk(pages: stripe.ListObject[Any]) -> Iterator[Any]:
    """The objects of every page; an error on a later page is told like one on the first."""
    import stripe

    walk = pages.auto_paging_iter()
    while True:
        try:
            yield next(walk)
        except StopIteration:
            return
        except stripe.StripeError as error:
            told = _translated(error)
            break
    raise told


def made_within(asked_at: datetime) -> tuple[datetime, datetime]:
    """When Stripe may have made what was asked for then: clocks differ, keys live a day."""
    return asked_at - _AROUND, asked_at + _LATEST


def span(since: datetime, until: datetime) -> Any:
    """A filter of lists: created within a span of time."""
    return {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
