"""Topping up a wallet: the deposit is taxed, its net is the owner's to spend."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from catalog.kernel.requests import Request
from checkout.accounts.owners import Owner, owner_named, wallet_or_new
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.orders.buyers import Buyer
from checkout.orders.place import Counter, check_method, earlier_order, new_order, write_order
from checkout.orders.pricing import deposit_price
from checkout.orders.tables import OrderRow
from checkout.orders.tender import tender


def place_top_up(
    session: Session,
    request: Request,
    counter: Counter,
    *,
    owner_name: str,
    amount: str,
    pay: str,
    tendered: str | None = None,
) -> OrderRow:
    """Place the order for a deposit; the first one creates and enables the wallet."""
    earlier = earlier_order(session, request)
    if earlier is not None:
        return earlier
    owner = owner_named(session, owner_name)
    buyer = _buyer(session, owner)
    currency = buyer.company.currency if owner.kind == "company" else counter.settings.currency
    row = wallet_or_new(session, owner, currency=currency, now=request.now)
    amount_minor = parse_amount(amount, row.currency)
    if amount_minor <= 0:
        raise Refused(
            "A top-up is an amount above zero; nothing has changed.",
            code="bad_amount",
            field="amount",
        )
    check_method(pay, counter, row.currency)
    rate = buyer.tax_rate(counter.settings)
    price = deposit_price(amount_minor, row.currency, rate=rate, settings=counter.settings)
    item = {"name": f"Wallet of {owner.name}", "owner": owner.name}
    order = new_order(
        request, kind="wallet_refill", counter=counter, buyer=buyer, price=price, pay=pay, item=item
    )
    order.wallet_id = row.id
    parameters = tender(pay, tendered, price)
    write_order(session, request, order, parameters=parameters, payer=None)
    return order


def _buyer(session: Session, owner: Owner) -> Buyer:
    company = session.get_one(CompanyRow, owner.company_id)
    user = session.get_one(EndUserRow, owner.id) if owner.kind == "end_user" else None
    return Buyer(company, user, owner)
