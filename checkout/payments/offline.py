"""The offline card: a pretend provider for the demo store, labelled as such everywhere.

It remembers nothing: its ids follow from the attempt's, and what it answers from the cents of the
amount, or from the kind of pretended card that was kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from catalog.kernel.errors import Refused
from catalog.kernel.ids import fixed_id
from catalog.kernel.money import exponent
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import StoreSettings
from checkout.payments.keeping import Asked, Keeping, Told
from checkout.payments.method import Attempt, Bill, KeptCard, Outcome, OutcomeState, Prepared
from checkout.payments.readers import Reader

OFFLINE_CARD = "OFFLINE DEMO CARD"
"""Its label on every screen."""

APPROVES: Final = "approves"
CHOICES: Final = (APPROVES, "declines", "asks", "times-out")
"""How a pretended card behaves: `asks` wants its owner's approval when nobody is there, and the
answer of `times-out` is lost, and found when somebody looks again."""
_BY_CENTS: Final = {91: "declines", 92: "asks", 93: "times-out"}
_LAST4: Final = {APPROVES: "0000", "declines": "0091", "asks": "0092", "times-out": "0093"}


class OfflineRefunds:
    """What the offline card does whether somebody is there or not."""

    provider = "offline"
    livemode = False

    def start(self, attempt: Attempt) -> Outcome:
        """Answer as the card behaves."""
        behaviour = self.behaviour(attempt)
        if behaviour == "times-out":
            return Outcome(OutcomeState.UNKNOWN, provider_id=fixed_id("offline", attempt.id))
        return _OUTCOMES.get(behaviour, _approved)(attempt)

    def behaviour(self, attempt: Attempt) -> str:
        """How the card of an attempt behaves."""
        return str(attempt.parameters.get("behaves", APPROVES))

    def look_up(self, attempt: Attempt) -> Outcome:
        """The same answer again; what was never started is not there."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.CANCELLED, order_id=attempt.order_id)
        return _OUTCOMES.get(self.behaviour(attempt), _approved)(attempt)

    def cancel(self, attempt: Attempt) -> Outcome:
        """Too late once it was started, because it was answered at once."""
        return self.look_up(attempt)

    def refund(
        self, attempt: Attempt, *, amount_minor: int | None, idempotency_key: str
    ) -> Outcome:
        """Pretend to give back the amount."""
        return Outcome(
            OutcomeState.PAID,
            provider_id=fixed_id("offline-refund", attempt.id, idempotency_key),
            amount_minor=attempt.amount_minor if amount_minor is None else amount_minor,
            currency=attempt.currency,
            order_id=attempt.order_id,
        )

    def look_up_refund(
        self, attempt: Attempt, *, amount_minor: int, idempotency_key: str, provider_id: str
    ) -> Outcome:
        """The same refund again; what was never asked for is not there."""
        if not provider_id:
            return Outcome(OutcomeState.CANCELLED, order_id=attempt.order_id)
        return self.refund(attempt, amount_minor=amount_minor, idempotency_key=idempotency_key)

    def news(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Nothing ever happens unasked."""
        del since, until
        return ()


class OfflineCard(OfflineRefunds):
    """Its owner is there: approves at once, but for amounts ending in .91 and .93."""

    @property
    def keeper(self) -> OfflineKeeper:
        """Who pretends to keep cards."""
        return OfflineKeeper()

    @property
    def reader(self) -> OfflineReader:
        """What pretends to be a card reader."""
        return OfflineReader()

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """Nothing is sent to anybody; the cents of the amount say what will be answered."""
        del settings
        behaviour = _by_cents(bill.amount_minor, bill.currency)
        is_there = behaviour == "asks"  # and approves
        return Prepared({} if is_there or behaviour == APPROVES else {"behaves": behaviour})


class OfflineUnattended(OfflineRefunds):
    """Its owner is not there: what a kept card answers, or the cents of the amount."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """The card's own behaviour; one that approves goes by the cents of the amount."""
        del settings
        if bill.card is None:
            raise ValueError("a charge with nobody there needs a kept card")
        own = bill.card.method_id.removeprefix("offline-")
        behaves = _by_cents(bill.amount_minor, bill.currency) if own == APPROVES else own
        return Prepared({"off_session": True, "behaves": behaves})


class OfflineReader(OfflineRefunds):
    """A pretended card reader: it approves at once, like the card."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """Nothing is sent to anybody; the reader is written down."""
        del settings
        return Prepared({"reader": bill.reader_id})

    def readers(self) -> tuple[Reader, ...]:
        """The one that is always there."""
        return (Reader("offline-reader", "OFFLINE DEMO READER", "offline", is_online=True),)

    def present(self, attempt: Attempt, *, declined: bool = False) -> None:
        """Nobody has to: it has approved already."""


class OfflineKeeper:
    """Pretends to keep a card, which has no number and needs no page."""

    @property
    def unattended(self) -> OfflineUnattended:
        """What pretends to charge it."""
        return OfflineUnattended()

    def prepare(self, asked: Asked, settings: StoreSettings) -> Prepared:
        """How the card will behave; `Refused` for what no pretended card does."""
        del settings
        behaves = asked.choice or APPROVES
        if behaves not in CHOICES:
            raise Refused(
                f"A demo card {', '.join(CHOICES)}; {quoted(behaves)} is none of these. Nothing "
                "was kept.",
                code="bad_choice",
                field="demo_card",
            )
        return Prepared({"behaves": behaves})

    def ask(self, keeping: Keeping) -> Told:
        """It is kept at once."""
        behaves = str(keeping.parameters["behaves"])
        return Told("saved", fixed_id("offline-card", keeping.id), _kept(keeping.id, behaves))

    def look_up(self, keeping: Keeping) -> Told:
        """The same card again; what was never asked for is not there."""
        return self.ask(keeping) if keeping.session_id else Told("cancelled")

    def cancel(self, keeping: Keeping) -> Told:
        """Too late once it was asked for."""
        return self.look_up(keeping)

    def card_of(self, attempt: Attempt) -> KeptCard | None:
        """The card of a payment behaves as that payment did, with its owner away."""
        return _kept(attempt.id, _by_cents(attempt.amount_minor, attempt.currency))

    def remove(self, card: KeptCard) -> None:
        """Nothing is kept anywhere."""


def _kept(key: str, behaves: str) -> KeptCard:
    return KeptCard(fixed_id("offline-customer", key), f"offline-{behaves}", "demo card",
                    _LAST4[behaves], 12, 2099)  # fmt: skip


def _by_cents(amount_minor: int, currency: str) -> str:
    """What an amount is answered with: 12.91 is declined; currencies without cents approve."""
    return _BY_CENTS.get(amount_minor % 100, APPROVES) if exponent(currency) == 2 else APPROVES


def _approved(attempt: Attempt) -> Outcome:
    return Outcome(
        OutcomeState.PAID,
        provider_id=fixed_id("offline", attempt.id),
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        order_id=attempt.order_id,
    )


def _declined(attempt: Attempt) -> Outcome:
    return Outcome(
        OutcomeState.DECLINED,
        provider_id=fixed_id("offline", attempt.id),
        order_id=attempt.order_id,
        reason="The demo card was declined.",
    )


def _asked(attempt: Attempt) -> Outcome:
    return Outcome(
        OutcomeState.DECLINED,
        provider_id=fixed_id("offline", attempt.id),
        order_id=attempt.order_id,
        reason="The demo card asks for its owner's approval.",
        needs_payer=True,
    )


_OUTCOMES: Final = {"declines": _declined, "asks": _asked}
