"""Invoices that a provider sends in its own name: another way to collect what a company owes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

from checkout.payments.method import Attempt, Outcome, PartPayment, PaymentMethod

SENT_FOR: Final = timedelta(days=60)
"""How long after its day an invoice that a provider has sent stays open before it is made void."""


@runtime_checkable
class InvoicingMethod(PaymentMethod, Protocol):
    """Collects by e-mail: `start` makes an invoice and sends it, `cancel` makes it void."""

    def payments_of(self, attempt: Attempt) -> tuple[PartPayment, ...]:
        """The payments that brought its money, in their order; each is refunded by itself."""

    def settled_elsewhere(self, attempt: Attempt) -> Outcome:
        """Tell the provider that the money came another way; `CANCELLED` once it knows."""


@runtime_checkable
class HasInvoicing(Protocol):
    """A payment method whose provider sends invoices too."""

    @property
    def invoicing(self) -> InvoicingMethod:
        """What collects by them."""
