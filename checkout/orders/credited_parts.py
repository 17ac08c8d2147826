"""Of which orders on an invoice a credit note takes back how much."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.money import money_words
from catalog.kernel.quoting import quoted
from checkout.billing.subscriptions.credit_notes import check_creditable, creditable_minor
from checkout.billing.subscriptions.tables import InvoiceRow
from checkout.orders.tables import OrderRow

Part = tuple[OrderRow | None, int]
"""An order, None for a bill that has none, and the amount with VAT that is taken back of it."""


def parts_of(
    invoice: InvoiceRow, orders: Sequence[OrderRow], name: str | None, amount_minor: int | None
) -> list[Part]:
    """What a credit of an amount takes back of a locked invoice and its locked orders.

    Without an amount it is all that is left of the invoice, or of the order of that `name`.

    Raises:
        Refused: more than is left, a part of several orders of which none is named, or a part of
            an order that is not delivered yet.

    """
    wanted = creditable_minor(invoice) if amount_minor is None and name is None else amount_minor
    if wanted is not None:
        check_creditable(invoice, wanted)
    if not orders and name is None:
        return [(None, wanted or 0)]
    left = {order.id: creditable_of(order) for order in orders}
    of = [order for order in orders if left[order.id]]
    if name is not None:
        of = [_named(invoice, orders, name)]
    elif wanted == sum(left.values()):
        return [(order, left[order.id]) for order in of]
    if len(of) > 1:
        raise _which(invoice, of)
    part = left[of[0].id] if wanted is None else wanted
    _check_part(of[0], part, left[of[0].id])
    return [(of[0], part)]


def creditable_of(order: OrderRow) -> int:
    """What is left of an order on its invoice; nothing of one that was cancelled."""
    return 0 if order.state == "cancelled" else order.total_minor - order.refunded_minor


def _named(invoice: InvoiceRow, orders: Sequence[OrderRow], name: str) -> OrderRow:
    for order in orders:
        if name.strip().upper() == order.reference:
            return order
    raise NotFound(
        f"There is no order {quoted(name)} on {invoice.number or invoice.ref}; nothing was "
        "credited.",
        code="unknown_order",
        field="order",
    )


def _which(invoice: InvoiceRow, of: Sequence[OrderRow]) -> Refused:
    names = ", ".join(order.reference for order in of)
    return Refused(
        f"{invoice.number} is for {len(of)} eSIMs; nothing was credited. Say of which order a part "
        f"is taken back: {names}.",
        code="order_needed",
        field="order",
    )


def _check_part(order: OrderRow, part_minor: int, left_minor: int) -> None:
    """Refuse more than an order has, and a part of one whose delivery waits for all of it."""
    if not 0 < part_minor <= left_minor:
        left = money_words(left_minor, order.currency)
        raise Refused(
            f"{left} of order {order.reference} can be credited; nothing has changed. Credit that "
            "or a part of it.",
            code="above_invoice",
            field="amount",
        )
    if order.state in ("placed", "paid") and part_minor < left_minor:
        raise Refused(
            f"Order {order.reference} is not delivered yet, so it is credited in full, which "
            "cancels it; nothing has changed.",
            code="bad_amount",
            field="amount",
        )
