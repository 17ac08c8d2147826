"""Stripe within the process: the few calls this program makes, with the rules that matter to it.

Whatever goes in and comes out is judged by Stripe's own description and by the types of its SDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final
from urllib.parse import parse_qs

import httpx

from tests.conftest import NOW
from tests.peers import stripe_description as description
from tests.peers.stripe_judge import judge_request
from tests.stripe_cards import CardsOnFile
from tests.stripe_faults import Fault
from tests.stripe_ground import Answer, error_of, refund_of
from tests.stripe_invoices import SentInvoices
from tests.stripe_readers import CardReaders
from tests.stripe_test_cards import TestCards

TEST_KEY: Final = "sk_test_" + "0" * 24
"""A key that opens nothing."""
_FRAGMENT: Final = "fidkdWxOYHwnPyd1blpxYHZxWjA0" * 12
"""What makes a page's address as long as Stripe's: some 400 characters."""


EVERY_DOUBLE: Final[list[StripeDouble]] = []
"""Those of the test that runs just now: none may have broken Stripe's description."""


class StripeDouble(CardsOnFile, CardReaders, SentInvoices, TestCards, httpx.BaseTransport):
    """A transport for Stripe's SDK; tests let customers pay, and let things go wrong."""

    def __init__(self, now: datetime = NOW, *, livemode: bool = False) -> None:
        super().__init__(now, livemode=livemode)
        EVERY_DOUBLE.append(self)
        self._answered: dict[str, tuple[str, Answer]] = {}
        self._lock = RLock()
        self.refunds: list[dict[str, Any]] = []
        self.refund_status = "succeeded"
        self.requests: list[httpx.Request] = []
        self.faults: list[Fault] = []
        self.broken: list[Exception] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Judge the request, answer it, judge the answer; faults come in between.

        What is judged wrong is kept too, because the SDK takes any error for a lost connection.
        """
        request.read()
        self.requests.append(request)
        try:
            judge_request(request)
            fault = self.faults[0] if self.faults else None
            return self._judged(request) if fault is None else self._met(fault, request)
        except httpx.HTTPError:
            raise
        except Exception as wrong:
            self.broken.append(wrong)
            raise

    def bodies(self, path: str) -> list[tuple[str, bytes]]:
        """Idempotency keys and bodies of every POST to a path, in order."""
        posts = [each for each in self.requests if each.method == "POST"]
        return [
            (each.headers["Idempotency-Key"], each.content)
            for each in posts
            if each.url.path == path
        ]

    def forget_keys(self) -> None:
        """Forget every idempotency key, which Stripe does not do for a day."""
        self._answered.clear()

    @contextmanager
    def wrong(self, fault: Fault) -> Iterator[None]:
        """Let every request meet a fault."""
        self.faults.append(fault)
        yield
        self.faults.remove(fault)

    def pay(self, session_id: str = "", **changes: Any) -> dict[str, Any]:
        """The customer pays the latest or a named session; `changes` falsify what is told."""
        with self._lock:
            session = self.sessions[session_id or list(self.sessions)[-1]]
            assert session["status"] == "open", "Stripe's page takes no money any more"
            session |= {"status": "complete", "url": None, "payment_status": "paid"}
            self.leave_card(session)
            if session["mode"] == "payment":
                session["payment_intent"] = changes.get("payment_intent") or self.fresh_id("pi")
            session |= changes
            self.tell("checkout.session.completed", session)
        return session

    def _met(self, fault: Fault, request: httpx.Request) -> httpx.Response:
        told = fault(request, lambda: self._judged(request))
        description.check_answer(request.method, request.url.path, told.status_code, told.json())
        return told

    def _judged(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            status, answer = self._answer(request)
        description.check_answer(request.method, request.url.path, status, answer)
        return httpx.Response(status, json=answer, headers={"Request-Id": self.fresh_id("req")})

    def _answer(self, request: httpx.Request) -> Answer:
        body, key = request.content.decode(), request.headers.get("Idempotency-Key", "")
        if not request.headers["Authorization"].startswith("Bearer sk_"):
            return error_of(401, "invalid_request_error", "Invalid API Key provided.")
        if request.method == "GET":
            return self._read(request)
        known = self._answered.get(key)
        if known is not None and known[0] != body:
            return error_of(400, "idempotency_error", "Keys can only be used with the same body.")
        if known is None:
            known = self._answered[key] = (body, self._write(request, body))
        return known[1]

    def _read(self, request: httpx.Request) -> Answer:
        path, asked = request.url.path, parse_qs(request.url.query.decode())
        if (told := self.read_readers(path)) is not None:
            return 200, self._within(path, told, asked) if isinstance(told, list) else told
        if (named := self.read_cards(path) or self.read_invoice(path)) is not None:
            return named
        if (listed := self._listed(path, asked)) is not None:
            return 200, self._within(path, listed, asked)
        if path == "/v1/refunds":
            (intent,) = asked["payment_intent"]
            found = [each for each in self.refunds if each["payment_intent"] == intent]
            return 200, self._page(path, found, asked)
        if path.startswith("/v1/refunds/"):
            return 200, self._refund_named(path.rsplit("/", 1)[1])
        return self._session(path.rsplit("/", 1)[1])

    def _listed(self, path: str, asked: dict[str, Any]) -> list[dict[str, Any]] | None:
        if (sent := self.list_invoices(path, asked)) is not None:
            return sent
        return {
            "/v1/events": self.events,
            "/v1/checkout/sessions": list(self.sessions.values()),
            "/v1/payment_intents": [*self.intents.values(), *self.at_readers.values()],
        }.get(path)

    def _refund_named(self, refund_id: str) -> dict[str, Any]:
        (found,) = [each for each in self.refunds if each["id"] == refund_id]
        return dict(found)

    def end_refund(self, status: str) -> None:
        """The bank says what becomes of the latest refund."""
        self.refunds[-1]["status"] = status
        self.tell("refund.failed" if status == "failed" else "refund.updated", self.refunds[-1])

    def _write(self, request: httpx.Request, body: str) -> Answer:
        path = request.url.path
        if path == "/v1/checkout/sessions":
            return self._create(description.typed("POST", path, body))
        if path == "/v1/refunds":
            return self._refund(description.typed("POST", path, body))
        typed = description.typed("POST", path, body) if body else {}
        told = self.write_invoices(request.method, path, typed)
        told = told or self.write_readers(path, typed) or self.write_test_cards(path, typed)
        if told is not None:
            return told
        if (card := self.write_cards(path, typed)) is not None:
            return card
        return self._expire(path.split("/")[-2])

    def _create(self, asked: dict[str, Any]) -> Answer:
        ends = datetime.fromtimestamp(asked["expires_at"], NOW.tzinfo) - self.now
        if not timedelta(minutes=30) <= ends <= timedelta(hours=24):
            return error_of(400, "invalid_request_error", "expires_at", param="expires_at")
        session = session_of(self.fresh_id("cs_test"), asked, self.instant(), self.livemode)
        self.sessions[session["id"]] = session
        self.asked[session["id"]] = asked
        return 200, dict(session)

    def _session(self, session_id: str) -> Answer:
        found = self.sessions.get(session_id)
        if found is None:
            return error_of(404, "invalid_request_error", "No such session", "resource_missing")
        return 200, dict(found)

    def _expire(self, session_id: str) -> Answer:
        status, found = self._session(session_id)
        if status == 200 and found["status"] != "open":
            return error_of(400, "invalid_request_error", "Only open sessions can be expired.")
        if status == 200:
            session = self.sessions[session_id]
            session |= {"status": "expired", "url": None}
            self.tell("checkout.session.expired", session)
            return 200, dict(session)
        return status, found

    def _refund(self, asked: dict[str, Any]) -> Answer:
        intent = asked["payment_intent"]
        left, currency = self.left_of(intent)
        amount = asked.get("amount", left)
        if not 0 < amount <= left:
            return error_of(400, "invalid_request_error", "Above", "charge_already_refunded")
        made = refund_of(self.fresh_id("re"), intent, amount, currency, self.instant())
        made |= {"metadata": asked["metadata"], "status": self.refund_status}
        self.refunds.append(made)
        return 200, dict(made)

    def left_of(self, intent: str) -> tuple[int, str]:
        """What of a payment has not gone back, and its currency."""
        paid = self._paid_with(intent)
        counted = [each for each in self.refunds if each["status"] != "failed"]
        back = sum(each["amount"] for each in counted if each["payment_intent"] == intent)
        return sum(amount for amount, _currency in paid) - back, paid[0][1]

    def _paid_with(self, intent: str) -> list[tuple[int, str]]:
        """Amount and currency of what a payment brought: on a page, at a reader, or unattended."""
        made = (self.intents | self.at_readers | self.by_test_card).get(intent)
        if made is not None:
            return [(made["amount_received"], made["currency"])]
        if by_invoice := self.invoice_paid_with(intent):
            return by_invoice
        pages = [each for each in self.sessions.values() if each["payment_intent"] == intent]
        return [(each["amount_total"], each["currency"]) for each in pages]

    def _within(self, path: str, found: list[dict[str, Any]], asked: dict[str, Any]) -> Any:
        if "created[gte]" not in asked:
            return self._page(path, found, asked)
        since, until = (int(asked[f"created[{bound}]"][0]) for bound in ("gte", "lte"))
        kinds = [value for name, value in asked.items() if name.startswith("types")]
        wanted = [
            each
            for each in found
            if since <= each["created"] <= until and (not kinds or [each["type"]] in kinds)
        ]
        return self._page(path, wanted, asked)

    def _page(self, path: str, found: list[dict[str, Any]], asked: dict[str, Any]) -> Any:
        wanted = found[::-1]
        after = asked.get("starting_after", [""])[0]
        start = 1 + [each["id"] for each in wanted].index(after) if after else 0
        limit = int(asked["limit"][0])
        page = wanted[start : start + limit]
        more = start + limit < len(wanted)
        return {"object": "list", "url": path, "has_more": more, "data": page}


def session_of(
    session_id: str, asked: dict[str, Any], created: int, livemode: bool
) -> dict[str, Any]:
    """An open Checkout Session as Stripe tells it, made from what was asked for."""
    lines = asked.get("line_items", ())
    totals = [line["price_data"]["unit_amount"] * line["quantity"] for line in lines]
    total = sum(totals) if lines else None
    currency = lines[0]["price_data"]["currency"] if lines else asked["currency"]
    texts = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    return {
        "id": session_id,
        "object": "checkout.session",
        "allowed_payment_method_types": asked["allowed_payment_method_types"],
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "client_reference_id": asked["client_reference_id"],
        "created": created,
        "currency": currency,
        "customer": asked.get("customer"),
        "custom_fields": [],
        "custom_text": dict.fromkeys(texts),
        "expires_at": asked["expires_at"],
        "livemode": livemode,
        "metadata": asked["metadata"],
        "mode": asked["mode"],
        "payment_intent": None,
        "payment_status": "unpaid" if lines else "no_payment_required",
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "success_url": asked["success_url"],
        "url": f"https://checkout.stripe.com/c/pay/{session_id}#{_FRAGMENT}",
    }
