"""Money for an invoice: a bank transfer that finance has seen, or the company's wallet."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import load_settings
from checkout.accounts.owners import Owner
from checkout.billing.ledger import Account, Posting, bank, post, receivable, tax, wallet
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.subscriptions.invoices import add_payment, check_payable
from checkout.billing.subscriptions.tables import InvoicePaymentRow, InvoiceRow
from checkout.billing.tables import WalletRow
from checkout.billing.tax import split_tax
from checkout.payments.wallet import wallet_of

METHODS = ("bank", "wallet")


def pay_invoice(
    session: Session,
    row: InvoiceRow,
    owner: Owner,
    *,
    method: str,
    amount_minor: int,
    actor: str,
    now: datetime,
) -> int:
    """Pay a part of a locked invoice, or all of it; what a wallet gave for it.

    A wallet whose deposits were taxed pays without the VAT in that part: it was paid with the
    deposit, and is taken back from the invoice. Tax is never taken twice.

    Raises:
        Refused: no such method yet, not that much open, or the wallet holds too little.

    """
    if method not in METHODS:
        raise Refused(
            f"Invoices are not paid by {quoted(method)} yet; nothing was paid. Use bank or wallet.",
            code="method_not_offered",
            field="method",
        )
    check_payable(row, amount_minor)
    paid_from, tax_minor = bank(row.currency), 0
    if method == "wallet":
        tax_minor = _taxed_before(session, row, amount_minor)
        paid_from = _wallet(session, row, owner, amount_minor - tax_minor, (actor, now))
    done = add_payment(
        session, row, method, amount_minor, actor=actor, now=now, tax_minor=tax_minor
    )
    post(session, _postings(row, done, paid_from))
    return amount_minor - tax_minor if method == "wallet" else 0


def _taxed_before(session: Session, row: InvoiceRow, amount_minor: int) -> int:
    """The VAT in a part of an invoice that the deposits of a wallet have paid."""
    if load_settings(session).wallet_tax != "on_deposit":
        return 0
    before = split_tax(row.total_minor, row.tax_minor, row.paid_minor)
    return split_tax(row.total_minor, row.tax_minor, row.paid_minor + amount_minor) - before


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


def _postings(row: InvoiceRow, done: InvoicePaymentRow, paid_from: Account) -> list[Posting]:
    """What came in, and the VAT that came in before."""
    words = f"Payment of invoice {row.number} by {done.method}"
    given = done.amount_minor - done.tax_minor
    return [
        Posting(
            debit=debit,
            credit=receivable(row.company_id, row.currency),
            amount=amount,
            kind="invoice_payment",
            reason=reason,
            source=row.number or row.ref,
            subject_id=done.id,
            actor=done.actor,
            at=done.at,
            recorded_at=done.at,
        )
        for debit, amount, reason in (
            (paid_from, given, words),
            (tax(row.currency), done.tax_minor, f"{words}: VAT that its deposits had paid"),
        )
    ]
