"""Both judges of a request to Stripe: its description, and the types of its SDK."""

from __future__ import annotations

import sys
import typing
from functools import cache
from typing import Any, Final

import httpx
from pydantic import ConfigDict, TypeAdapter

from tests.peers import stripe_description as description

_STRICT: Final = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def judge_request(request: httpx.Request) -> None:
    """Ask Stripe's description and the SDK's types about a request; look at its headers."""
    path, body = request.url.path, request.content.decode()
    description.check_request(request.method, path, request.url.query.decode(), body)
    assert request.headers["Stripe-Version"] == description.VERSION
    assert "X-Stripe-Client-Telemetry" not in request.headers
    if request.method != "POST":
        return
    assert request.headers["Idempotency-Key"]
    if body:
        _typed_dict(path).validate_python([description.typed("POST", path, body)])


@cache
def _typed_dict(path: str) -> TypeAdapter[Any]:
    from stripe.params import (
        CustomerCreateParams,
        InvoiceAddLinesParams,
        InvoiceCreateParams,
        InvoiceFinalizeInvoiceParams,
        InvoicePayParams,
        PaymentIntentCreateParams,
        RefundCreateParams,
    )
    from stripe.params.checkout import SessionCreateParams
    from stripe.params.terminal import ReaderProcessPaymentIntentParams
    from stripe.params.test_helpers.terminal import ReaderPresentPaymentMethodParams

    known: dict[str, Any] = {
        "/v1/checkout/sessions": SessionCreateParams,
        "/v1/customers": CustomerCreateParams,
        "/v1/invoices": InvoiceCreateParams,
        "/v1/payment_intents": PaymentIntentCreateParams,
        "/v1/refunds": RefundCreateParams,
        "add_lines": InvoiceAddLinesParams,
        "finalize": InvoiceFinalizeInvoiceParams,
        "pay": InvoicePayParams,
        "process_payment_intent": ReaderProcessPaymentIntentParams,
        "present_payment_method": ReaderPresentPaymentMethodParams,
    }
    chosen = known[path if path in known else path.rsplit("/", 1)[1]]
    # In a list, because a TypedDict alone takes no configuration from outside.
    adapter: TypeAdapter[Any] = TypeAdapter(list[chosen], config=_STRICT)  # type: ignore[valid-type]  # a type all the same
    named = {"StripeContext": str, **vars(typing)}  # what its modules import for type checkers
    names = named | vars(sys.modules[chosen.__module__])
    adapter.rebuild(_types_namespace=names)
    return adapter
