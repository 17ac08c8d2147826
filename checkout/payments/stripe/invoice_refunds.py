"""Giving back what a company paid for an invoice of Stripe's: of each of its payments by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from checkout.payments.method import Attempt, Outcome, OutcomeState, PartPayment
from checkout.payments.stripe.amounts import minor_of
from checkout.payments.stripe.refunds import StripeRefunds, changed_account
from checkout.payments.stripe.seen_invoice import SeenInvoicePayment, seen_invoice_payment

_PAGE: Final = 100
_NO_REFUND: Final = ("failed", "canceled")


class StripeInvoiceRefunds(StripeRefunds):
    """What goes back of an invoice never exceeds what each of its payments brought."""

    def payments_of(self, attempt: Attempt) -> tuple[PartPayment, ...]:
        """Every payment of the invoice that brought money through Stripe, the first one first."""
        return tuple(
            PartPayment(paid.payment_intent, minor_of(paid.amount, attempt.currency))
            for paid in self._paid(attempt)
        )

    def payment_of(self, attempt: Attempt) -> str:
        """The payment that a refund is about, or the first one."""
        return attempt.paid_with or self._paid(attempt)[0].payment_intent

    def refund(
        self, attempt: Attempt, *, amount_minor: int | None, idempotency_key: str
    ) -> Outcome:
        """Give back an amount of one payment, or with None what is left of every one."""
        if amount_minor is not None:
            return super().refund(
                attempt, amount_minor=amount_minor, idempotency_key=idempotency_key
            )
        outcomes = [
            super(StripeInvoiceRefunds, self).refund(one, amount_minor=None, idempotency_key=key)
            for one, key in self._each(attempt, idempotency_key)
            if self._is_kept(one)
        ]
        return _together(outcomes) if outcomes else Outcome(OutcomeState.PAID)

    def look_up_refund(
        self, attempt: Attempt, *, amount_minor: int, idempotency_key: str, provider_id: str
    ) -> Outcome:
        """One refund as it is, or all that went back together of several payments."""
        if attempt.paid_with or provider_id:
            return super().look_up_refund(
                attempt,
                amount_minor=amount_minor,
                idempotency_key=idempotency_key,
                provider_id=provider_id,
            )
        found = [
            super(StripeInvoiceRefunds, self).look_up_refund(
                one, amount_minor=amount_minor, idempotency_key=key, provider_id=""
            )
            for one, key in self._each(attempt, idempotency_key)
        ]
        return _together([one for one in found if one.provider_id])

    def _each(self, attempt: Attempt, key: str) -> list[tuple[Attempt, str]]:
        """The attempt with each of its payments, and the key of what goes back of that."""
        return [
            (replace(attempt, paid_with=paid.payment_intent), f"{key}-{number}" if number else key)
            for number, paid in enumerate(self._paid(attempt))
        ]

    def _is_kept(self, attempt: Attempt) -> bool:
        """Whether something of a payment has not gone back yet."""
        found = self._paid(attempt)
        paid = sum(one.amount for one in found if one.payment_intent == attempt.paid_with)
        gone = [one for one in self._api.refunds(attempt.paid_with) if one.status not in _NO_REFUND]
        return sum(one.amount for one in gone) < paid

    def _paid(self, attempt: Attempt) -> list[SeenInvoicePayment]:
        paid = self.brought_by(attempt.provider_id)
        if not paid:
            raise changed_account()
        return paid

    def brought_by(self, invoice_id: str) -> list[SeenInvoicePayment]:
        """The payments that brought money through Stripe; what is only noted there is none."""
        asked: Any = {"invoice": invoice_id, "status": "paid", "limit": _PAGE}
        found = self._api.walk(lambda v1: v1.invoice_payments.list(asked))
        seen = [paid for paid in map(seen_invoice_payment, found) if paid.payment_intent]
        return seen[::-1]  # Stripe tells the newest first


def _together(outcomes: list[Outcome]) -> Outcome:
    """What several refunds come to: what one of them lacks, all lack."""
    if not outcomes:
        return Outcome(OutcomeState.CANCELLED, reason="Stripe has no such refund.")
    for state in (OutcomeState.DECLINED, OutcomeState.UNKNOWN, OutcomeState.WAITING):
        for one in outcomes:
            if one.state is state:
                return one
    return replace(outcomes[0], amount_minor=sum(one.amount_minor for one in outcomes))
