"""Stripe Invoicing: an invoice of ours is collected by one that Stripe sends and takes money for.

Five calls, each under a key of its own that was written with its words before the first one:
customer, draft, lines, finalizing, sending. All of them are made again whenever the end is unheard.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from catalog.kernel.errors import Unavailable
from catalog.kernel.money import money_words
from catalog.kernel.settings import StoreSettings
from checkout.payments.method import Addressee, Attempt, Bill, Outcome, OutcomeState, Prepared
from checkout.payments.stripe.amounts import check_minimum, minor_of, parse_minimums, to_stripe
from checkout.payments.stripe.client import KeyReused, Rejected, Unanswered, made_within, span
from checkout.payments.stripe.intents import metadata_of
from checkout.payments.stripe.invoice_refunds import StripeInvoiceRefunds
from checkout.payments.stripe.refunds import changed_account
from checkout.payments.stripe.seen import metadata_of as seen_metadata
from checkout.payments.stripe.seen_invoice import (
    SeenInvoice,
    seen_invoice,
)

_PAGE: Final = 100
ELSEWHERE: Final = "Paid another way."


class StripeInvoicing(StripeInvoiceRefunds):
    """Invoices with `collection_method=send_invoice`, one for each attempt."""

    def prepare(self, bill: Bill, settings: StoreSettings) -> Prepared:
        """The words of all five calls and their keys; Stripe's ids are all that they lack."""
        check_minimum(bill.amount_minor, bill.currency, parse_minimums(settings.card_minimums))
        to = bill.addressee
        if to is None:
            raise Unavailable("Nobody is named to whom Stripe could send it; nothing was sent.")
        steps = {
            "customer": _customer(to),
            "create": _draft(bill, to),
            "add_lines": {"lines": _lines(bill)},
            "finalize": {"auto_advance": False},
            "send": {},
        }
        sent = {
            step: {"key": f"attempt-{bill.attempt_id}-{step}", "body": body}
            for step, body in steps.items()
        }
        return Prepared({"sent": sent}, _due_at(bill.now, to))

    def start(self, attempt: Attempt) -> Outcome:
        """Make the invoice and send it; the same keys and words again make no second one.

        Nothing is finalized or sent whose total is not exactly ours; such a draft is thrown away.
        """
        try:
            return self._sent(attempt)
        except KeyReused:
            found = self._found(attempt)
            is_made = found is not None and found.status != "draft"
            return self._outcome(found) if found and is_made else Outcome(OutcomeState.UNKNOWN)
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Rejected as refusal:
            made = self._found(attempt)
            return self._given_up(made, refusal.message) if made else _declined(refusal.message)

    def look_up(self, attempt: Attempt) -> Outcome:
        """The invoice as it is; without an id it is searched for by its metadata."""
        if not attempt.provider_id:
            return self._search(attempt) or Outcome(
                OutcomeState.CANCELLED, reason="Stripe has no such invoice."
            )
        try:
            return self._outcome(self._retrieved(attempt.provider_id))
        except Rejected as refusal:
            raise changed_account() from refusal

    def cancel(self, attempt: Attempt) -> Outcome:
        """Make the invoice void; when that is not possible any more, say what it is now."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.UNKNOWN)
        return self._closed(attempt, lambda v1: v1.invoices.void_invoice(attempt.provider_id))

    def settled_elsewhere(self, attempt: Attempt) -> Outcome:
        """Mark the invoice as paid out of band, unless it was paid at Stripe meanwhile."""
        if not attempt.provider_id:
            return Outcome(OutcomeState.UNKNOWN)
        body: Any = {"paid_out_of_band": True}
        options: Any = {"idempotency_key": f"{attempt.idempotency_key}-elsewhere"}
        return self._closed(attempt, lambda v1: v1.invoices.pay(attempt.provider_id, body, options))

    def _sent(self, attempt: Attempt) -> Outcome:
        """The five calls, with a look at the total before what can't be taken back."""
        made = self._drafted(attempt)
        for step in ("finalize", "send"):
            if not _is_right(made, attempt):
                return self._given_up(made, _wrong_total(made, attempt))
            made = self._step(attempt, step, made.id)
        return self._outcome(made)

    def _drafted(self, attempt: Attempt) -> SeenInvoice:
        """The draft with its lines, of a customer that is found or made."""
        customer = self._customer_of(attempt)
        body, options = _call(attempt, "create")
        draft = self._seen(lambda v1: v1.invoices.create({**body, "customer": customer}, options))
        return self._step(attempt, "add_lines", draft.id)

    def _step(self, attempt: Attempt, step: str, invoice_id: str) -> SeenInvoice:
        body, options = _call(attempt, step)
        verb = {"finalize": "finalize_invoice", "send": "send_invoice"}.get(step, step)
        return self._seen(lambda v1: getattr(v1.invoices, verb)(invoice_id, body, options))

    def _customer_of(self, attempt: Attempt) -> str:
        """The company at Stripe: the oldest one that this store made with this address."""
        body, options = _call(attempt, "customer")
        asked: Any = {"email": body["email"], "limit": _PAGE}
        ours = [
            found
            for found in self._api.walk(lambda v1: v1.customers.list(asked))
            if seen_metadata(found, "company_id") == body["metadata"]["company_id"]
        ]
        made = ours[-1] if ours else self._api.ask(lambda v1: v1.customers.create(body, options))
        self._api.check_mode(bool(made.livemode))
        return str(made.id)

    def _given_up(self, made: SeenInvoice, reason: str) -> Outcome:
        """Throw away a draft, or make void what is finalized, and say why."""
        try:
            if made.status == "draft":
                self._api.ask(lambda v1: v1.invoices.delete(made.id))
            else:
                self._api.ask(lambda v1: v1.invoices.void_invoice(made.id))
        except Unanswered as unknown:
            return Outcome(OutcomeState.UNKNOWN, reason=unknown.message)
        except Rejected:
            return self._after_all(made, reason)
        return _declined(reason)

    def _after_all(self, made: SeenInvoice, reason: str) -> Outcome:
        """What could not be thrown away: it is gone already, or paid."""
        try:
            outcome = self._outcome(self._retrieved(made.id))
        except Rejected:
            return _declined(reason)
        is_over = outcome.state is OutcomeState.CANCELLED
        return replace(outcome, state=OutcomeState.DECLINED, reason=reason) if is_over else outcome

    def _closed(self, attempt: Attempt, call: Any) -> Outcome:
        try:
            return self._outcome(self._seen(call))
        except (Rejected, Unanswered):
            return self.look_up(attempt)

    def _search(self, attempt: Attempt) -> Outcome | None:
        """The invoice on which an attempt is written; a draft that nobody finished is given up."""
        seen = self._found(attempt)
        if seen is not None and seen.status == "draft":
            return self._given_up(seen, "It was never sent.")
        return None if seen is None else self._outcome(seen)

    def _found(self, attempt: Attempt) -> SeenInvoice | None:
        asked: Any = {"created": span(*made_within(attempt.created_at)), "limit": _PAGE}
        for found in self._api.walk(lambda v1: v1.invoices.list(asked)):
            seen = seen_invoice(found)
            if seen.attempt_id == attempt.id:
                return seen
        return None

    def _retrieved(self, invoice_id: str) -> SeenInvoice:
        return self._seen(lambda v1: v1.invoices.retrieve(invoice_id))

    def _seen(self, call: Any) -> SeenInvoice:
        seen = seen_invoice(self._api.ask(call))
        self._api.check_mode(seen.livemode)
        return seen

    def _outcome(self, seen: SeenInvoice) -> Outcome:
        """What is said of an invoice; what came in is counted by its payments alone."""
        if seen.status == "void":
            return self._cancelled(seen)
        if seen.status != "paid":
            return self._told(seen, OutcomeState.WAITING, seen.total)
        brought = sum(paid.amount for paid in self.brought_by(seen.id))
        if not brought:
            return replace(self._cancelled(seen), reason=ELSEWHERE)
        return self._told(seen, OutcomeState.PAID, brought)

    def _cancelled(self, seen: SeenInvoice) -> Outcome:
        return self._told(seen, OutcomeState.CANCELLED, seen.total)

    def _told(self, seen: SeenInvoice, state: OutcomeState, amount: int) -> Outcome:
        return Outcome(
            state,
            provider_id=seen.id,
            amount_minor=minor_of(amount, seen.currency),
            currency=seen.currency,
            order_id=seen.order_id,
            livemode=seen.livemode,
            page_url=seen.url if state is OutcomeState.WAITING else "",
        )


def _call(attempt: Attempt, step: str) -> tuple[Any, Any]:
    """The body of a step and its key, as they were written down."""
    frozen = attempt.parameters["sent"][step]
    return frozen["body"], {"idempotency_key": frozen["key"]}


def _customer(to: Addressee) -> dict[str, Any]:
    return {"name": to.name, "email": to.email, "metadata": {"company_id": to.company_id}}


def _draft(bill: Bill, to: Addressee) -> dict[str, Any]:
    """In words, whatever an account's defaults are; the tax stands on our own invoice."""
    return {
        "collection_method": "send_invoice",
        "days_until_due": to.due_days,
        "currency": bill.currency.lower(),
        "auto_advance": False,
        "automatic_tax": {"enabled": False},
        "pending_invoice_items_behavior": "exclude",
        "description": f"Payment of {bill.item}. It holds the VAT; this is no second one.",
        "metadata": metadata_of(bill),
    }


def _lines(bill: Bill) -> list[dict[str, Any]]:
    lines = bill.lines or ((bill.item, bill.amount_minor),)
    return [
        {
            "amount": to_stripe(amount, bill.currency),
            "description": name,
            "discountable": False,
        }
        for name, amount in lines
    ]


def _due_at(now: datetime, to: Addressee) -> datetime:
    return now + timedelta(days=to.due_days)


def _is_right(seen: SeenInvoice, attempt: Attempt) -> bool:
    ours = (attempt.amount_minor, attempt.amount_minor, attempt.currency)
    total, due = minor_of(seen.total, seen.currency), minor_of(seen.amount_due, seen.currency)
    return (total, due, seen.currency) == ours


def _wrong_total(seen: SeenInvoice, attempt: Attempt) -> str:
    theirs = money_words(minor_of(seen.amount_due, seen.currency), seen.currency)
    ours = money_words(attempt.amount_minor, attempt.currency)
    return f"Stripe would ask for {theirs} and not {ours}, so its invoice was thrown away."


def _declined(reason: str) -> Outcome:
    return Outcome(OutcomeState.DECLINED, reason=reason)
