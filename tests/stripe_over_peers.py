"""Stripe as two other programs understand it, filled up where they know nothing.

localstripe has no Checkout: sessions are the double's, the money and its refund localstripe's.
emulate has no amounts and no references on its sessions: their states and page are emulate's, and
so is the price; what Stripe would repeat of the request is added. Both ignore idempotency keys,
which the double keeps.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.stripe_double import TEST_KEY, StripeDouble, session_of
from tests.stripe_ground import Answer

_CARD = {
    "type": "card",
    "card[number]": "4242424242424242",
    "card[exp_month]": "12",
    "card[exp_year]": "2030",
    "card[cvc]": "123",
}

_DECLINED_LATER = "4000000000000341"
"""It can be attached, and is declined when it is charged."""


class _Peer:
    def __init__(self, address: str) -> None:
        self._client = httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {TEST_KEY}"}
        )

    def ask(self, method: str, path: str, **form: Any) -> httpx.Response:
        return self._client.request(method, path, data=form)

    def take(self, method: str, path: str, **form: Any) -> dict[str, Any]:
        answer = self.ask(method, path, **form)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def close(self) -> None:
        self._client.close()


class OverLocalstripe(StripeDouble):
    """The customer's card is charged and refunded by localstripe."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._peer = _Peer(address)

    def pay(self, session_id: str = "", **changes: Any) -> dict[str, Any]:
        """Charge a test card there, then close the session here."""
        session = self.sessions[session_id or list(self.sessions)[-1]]
        if session["mode"] != "payment":
            return super().pay(session["id"], **changes)
        answer = self._charge(session, _CARD["card[number]"])
        paid = answer.json()
        assert (answer.status_code, paid["status"]) == (200, "succeeded"), paid
        told = {"payment_intent": paid["id"], "amount_total": paid["amount"]}
        return super().pay(session["id"], **told | changes)

    def decline(self) -> None:
        """Charge a card that its bank refuses; the latest page stays open."""
        session = self.sessions[list(self.sessions)[-1]]
        answer = self._charge(session, "4000000000000341")
        assert (answer.status_code, answer.json()["error"]["code"]) == (402, "card_declined")

    def _charge(self, session: dict[str, Any], number: str) -> httpx.Response:
        card = self._peer.take("POST", "/v1/payment_methods", **_CARD | {"card[number]": number})
        return self._peer.ask(
            "POST",
            "/v1/payment_intents",
            amount=session["amount_total"],
            currency=session["currency"],
            payment_method=card["id"],
            confirm="true",
        )

    def write_test_cards(self, path: str, asked: dict[str, Any]) -> Answer | None:
        """What the good test card pays, it pays there."""
        told = super().write_test_cards(path, asked)
        if asked.get("payment_method") == "pm_card_visa" and told is not None:
            form = {name: asked[name] for name in ("amount", "currency", "payment_method")}
            paid = self._peer.take("POST", "/v1/payment_intents", **form, confirm="true")
            assert (paid["status"], paid["amount"]) == ("succeeded", asked["amount"])
            ours = self.by_test_card.pop(told[1]["id"]) | {"id": paid["id"]}
            self.by_test_card[paid["id"]] = ours
            return 200, dict(ours)
        return told

    def _refund(self, asked: dict[str, Any]) -> Answer:
        if asked.get("amount", 0) > self.left_of(asked["payment_intent"])[0]:  # it would take it
            return super()._refund(asked)
        metadata = {f"metadata[{name}]": text for name, text in asked.pop("metadata").items()}
        answer = self._peer.ask("POST", "/v1/refunds", **asked, **metadata)
        if answer.status_code == 200:
            self.refunds.append(answer.json())
        return answer.status_code, answer.json()

    def _refund_named(self, refund_id: str) -> dict[str, Any]:
        return self._peer.take("GET", f"/v1/refunds/{refund_id}")

    def new_customer(self) -> str:
        """A customer of localstripe's."""
        return str(self._peer.take("POST", "/v1/customers")["id"])

    def new_card(self, customer: str) -> dict[str, Any]:
        """A test card of localstripe's, attached to its customer."""
        number = _DECLINED_LATER if self.behaves == "declines" else _CARD["card[number]"]
        form = _CARD | {"card[number]": number}
        made = self._peer.take("POST", "/v1/payment_methods", **form)
        self._peer.take("POST", f"/v1/payment_methods/{made['id']}/attach", customer=customer)
        seen = {name: made["card"][name] for name in ("last4", "exp_month", "exp_year", "brand")}
        card = super().new_card(customer)
        return card | {"id": made["id"], "card": card["card"] | seen}

    def charge(self, asked: dict[str, Any]) -> Answer:
        """Charge a kept card there; one that is detached it would still charge."""
        if self.cards[asked["payment_method"]]["customer"] != asked["customer"]:
            return super().charge(asked)
        metadata = {f"metadata[{name}]": text for name, text in asked["metadata"].items()}
        names = ("amount", "currency", "customer", "payment_method")
        form = {name: asked[name] for name in names} | metadata
        answer = self._peer.ask(
            "POST", "/v1/payment_intents", **form, confirm="true", off_session="true"
        )
        if answer.status_code != 200:
            return answer.status_code, answer.json()
        told = {name: answer.json()[name] for name in ("id", "status", "metadata")}
        received = {"amount_received": answer.json()["amount"]}
        self.intents[told["id"]] = self._payment(told["id"], asked) | told | received
        self.tell("payment_intent.succeeded", self.intents[told["id"]])
        return 200, dict(self.intents[told["id"]])

    def detach(self, method: str) -> Answer:
        """Take the card away there and here."""
        self._peer.take("POST", f"/v1/payment_methods/{method}/detach")
        return super().detach(method)

    def close(self) -> None:
        """Let go of the connection."""
        self._peer.close()


class OverEmulate(StripeDouble):
    """Sessions are opened, paid on their page, and expired by emulate."""

    def __init__(self, address: str) -> None:
        super().__init__(datetime.now(UTC))
        self._peer = _Peer(address)

    def pay(self, session_id: str = "", **changes: Any) -> dict[str, Any]:
        """Open the page as a phone does, read the amount, press Pay."""
        session = self.sessions[session_id or list(self.sessions)[-1]]
        if session["mode"] != "payment":
            return super().pay(session["id"], **changes)
        page = self._peer.ask("GET", str(session["url"]))
        major, minor = divmod(session["amount_total"], 100)
        assert f"{major}.{minor:02d}" in page.text
        assert self._peer.ask("POST", f"/checkout/{session['id']}/complete").status_code == 302
        self._refresh(session["id"])
        self.leave_card(session)
        session |= {"payment_intent": self.fresh_id("pi")} | changes
        self.tell("checkout.session.completed", session)
        return session

    def _create(self, asked: dict[str, Any]) -> Answer:
        if asked["mode"] != "payment":  # its pages only take money
            return super()._create(asked)
        item = asked["line_items"][0]["price_data"]
        product = self._peer.take("POST", "/v1/products", name=item["product_data"]["name"])
        price = self._peer.take(
            "POST",
            "/v1/prices",
            product=product["id"],
            currency=item["currency"],
            unit_amount=item["unit_amount"],
        )
        line = {"line_items[0][price]": price["id"], "line_items[0][quantity]": "1"}
        made = self._peer.take(
            "POST",
            "/v1/checkout/sessions",
            mode=asked["mode"],
            success_url=asked["success_url"],
            **line,
        )
        told = {"unit_amount": price["unit_amount"], "currency": price["currency"]}
        filled = {**asked, "line_items": [{"price_data": told, "quantity": 1}]}
        self.sessions[made["id"]] = session_of(made["id"], filled, made["created"], livemode=False)
        self.asked[made["id"]] = asked
        return self._session(made["id"])

    def _session(self, session_id: str) -> Answer:
        if self.sessions.get(session_id, {}).get("mode") == "payment":
            self._refresh(session_id)
        return super()._session(session_id)

    def _refresh(self, session_id: str) -> None:
        told = self._peer.take("GET", f"/v1/checkout/sessions/{session_id}")
        states = {name: told[name] for name in ("status", "payment_status", "url")}
        self.sessions[session_id] |= states

    def _expire(self, session_id: str) -> Answer:
        answer = self._peer.ask("POST", f"/v1/checkout/sessions/{session_id}/expire")
        if answer.status_code == 200:
            return self._session(session_id)
        return answer.status_code, answer.json()

    def close(self) -> None:
        """Let go of the connection."""
        self._peer.close()
