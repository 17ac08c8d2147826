"""Topping up a wallet: the deposit is taxed, its net is the owner's to spend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from checkout.accounts.owners import Owner, owner_named
from checkout.billing.ledger import Posting, post, revenue, wallet
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.tables import WalletRow
from checkout.orders.agreement import Agreement, Counter, check_method
from checkout.orders.buyers import Buyer, buyer_of
from checkout.orders.packs import Pack, pack_named
from checkout.orders.pricing import deposit_price
from checkout.orders.tables import OrderRow
from checkout.payments.wallet import wallet_or_new


@dataclass(frozen=True, slots=True)
class WalletRefill:
    """A deposit of an amount, or a pack (decision 13), for the wallet of an owner.

    The first one creates and enables the wallet. `plan` is the sku of the pack's plan.
    """

    kind: ClassVar[str] = "wallet_refill"

    owner: str
    amount: str | None = None
    pack: str | None = None
    plan: str | None = None

    def agree(self, session: Session, counter: Counter, pay: str, now: datetime) -> Agreement:
        """The terms; `Refused` when it is neither an amount nor a pack, or both."""
        owner = owner_named(session, self.owner)
        buyer = buyer_of(session, owner)
        pack = _pack(session, buyer, self.amount, self.pack, self.plan)
        currency = _currency(buyer, pack, counter)
        row = wallet_or_new(session, owner, currency=currency, now=now)
        price_minor = _price_minor(pack, row) if pack else _deposit_minor(self.amount, row)
        check_method(pay, counter, row.currency)
        if pay == "invoice" and owner.kind != "company":
            raise Refused(
                "Only the wallet of a company is topped up on invoice; nothing was charged.",
                code="company_needed",
                field="pay",
            )
        settings = counter.settings
        rate = buyer.tax_rate(settings)
        return Agreement(
            buyer=buyer,
            price=deposit_price(price_minor, row.currency, rate=rate, settings=settings),
            item=_item(owner, pack),
            wallet_id=row.id,
        )


def _item(owner: Owner, pack: Pack | None) -> dict[str, Any]:
    item: dict[str, Any] = {"name": f"Wallet of {owner.name}", "owner": owner.name}
    if pack is None:
        return item
    name = f"Pack {pack.id} for the wallet of {owner.name}"
    return item | {"name": name, "pack": pack.id, "credit_minor": pack.credit_minor}


def deliver_top_up(session: Session, order: OrderRow, actor: str, now: datetime) -> None:
    """Give what a pack adds to its price; then MRC that waited for money is the first to be paid.

    The wallet has the order's net already. What a pack gives beyond it is a discount, so it
    comes out of the revenue that spending it will bring.
    """
    account = wallet(str(order.wallet_id), order.currency)
    bonus = order.item.get("credit_minor", order.net_minor) - order.net_minor
    sides = (revenue(order.currency), account)
    debit, credit = sides if bonus > 0 else sides[::-1]
    given = Posting(
        debit=debit,
        credit=credit,
        amount=abs(bonus),
        kind="pack",
        reason=f"Pack {order.item.get('pack', '')}: credit beyond its price",
        source=order.reference,
        subject_id=order.id,
        actor=actor,
        at=now,
        recorded_at=now,
    )
    post(session, [given])
    bring_up_to_date(session, [str(order.wallet_id)], now, actor)


def _pack(
    session: Session, buyer: Buyer, amount: str | None, pack_id: str | None, sku: str | None
) -> Pack | None:
    if (amount is None) == (pack_id is None) or (sku and pack_id is None):
        raise Refused(
            "A top-up is either an amount or a pack, and only a pack has a plan; nothing has "
            "changed.",
            code="bad_amount",
            field="amount",
        )
    return None if pack_id is None else pack_named(session, pack_id, buyer, sku)


def _currency(buyer: Buyer, pack: Pack | None, counter: Counter) -> str:
    """The currency of a wallet that is made now: the company's own, or the pack's."""
    if buyer.end_user is None:
        return buyer.company.currency
    return counter.settings.currency if pack is None else pack.currency


def _deposit_minor(amount: str | None, row: WalletRow) -> int:
    amount_minor = parse_amount(amount or "", row.currency)
    if amount_minor <= 0:
        raise Refused(
            "A top-up is an amount above zero; nothing has changed.",
            code="bad_amount",
            field="amount",
        )
    return amount_minor


def _price_minor(pack: Pack, row: WalletRow) -> int:
    if pack.currency != row.currency:
        raise Refused(
            f"The wallet holds {row.currency} and the pack is in {pack.currency}; nothing was "
            "charged and nothing is converted.",
            code="currency_mismatch",
        )
    return pack.price_minor
