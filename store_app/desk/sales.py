"""Selling: each function is one request of a clerk or a script, from key to receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.esim.activation_code import format_code
from catalog.esim.tables import EsimRow
from catalog.kernel.clock import parse_instant
from catalog.kernel.database import snapshot
from catalog.kernel.settings import load_settings
from catalog.plans import Refill, start_rule_words
from catalog.repository import plan_row, plan_value
from catalog.stock.reserve import available_count, code_of
from catalog.suppliers.registry import label_of, live_supplier
from checkout.accounts.companies import company_named, own_rate
from checkout.accounts.end_users import find_user
from checkout.billing.tables import WalletRow
from checkout.billing.wallets import held_of
from checkout.orders.agreement import Payment
from checkout.orders.buyers import COMPANY_PAYS, WALLET_METHODS
from checkout.orders.pricing import price_for, price_of
from checkout.orders.purchase import EsimPurchase
from checkout.orders.refill import EsimRefill, owner_buyer, plan_of, refillable
from checkout.orders.tables import OrderRow
from checkout.orders.top_up import WalletRefill
from store_app.desk.carry_out import carry_out
from store_app.desk.context import Desk
from store_app.desk.refills_beside import run_refills_soon
from store_app.desk.wallets import wallet_history


@dataclass(frozen=True, slots=True)
class Quote:
    """What a plan costs this buyer by this method, before anything is written."""

    sku: str
    name: str
    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: int
    currency: str
    start_words: str
    available: int
    live: bool = False
    """Whether more than that can be sold, because its supplier is asked for each."""
    supplier: str = ""
    """Who that is, or the label of the offline one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What every order says of itself; while it is `placed` its customer pays at `checkout_url`.

    One on invoice names its invoice, which is its receipt too.
    """

    order: str
    state: str
    total_minor: int
    tax_minor: int
    currency: str
    change_minor: int
    receipt: str
    replayed: bool
    invoice: str = ""
    checkout_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale(Paid):
    """A delivered eSIM with its code; its ICCID is None where the supplier gave the code alone."""

    iccid: str | None
    activation_code: str = field(repr=False)
    qr_payload: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refilled(Paid):
    """A refilled eSIM."""

    iccid: str | None
    data_left_bytes: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp(Paid):
    """A topped-up wallet; `credit_minor` is what it got, for a pack more than its price.

    `balance_minor` is that after the deposit, the rest is the wallet as it is now.
    """

    owner: str
    credit_minor: int
    balance_minor: int
    minimum_minor: int
    held_minor: int
    history: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RefillOption:
    """A refill that an eSIM may have, with what it costs its owner."""

    id: str
    data_bytes: int
    price_minor: int
    total_minor: int
    currency: str


def quote(
    desk: Desk,
    sku: str,
    *,
    pay: str = "cash",
    customer: str | None = None,
    company: str | None = None,
) -> Quote:
    """The price of a plan as `sell` would charge it; changes nothing."""
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        row = plan_row(session, sku)
        plan = plan_value(row)
        rate = _rate(session, customer, company, pay, settings.vat_rate)
        price = price_of(plan.price_minor, plan.currency, rate=rate, pay=pay, settings=settings)
        supplier = live_supplier(session, row)
        return Quote(
            sku=plan.sku,
            name=plan.name,
            net_minor=price.net_minor,
            tax_minor=price.tax_minor,
            total_minor=price.total_minor,
            tax_rate=price.tax_rate,
            currency=price.currency,
            start_words=start_rule_words(plan),
            available=available_count(session, row, desk.clock()),
            live=supplier is not None,
            supplier=label_of(supplier) if supplier else "",
        )


def _rate(
    session: Session, customer: str | None, company: str | None, pay: str, default: int
) -> int:
    """The VAT rate of a possible payer; an address that is not known yet has the default."""
    own = None
    if customer and pay not in COMPANY_PAYS:
        user = find_user(session, customer)
        own = user.vat_rate if user else None
    elif company:
        own = own_rate(company_named(session, company))
    return default if own is None else own


def sell(
    desk: Desk,
    *,
    sku: str,
    pay: str,
    key: str,
    tendered: str | None = None,
    customer: str | None = None,
    company: str | None = None,
    when_paid: bool = False,
    keep: bool = False,
    reader: bool = False,
) -> Sale:
    """Sell one eSIM of a plan: one key, one order, one charge, one profile.

    On invoice and above the company's credit limit it is refused, or with `when_paid` reserved
    until the invoice is due and delivered when that is paid. The card that pays is held to the
    register's `reader`; or its owner has agreed that it is kept (`keep`).
    """
    wish = EsimPurchase(sku=sku, customer=customer, company=company)
    payment = Payment(pay, tendered, when_paid=when_paid, keep=keep, reader=reader)
    done = carry_out(desk, wish, payment, key, sale_of)
    _refill_what_paid(desk, pay)
    return done


def refill(
    desk: Desk,
    iccid: str,
    *,
    refill: str,
    pay: str,
    key: str,
    tendered: str | None = None,
    when_paid: bool = False,
    keep: bool = False,
    reader: bool = False,
) -> Refilled:
    """Refill an eSIM, named by its ICCID or its order, with one of its plan's refills.

    The card that pays is held to the register's `reader`, or kept, as in a sale.
    """
    wish = EsimRefill(iccid, refill)
    payment = Payment(pay, tendered, when_paid=when_paid, keep=keep, reader=reader)
    done = carry_out(desk, wish, payment, key, refilled)
    _refill_what_paid(desk, pay)
    return done


def top_up(
    desk: Desk,
    owner: str,
    *,
    pay: str,
    key: str,
    amount: str | None = None,
    pack: str | None = None,
    plan: str | None = None,
    tendered: str | None = None,
    keep: bool = False,
    reader: bool = False,
) -> TopUp:
    """Top up the wallet of a company or an end user: with an amount, or with a PAYGO pack.

    `plan` is the sku of the pack's plan, needed only when plans differ in a pack of this id.
    The card that pays is held to the register's `reader`, or kept, as in a sale.
    """
    wish = WalletRefill(owner, amount, pack, plan)

    def topped_up(session: Session, order: OrderRow, answer: dict[str, Any]) -> TopUp:
        row = session.get_one(WalletRow, order.wallet_id)
        return TopUp(
            **answer,
            minimum_minor=row.minimum_minor,
            held_minor=held_of(session, [row.id], desk.clock()).get(row.id, 0),
            history=wallet_history(session, row),
        )

    payment = Payment(pay, tendered, keep=keep, reader=reader)
    return carry_out(desk, wish, payment, key, topped_up)


def refill_options(desk: Desk, iccid: str, *, pay: str = "cash") -> list[RefillOption]:
    """The refills of an eSIM's plan with what its owner pays for each; packs are none."""
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        esim = refillable(session, iccid)
        plan = plan_value(plan_of(session, esim))
        buyer = owner_buyer(session, esim, pay)

    def option(refill: Refill, data_bytes: int) -> RefillOption:
        price = price_for(buyer, refill.price_minor, plan.currency, pay, settings)
        return RefillOption(
            id=refill.id,
            data_bytes=data_bytes,
            price_minor=refill.price_minor,
            total_minor=price.total_minor,
            currency=plan.currency,
        )

    return [option(one, one.data_bytes) for one in plan.refills if one.data_bytes is not None]


def _refill_what_paid(desk: Desk, pay: str) -> None:
    """A wallet that paid may have fallen under its threshold."""
    if pay in WALLET_METHODS:
        run_refills_soon(desk)


def sale_of(session: Session, order: OrderRow, answer: dict[str, Any]) -> Sale:
    """The sale with its code, as long as the eSIM is sold (decision 24)."""
    esim = session.get(EsimRow, order.esim_id) if order.esim_id else None
    code = format_code(code_of(esim)) if esim and esim.stock_state == "sold" else ""
    return Sale(**answer, activation_code=code, qr_payload=code)


def refilled(session: Session, order: OrderRow, answer: dict[str, Any]) -> Refilled:
    """The refill as it is told."""
    del session, order
    expires_at = answer.pop("expires_at")
    return Refilled(**answer, expires_at=parse_instant(expires_at) if expires_at else None)
