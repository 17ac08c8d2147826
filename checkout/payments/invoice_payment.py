"""Money for an invoice: a transfer, cash, the company's wallet, its credit; and money back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import Owner
from checkout.billing.ledger import (
    Account,
    Posting,
    bank,
    drawer,
    lock,
    post,
    receivable,
    tax,
    wallet,
)
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.subscriptions.invoices import check_payable
from checkout.billing.subscriptions.issuing import (
    add_payment,
    credit_of,
    left_minor,
    set_off,
)
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.billing.tables import WalletRow
from checkout.billing.tax import tax_in_payment
from checkout.payments.wallet import wallet_of

METHODS = ("bank", "cash", "wallet", "credit")
BACK = ("bank", "cash", "wallet", "card")
"""Ways in which money goes back to a company; to the cards that paid it goes by their orders."""


@dataclass(frozen=True, slots=True)
class Drawer:
    """The drawer of an open shift, and the number of the receipt for what goes through it."""

    register_id: str
    shift_id: str
    currency: str
    receipt_number: str


def pay_invoice(
    session: Session,
    row: InvoiceRow,
    owner: Owner,
    *,
    method: str,
    amount_minor: int,
    actor: str,
    now: datetime,
    till: Drawer | None = None,
) -> InvoicePaymentRow:
    """Pay a part of a locked invoice, or all of it.

    A wallet whose deposits were taxed pays without the VAT in that part: it was paid with the
    deposit, and is taken back from the invoice. Tax is never taken twice. `credit` is what other
    invoices left to the company; cash needs the `till`.

    Raises:
        Refused: no such method, not that much open, or the wallet or the credit is too low.

    """
    check_way(method, METHODS)
    check_payable(row, amount_minor)
    if method == "credit":
        return _set_off(session, row, amount_minor, actor, now)
    tax_minor, paid_from = 0, _account(row, method, till)
    if method == "wallet":
        tax_minor = _taxed_before(session, row, amount_minor)
        paid_from = _wallet(session, row, owner, amount_minor - tax_minor, (actor, now))
    parts, by = (amount_minor, tax_minor), (actor, now)
    return _book(session, row, method, parts, account=paid_from, till=till, by=by)


def give_back(
    session: Session,
    row: InvoiceRow,
    owner: Owner,
    *,
    method: str,
    amount_minor: int | None,
    actor: str,
    now: datetime,
    till: Drawer | None = None,
) -> InvoicePaymentRow:
    """Give a company back what a locked document leaves to it; all of it when not said.

    Into a wallet whose deposits are taxed it goes without its VAT, as any deposit does.
    """
    check_way(method, BACK)
    left = -left_minor(row)
    wanted = left if amount_minor is None else amount_minor
    if not 0 < wanted <= left:
        raise Refused(
            f"{row.number or row.ref} leaves {money_words(max(left, 0), row.currency)} to the "
            "company; nothing was given back. Credit an invoice that was paid first.",
            code="bad_amount",
            field="amount",
        )
    tax_minor, paid_to = 0, _account(row, method, till)
    if method == "wallet":
        tax_minor = -_taxed_before(session, row, -wanted)
        found = wallet_of(session, owner, lock=True)
        _check_wallet(found, row.currency)
        paid_to = wallet(found.id, row.currency)
    elif method == "cash" and lock(session, [paid_to])[paid_to.id] < wanted:
        raise Refused(
            "The drawer does not hold that much; nothing was given back. Put cash in first, with "
            "its reason.",
            code="drawer_too_low",
        )
    parts, by = (-wanted, -tax_minor), (actor, now)
    done = _book(session, row, method, parts, account=paid_to, till=till, by=by)
    bring_up_to_date(session, [paid_to.id] if method == "wallet" else [], now, actor)
    return done


def check_way(method: str, ways: tuple[str, ...]) -> None:
    """Refuse a way in which money for invoices does not go."""
    if method in ways:
        return
    raise Refused(
        f"Invoices are not settled by {quoted(method)}; nothing has changed. "
        f"Use {', '.join(ways[:-1])} or {ways[-1]}.",
        code="method_not_offered",
        field="method",
    )


def _account(row: InvoiceRow, method: str, till: Drawer | None) -> Account:
    if method != "cash":
        return bank(row.currency)
    if till is None:
        raise Refused(
            "No shift is open at this register, so no cash goes in or out; nothing has changed. "
            "Open one: shift open --float AMOUNT.",
            code="no_open_shift",
        )
    if till.currency != row.currency:
        raise Refused(
            f"The drawer holds {till.currency} and {row.number} is in {row.currency}; nothing has "
            "changed. Pay another way.",
            code="currency_mismatch",
        )
    return drawer(till.register_id, row.currency)


def _set_off(
    session: Session, row: InvoiceRow, amount_minor: int, actor: str, now: datetime
) -> InvoicePaymentRow:
    """Pay out of what other documents left, all of the amount or nothing."""
    held = sum(-left_minor(one) for one in credit_of(session, row.company_id, row.currency))
    done = (
        set_off(session, row, amount_minor, actor=actor, now=now) if held >= amount_minor else None
    )
    if done is None:
        raise Refused(
            f"The company has a credit of {money_words(held, row.currency)}; nothing was paid.",
            code="credit_too_low",
            field="amount",
        )
    return done


def _book(
    session: Session,
    row: InvoiceRow,
    method: str,
    parts: tuple[int, int],
    *,
    account: Account,
    till: Drawer | None,
    by: tuple[str, datetime],
) -> InvoicePaymentRow:
    """Note an amount with the VAT in it, and post it; below zero it goes back."""
    through = till if method == "cash" else None
    done = add_payment(
        session,
        row,
        method,
        parts[0],
        tax_minor=parts[1],
        actor=by[0],
        now=by[1],
        register_id=through.register_id if through else "",
        shift_id=through.shift_id if through else None,
        receipt_number=through.receipt_number if through else None,
    )
    post(session, _postings(row, done, account))
    return done


def _taxed_before(session: Session, row: InvoiceRow, amount_minor: int) -> int:
    """The VAT in the next part of an invoice that deposits of a wallet have paid, or will pay."""
    if load_settings(session).wallet_tax != "on_deposit":
        return 0
    sign = -1 if row.total_minor < 0 else 1
    whole, vat = abs(row.total_minor), abs(row.tax_minor)
    paid = tax_in_payment(whole, vat, sign * row.paid_minor, sign * amount_minor)
    return sign * paid


def _wallet(
    session: Session,
    invoice: InvoiceRow,
    owner: Owner,
    amount_minor: int,
    by: tuple[str, datetime],
) -> Account:
    """The company's wallet, locked and able to pay that much."""
    row, currency = wallet_of(session, owner, lock=True), invoice.currency
    _check_wallet(row, currency)
    funds, _months = bring_up_to_date(session, [row.id], by[1], by[0])
    if funds[row.id] < amount_minor:
        raise Refused(
            f"The wallet of {owner.name} can spend {money_words(max(funds[row.id], 0), currency)} "
            f"and {money_words(amount_minor, currency)} are needed; nothing was paid. Top it up.",
            code="wallet_too_low",
        )
    return wallet(row.id, currency)


def _check_wallet(row: WalletRow, currency: str) -> None:
    if not row.enabled:
        raise Refused("This wallet is not enabled; nothing was paid.", code="wallet_disabled")
    if row.currency != currency:
        raise Refused(
            f"The wallet holds {row.currency} and the invoice is in {currency}; nothing was paid "
            "and nothing is converted.",
            code="currency_mismatch",
        )


def _postings(row: InvoiceRow, done: InvoicePaymentRow, account: Account) -> list[Posting]:
    """What came in, and the VAT that came in before; what goes back, the other way round."""
    owed, is_back = receivable(row.company_id, row.currency), done.amount_minor < 0
    words = f"Payment of invoice {row.number} by {done.method}"
    if is_back:
        words = f"Credit of {row.number} given back by {done.method}"
    given = done.amount_minor - done.tax_minor
    return [
        Posting(
            debit=owed if is_back else other,
            credit=other if is_back else owed,
            amount=abs(amount),
            kind="invoice_payment",
            reason=reason,
            source=row.number or row.ref,
            subject_id=done.id,
            actor=done.actor,
            at=done.at,
            recorded_at=done.at,
        )
        for other, amount, reason in (
            (account, given, words),
            (tax(row.currency), done.tax_minor, f"{words}: VAT of its deposits"),
        )
    ]
