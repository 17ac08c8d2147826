"""The part of the double that sends invoices: customers, drafts, lines, and who has paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from tests.stripe_ground import Answer, Ground, error_of

INVOICES: Final = "/v1/invoices"
CUSTOMERS: Final = "/v1/customers"
PAYMENTS: Final = "/v1/invoice_payments"


class SentInvoices(Ground):
    """Invoices as Stripe sends them; `surcharge` makes it count another total than it was told."""

    def __init__(self, now: datetime, *, livemode: bool) -> None:
        super().__init__(now, livemode=livemode)
        self.customers: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.invoice_payments: list[dict[str, Any]] = []
        self.mailed: list[str] = []
        self.surcharge = 0
        self.surcharge_later = 0

    def pay_invoice(self, invoice_id: str = "", **changes: Any) -> dict[str, Any]:
        """The company pays on the hosted page; `changes` falsify what is told."""
        invoice = self.invoices[invoice_id or list(self.invoices)[-1]]
        assert invoice["status"] == "open", "Stripe takes no money for it any more"
        amount = changes.pop("amount_paid", invoice["amount_due"])
        self._paid_by(invoice, {"type": "payment_intent", "payment_intent": self.fresh_id("pi")},
                      amount)  # fmt: skip
        self._settled(invoice, off_stripe=False)
        invoice |= changes
        return invoice

    def pay_part(self, amount: int) -> None:
        """The company pays a part of the latest invoice, which stays open."""
        intent = {"type": "payment_intent", "payment_intent": self.fresh_id("pi")}
        self._paid_by(list(self.invoices.values())[-1], intent, amount)

    def mark_paid(self, invoice_id: str = "") -> None:
        """Somebody marks it as paid in the dashboard."""
        self._out_of_band(self.invoices[invoice_id or list(self.invoices)[-1]])

    def read_invoice(self, path: str) -> Answer | None:
        """The answer to a question about one invoice; None for any other."""
        is_one = path.startswith(f"{INVOICES}/")
        return self._named(path.rsplit("/", 1)[1]) if is_one else None

    def list_invoices(self, path: str, asked: dict[str, Any]) -> list[dict[str, Any]] | None:
        """What is listed of invoices, their payments and customers; None for any other list."""
        if path == CUSTOMERS:
            return [each for each in self.customers.values() if [each["email"]] == asked["email"]]
        if path == PAYMENTS:
            mine = asked["invoice"]
            return [each for each in self.invoice_payments if [each["invoice"]] == mine]
        return list(self.invoices.values()) if path == INVOICES else None

    def write_invoices(self, method: str, path: str, asked: dict[str, Any]) -> Answer | None:
        """The answer to a command about invoices and customers; None for any other."""
        if path == CUSTOMERS:
            made = customer_of(self.fresh_id("cus"), asked, self.instant(), self.livemode)
            self.customers[made["id"]] = made
            return 200, dict(made)
        if path == INVOICES:
            return self._draft(asked)
        if not path.startswith(f"{INVOICES}/"):
            return None
        _root, _version, _kind, name, *verbs = path.split("/")
        status, found = self._named(name)
        if status != 200:
            return status, found
        if method == "DELETE":
            return self._delete(self.invoices[name])
        return getattr(self, f"_{verbs[0]}")(self.invoices[name], asked)  # type: ignore[no-any-return]  # one of its own verbs

    def invoice_paid_with(self, intent: str) -> list[tuple[int, str]]:
        """Amount and currency of what a payment of an invoice brought."""
        return [
            (each["amount_paid"], each["currency"])
            for each in self.invoice_payments
            if each["payment"].get("payment_intent") == intent
        ]

    def _named(self, name: str) -> Answer:
        found = self.invoices.get(name)
        if found is None:
            return error_of(404, "invalid_request_error", "No such invoice", "resource_missing")
        return 200, dict(found)

    def _draft(self, asked: dict[str, Any]) -> Answer:
        if asked["customer"] not in self.customers:
            return error_of(400, "invalid_request_error", "No such customer", "resource_missing")
        due = int((self.now + timedelta(days=asked["days_until_due"])).timestamp())
        made = invoice_of(self.fresh_id("in"), asked, self.instant(), due, self.livemode)
        self.invoices[made["id"]] = made
        return 200, dict(made)

    def _add_lines(self, invoice: dict[str, Any], asked: dict[str, Any]) -> Answer:
        if invoice["status"] != "draft":
            return _not_now()
        for line in asked["lines"]:
            made = line_of(self.fresh_id("il"), invoice, line)
            invoice["lines"] = {**invoice["lines"], "data": [*invoice["lines"]["data"], made]}
        self._count(invoice, self.surcharge)
        return 200, dict(invoice)

    def _finalize(self, invoice: dict[str, Any], asked: dict[str, Any]) -> Answer:
        if invoice["status"] != "draft":
            return _not_now()
        assert asked == {"auto_advance": False}
        self._count(invoice, self.surcharge + self.surcharge_later)
        url = f"https://invoice.stripe.com/i/acct_1/test_{invoice['id']}"
        invoice |= {"status": "open", "hosted_invoice_url": url, "number": "A1B2C3-0001"}
        return 200, dict(invoice)

    def _send(self, invoice: dict[str, Any], asked: dict[str, Any]) -> Answer:
        del asked
        if invoice["status"] != "open":
            return _not_now()
        self.mailed.append(self.customers[invoice["customer"]]["email"])
        return 200, dict(invoice)

    def _void(self, invoice: dict[str, Any], asked: dict[str, Any]) -> Answer:
        del asked
        if invoice["status"] not in ("open", "uncollectible"):
            return _not_now()
        invoice["status"] = "void"
        self.tell("invoice.voided", invoice)
        return 200, dict(invoice)

    def _pay(self, invoice: dict[str, Any], asked: dict[str, Any]) -> Answer:
        if invoice["status"] != "open":
            return _not_now()
        assert asked == {"paid_out_of_band": True}
        self._out_of_band(invoice)
        return 200, dict(invoice)

    def _delete(self, invoice: dict[str, Any]) -> Answer:
        if invoice["status"] != "draft":
            return _not_now()
        del self.invoices[invoice["id"]]
        return 200, {"id": invoice["id"], "object": "invoice", "deleted": True}

    def _count(self, invoice: dict[str, Any], more: int) -> None:
        total = sum(line["amount"] for line in invoice["lines"]["data"]) + more
        invoice |= {"total": total, "subtotal": total, "amount_due": total}
        invoice["amount_remaining"] = total

    def _out_of_band(self, invoice: dict[str, Any]) -> None:
        record = {"type": "payment_record", "payment_record": self.fresh_id("pr")}
        self._paid_by(invoice, record, invoice["amount_due"])
        self._settled(invoice, off_stripe=True)

    def _paid_by(self, invoice: dict[str, Any], payment: dict[str, str], amount: int) -> None:
        self.invoice_payments.append(
            {
                "id": self.fresh_id("inpay"),
                "object": "invoice_payment",
                "amount_paid": amount,
                "amount_requested": invoice["amount_due"],
                "created": self.instant(),
                "currency": invoice["currency"],
                "invoice": invoice["id"],
                "is_default": True,
                "livemode": self.livemode,
                "payment": payment,
                "status": "paid",
                "status_transitions": {"canceled_at": None, "paid_at": self.instant()},
            }
        )

    def _settled(self, invoice: dict[str, Any], *, off_stripe: bool) -> None:
        paid = invoice["amount_due"]
        invoice |= {"status": "paid", "amount_paid": paid, "amount_remaining": 0}
        invoice["amount_paid_off_stripe"] = paid if off_stripe else 0
        self.tell("invoice.paid", invoice)


def _not_now() -> Answer:
    return error_of(400, "invalid_request_error", "Not in this state.", "invoice_not_editable")


def customer_of(
    customer_id: str, asked: dict[str, Any], created: int, livemode: bool
) -> dict[str, Any]:
    """A customer as Stripe tells it."""
    return {
        "id": customer_id,
        "object": "customer",
        "created": created,
        "default_source": None,
        "description": None,
        "email": asked["email"],
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None,
            "rendering_options": None,
        },
        "livemode": livemode,
        "metadata": asked["metadata"],
        "name": asked["name"],
        "shipping": None,
    }  # fmt: skip


def invoice_of(
    invoice_id: str, asked: dict[str, Any], created: int, due: int, livemode: bool
) -> dict[str, Any]:
    """An empty draft as Stripe tells it, made from what was asked for."""
    zeros = (
        *("amount_due", "amount_overpaid", "amount_paid", "amount_paid_off_stripe"),
        *("amount_remaining", "amount_shipping", "attempt_count", "starting_balance", "subtotal"),
        *("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "total"),
    )
    transitions = ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
    lines = {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": f"{INVOICES}/{invoice_id}/lines",
    }
    return {
        **dict.fromkeys(zeros, 0),
        "id": invoice_id,
        "object": "invoice",
        "attempted": False,
        "auto_advance": asked["auto_advance"],
        "automatic_tax": {
            "disabled_reason": None, "enabled": False, "liability": None, "provider": None,
            "status": None,
        },
        "collection_method": asked["collection_method"],
        "created": created,
        "currency": asked["currency"],
        "customer": asked["customer"],
        "default_tax_rates": [],
        "description": asked["description"],
        "discounts": [],
        "due_date": due,
        "hosted_invoice_url": None,
        "issuer": {"type": "self"},
        "lines": lines,
        "livemode": livemode,
        "metadata": asked["metadata"],
        "number": None,
        "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None,
        },
        "period_end": created,
        "period_start": created,
        "status": "draft",
        "status_transitions": dict.fromkeys(transitions),
    }  # fmt: skip


def line_of(line_id: str, invoice: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """A line as Stripe tells it."""
    return {
        "id": line_id,
        "object": "line_item",
        "amount": asked["amount"],
        "currency": invoice["currency"],
        "description": asked["description"],
        "discount_amounts": [],
        "discountable": asked["discountable"],
        "discounts": [],
        "invoice": invoice["id"],
        "livemode": invoice["livemode"],
        "metadata": {},
        "parent": None,
        "period": {"end": invoice["created"], "start": invoice["created"]},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "subtotal": asked["amount"],
        "taxes": [],
    }
