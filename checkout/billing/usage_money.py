"""What usage costs a wallet: one posting for each step, whatever the number of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from catalog.kernel.database import chunks
from checkout.billing.ledger import Posting, post, revenue, tax, wallet
from checkout.billing.tables import WalletRow
from checkout.billing.usage_verdicts import Run

Charged = tuple[str, int, int, int, int]
"""A wallet, its money and the VAT in it, the number of lines and of records."""


def post_usage(session: Session, charged: Sequence[Charged], run: Run) -> None:
    """Debit wallets, which are locked, for the usage of their lines."""
    currencies: dict[str, str] = {}
    for part in chunks(sorted(one[0] for one in charged)):
        rows = select(WalletRow.id, WalletRow.currency).where(col(WalletRow.id).in_(part))
        currencies |= dict(session.exec(rows).all())
    post(session, [one for each in charged for one in _postings(each, currencies[each[0]], run)])


def _postings(charged: Charged, currency: str, run: Run) -> Iterator[Posting]:
    wallet_id, minor, vat, lines, records = charged
    words = f"usage of {_counted(lines, 'eSIM')}, {_counted(records, 'record')}"
    for credit, amount, reason in (
        (revenue(currency), minor - vat, words),
        (tax(currency), vat, f"VAT on {words}"),
    ):
        yield Posting(
            debit=wallet(wallet_id, currency),
            credit=credit,
            amount=amount,
            kind="usage",
            reason=reason,
            source=run.source,
            subject_id=wallet_id,
            actor=run.actor,
            at=run.now,
            recorded_at=run.now,
        )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
