"""The part of the double that is a counter with card readers: payments, actions, test cards."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tests.stripe_ground import Answer, Ground, error_of

READER: Final = "tmr_000000000000000000000001"
_READER_PATH: Final = "/v1/terminal/readers"
_PLAYED: Final = "/v1/test_helpers/terminal/readers"


class CardReaders(Ground):
    """Payments of cards that are present; tests hold cards to the readers, or press Cancel."""

    def __init__(self, now: datetime, *, livemode: bool) -> None:
        super().__init__(now, livemode=livemode)
        self.at_readers: dict[str, dict[str, Any]] = {}
        self.readers = {
            READER: reader_of(READER, "Counter 1", "simulated_wisepos_e"),
            "tmr_000000000000000000000002": reader_of(
                "tmr_000000000000000000000002", "Counter 2", "stripe_s700"
            ),
        }

    def hold(self, reader: str = READER, **changes: Any) -> dict[str, Any]:
        """The customer holds a good card to a reader; `changes` falsify what is told."""
        payment = self._held(reader)
        payment |= {"status": "succeeded", "amount_received": payment["amount"]} | changes
        self.readers[reader]["action"]["status"] = "succeeded"
        self.tell("payment_intent.succeeded", payment)
        return payment

    def refuse(self, reader: str = READER, failure: str = "card_declined") -> None:
        """The bank says no, or the customer presses Cancel."""
        payment, action = self._held(reader), self.readers[reader]["action"]
        action |= {"status": "failed", "failure_code": failure, "failure_message": "No."}
        payment["last_payment_error"] = {"type": "card_error", "code": failure}
        self.tell("payment_intent.payment_failed", payment)

    def read_readers(self, path: str) -> list[dict[str, Any]] | dict[str, Any] | None:
        """The answer to a question about readers and their payments; None for any other."""
        last = path.rsplit("/", 1)[1]
        if path == _READER_PATH:
            return [dict(each) for each in self.readers.values()]
        if last in self.readers:
            return dict(self.readers[last])
        return dict(self.at_readers[last]) if last in self.at_readers else None

    def write_readers(self, path: str, asked: dict[str, Any]) -> Answer | None:
        """The answer to a command about readers and their payments; None for any other."""
        *_, name, verb = path.split("/")
        if path == "/v1/payment_intents" and asked.get("allowed_payment_method_types") == [
            "card_present"
        ]:
            payment = payment_of(self.fresh_id("pi"), asked, self.instant(), self.livemode)
            self.at_readers[payment["id"]] = payment
            return 200, dict(payment)
        if path.startswith("/v1/payment_intents/") and name in self.at_readers:
            return self._cancel_held(self.at_readers[name])
        if path.startswith(_PLAYED):
            (self.refuse if "card_present" in asked else self.hold)(name)
            return 200, dict(self.readers[name])
        if not path.startswith(_READER_PATH):
            return None
        if verb == "cancel_action":
            self.readers[name]["action"] = None
            return 200, dict(self.readers[name])
        return self._process(self.readers[name], self.at_readers[asked["payment_intent"]])

    def _held(self, reader: str) -> dict[str, Any]:
        action = self.readers[reader]["action"]
        assert action["status"] == "in_progress", "The reader waits for no card"
        return self.at_readers[action["process_payment_intent"]["payment_intent"]]

    def _process(self, reader: dict[str, Any], payment: dict[str, Any]) -> Answer:
        if reader["status"] != "online":
            return error_of(400, "invalid_request_error", "Off.", "terminal_reader_offline")
        if reader["action"] is not None and reader["action"]["status"] == "in_progress":
            return error_of(400, "invalid_request_error", "Busy.", "terminal_reader_busy")
        if payment["status"] != "requires_payment_method":
            return error_of(400, "invalid_request_error", "It is over.", "payment_intent_state")
        reader["action"] = {
            "type": "process_payment_intent",
            "status": "in_progress",
            "failure_code": None,
            "failure_message": None,
            "process_payment_intent": {"payment_intent": payment["id"]},
        }
        return 200, {**reader, "action": dict(reader["action"])}

    def _cancel_held(self, payment: dict[str, Any]) -> Answer:
        if payment["status"] != "requires_payment_method":
            return error_of(400, "invalid_request_error", "It is over.", "payment_intent_state")
        payment["status"] = "canceled"
        self.tell("payment_intent.canceled", payment)
        return 200, dict(payment)


def reader_of(reader_id: str, label: str, kind: str) -> dict[str, Any]:
    """A reader that is online and does nothing."""
    return {
        "id": reader_id,
        "object": "terminal.reader",
        "action": None,
        "device_sw_version": None,
        "device_type": kind,
        "ip_address": None,
        "label": label,
        "last_seen_at": None,
        "livemode": False,
        "location": None,
        "metadata": {},
        "serial_number": "1",
        "status": "online",
    }


def payment_of(
    payment_id: str, asked: dict[str, Any], created: int, livemode: bool
) -> dict[str, Any]:
    """An open PaymentIntent as Stripe tells it, made from what was asked for."""
    return {
        "id": payment_id,
        "object": "payment_intent",
        "allowed_payment_method_types": asked["allowed_payment_method_types"],
        "amount": asked["amount"],
        "amount_received": 0,
        "capture_method": "automatic",
        "created": created,
        "currency": asked["currency"],
        "customer": None,
        "description": asked["description"],
        "last_payment_error": None,
        "livemode": livemode,
        "metadata": asked["metadata"],
        "payment_method": None,
        "status": "requires_payment_method",
    }
