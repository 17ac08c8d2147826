"""A cart that is sold: how it is paid, what was sold of it, what stays in it and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from catalog.kernel.errors import IdempotencyConflict, Refused, StoreError, Unavailable
from store_app.cart import Cart, CartLine
from store_app.workers import crash_sentence

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.order_views import OrderView
    from store_app.desk.sales import Sale
    from store_app.desk.sales_together import SoldTogether


UNKNOWN = (Unavailable, IdempotencyConflict)
Method = Literal["cash", "wallet", "company-wallet", "invoice", "card"]


@dataclass(frozen=True, slots=True)
class Tender:
    """How a cart is paid; `tendered_minor` is what lies on the counter, for cash only.

    `reader` is for a card that is held to the register's reader; `keep` says that the owner of the
    card has agreed that it is kept.
    `when_paid` lets what is above a company's credit wait until its invoice is paid.
    """

    pay: Method
    tendered_minor: int | None = None
    reader: bool = False
    when_paid: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of the cart that was sold, and the sale that came of it."""

    line: CartLine
    sale: Sale = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a payment: what was sold, what stays in the cart, and why.

    `waiting` are the orders that their customer has to pay, in one go, for the lines of the cart.
    """

    sold: tuple[Sold, ...]
    cart: Cart
    refusal: str = ""
    waiting: tuple[str, ...] = ()

    @property
    def delivered(self) -> tuple[Sold, ...]:
        """What has its eSIM; the rest of what was sold has it when its invoice is paid."""
        return tuple(each for each in self.sold if each.sale.state != "placed")

    @property
    def words(self) -> str:
        """One sentence when not everything was sold."""
        if not self.refusal:
            return self._billed_words
        if not self.sold:
            return self.refusal
        names = ", ".join(each.line.name for each in self.sold)
        left = ", ".join(line.name for line in self.cart.lines)
        kept = f" Not sold, still in the cart: {left}." if left else ""
        return f"Sold: {names}.{kept} {self.refusal}"

    @property
    def _billed_words(self) -> str:
        """What waits for its invoice."""
        numbers = dict.fromkeys(
            each.sale.invoice for each in self.sold if each.sale.state == "placed"
        )
        if not numbers:
            return ""
        return (
            f"Issued: {', '.join(numbers)}. What is on it is kept until it is due, and delivered "
            "when its money is noted (F12, p)."
        )


def sell_cart(desk: Desk, cart: Cart, tender: Tender) -> Outcome:
    """Sell a keyed cart: by card and on invoice in one go, otherwise line by line."""
    sold: list[Sold] = []
    try:
        if tender.pay in ("card", "invoice") and len(cart.lines) > 1:
            return _sell_in_one_go(desk, cart, tender)
        return _sell_line_by_line(desk, cart, tender, sold)
    except StoreError as refusal:
        return stopped(cart, sold, refusal, is_known=not isinstance(refusal, UNKNOWN))
    except Exception as error:  # noqa: BLE001 - what was sold before it must not be lost
        return stopped(cart, sold, crash_sentence(error), is_known=False)


def _sell_in_one_go(desk: Desk, cart: Cart, tender: Tender) -> Outcome:
    from store_app.desk.sales_together import sell_together

    done = sell_together(
        desk,
        [(line.sku, cart.line_key(line)) for line in cart.lines],
        customer=cart.customer or None,
        company=cart.company or None,
        eid=cart.eid or None,
        pay=tender.pay,
        reader=tender.reader,
        keep=tender.keep,
        when_paid=tender.when_paid,
    )
    if done.waiting:
        return Outcome((), cart, waiting=done.orders)
    return all_looked_at(cart, done, None)


def all_looked_at(cart: Cart, done: SoldTogether, refusal: StoreError | None) -> Outcome:
    """What was sold of a cart whose payment is over, and why not the rest."""
    pairs = list(zip(cart.lines, done.sales, strict=True))
    sold = [Sold(line, sale) for line, sale in pairs if sale is not None and _is_sold(sale)]
    if len(sold) == len(cart.lines):
        return _outcome(cart, sold)
    late = [sale.order for sale in done.sales if sale is not None and sale.state == "paid"]
    if late:
        done_ = "Billed" if done.invoice else "Paid"
        words = (
            f"{done_}, and the eSIM is not there yet: {', '.join(late)}. It waits on the first "
            "screen."
        )
        if done.invoice:  # it is in the queue, and nobody has to pay for it here
            paid = [line.number for line, sale in pairs if sale is not None]
            return Outcome(tuple(sold), cart.without(paid).unkeyed(), words)
        return stopped(cart, sold, Unavailable(words, code="checking"), is_known=False)
    said = " ".join(dict.fromkeys(reason for reason in done.reasons if reason))
    money = "it is credited on the invoice" if done.invoice else "its money goes back to the card"
    why = refusal or Refused(f"The rest could not be delivered; {money}. {said}".rstrip())
    return stopped(cart, sold, why, is_known=not done.waiting)


def _is_sold(sale: Sale) -> bool:
    """Whether it is delivered, or billed and waits for its invoice to be paid."""
    return sale.state == "delivered" or (sale.state == "placed" and bool(sale.invoice))


def _sell_line_by_line(desk: Desk, cart: Cart, tender: Tender, sold: list[Sold]) -> Outcome:
    """Add each line to what is `sold` as soon as it is, so that no later refusal loses it."""
    from store_app.desk.sales import sell

    for line, tendered in zip(cart.lines, _amounts(cart, tender), strict=True):
        sale = sell(
            desk,
            sku=line.sku,
            pay=tender.pay,
            key=cart.line_key(line),
            tendered=tendered,
            customer=cart.customer or None,
            company=cart.company or None,
            eid=cart.eid or None,
            reader=tender.reader,
            when_paid=tender.when_paid,
            keep=tender.keep,
        )
        if sale.state == "placed" and not sale.invoice:
            return replace(_outcome(cart, sold), waiting=(sale.order,))
        sold.append(Sold(line, sale))
    return _outcome(cart, sold)


def _amounts(cart: Cart, tender: Tender) -> tuple[str | None, ...]:
    """What is tendered for each line; the quoted total, so that a price can't rise unseen."""
    if tender.pay != "cash":
        return (None,) * len(cart.lines)
    given = cart.total_minor if tender.tendered_minor is None else tender.tendered_minor
    return cart.tenders(given)


def stopped(cart: Cart, sold: list[Sold], refusal: StoreError, *, is_known: bool) -> Outcome:
    """An unknown outcome keeps the key, so that the next try asks about the same payment."""
    rest = _outcome(cart, sold).cart
    kept = rest.unkeyed() if is_known else rest
    return Outcome(tuple(sold), kept, refusal.message)


def given_up(order: OrderView) -> StoreError:
    """Why a sale that its customer was to pay on a phone sold nothing now."""
    if order.state == "paid":
        return Unavailable(
            f"Order {order.order} is paid and its eSIM is not there yet. {order.waiting} It waits "
            "on the first screen.",
            code="checking",
        )
    if order.state == "refunded":
        return Refused(
            f"The supplier could not deliver order {order.order}; its money went back.",
            code="not_delivered",
        )
    said = order.payments[-1]["reason"]
    if order.payments[-1]["state"] == "stranded":
        return Refused(
            f"Order {order.order} was paid and is not delivered: {said} Its money waits on the "
            "first screen, where Ctrl+T gives it back.",
            code="not_delivered",
        )
    why = f" {said}" if said else ""
    words = f"Order {order.order} is {order.state}; nothing was charged.{why}"
    return Refused(words, code="cancelled")


def _outcome(cart: Cart, sold: list[Sold]) -> Outcome:
    return Outcome(tuple(sold), cart.without([each.line.number for each in sold]))
