"""What only a PAYGO eSIM shows: its tariff in words, what it was charged, its MRC, its payer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.plans import rate_words
from checkout.billing.paygo_rows import Paygo, read_paygo
from checkout.billing.wallets import spendable


@dataclass(frozen=True, slots=True)
class Months:
    """What `once_paid` gives: lines and wallets as they are once the MRC that is due is debited."""

    paid: Mapping[str, Paygo]
    funds: Mapping[str, int]

    def paygo_of(self, row: Any) -> Paygo:
        """The PAYGO line of a row that has one."""
        return self.paid.get(row.LineRow.id) or read_paygo(
            row.PaygoRow.model_dump() | {"terms": row.terms}
        )

    def payable_of(self, row: Any) -> int | None:
        """What the payer can pay; None when its wallet is switched off."""
        return self.funds[row.WalletRow.id] if row.WalletRow.enabled else None


def is_paygo(row: Any) -> bool:
    """Whether a row has a line that is PAYGO now, and not only was."""
    return row.PaygoRow is not None and row.LineRow.kind == "paygo"


def payable(rows: Iterable[Any]) -> dict[str, int]:
    """What each wallet that pays for one of the rows can pay before that."""
    return {
        row.WalletRow.id: spendable(row.WalletRow, row.wallet_balance or 0, row.wallet_held)
        for row in rows
        if is_paygo(row)
    }


def paygo_facts(row: Any, months: Months, now: datetime) -> dict[str, Any]:
    """The fields of an eSIM's view that other kinds do not have; empty for these."""
    if not is_paygo(row):
        return {}
    paygo = months.paygo_of(row)
    terms = paygo.tariff
    has_ended = row.LineRow.ended_at is not None
    return {
        "charged_minor": paygo.charged_minor,
        "wallet_balance_minor": row.wallet_balance or 0,
        "wallet_available_minor": max(months.payable_of(row) or 0, 0),
        "currency": terms.currency,
        "rate_words": rate_words(
            terms.currency,
            terms.rate_per_mb_micro,
            countries=terms.country_rates_micro,
            barred=terms.barred,
            mrc_minor=terms.mrc_minor,
        ),
        "barred_bytes": paygo.barred_bytes,
        "mrc_minor": terms.mrc_minor,
        "mrc_due_at": None if has_ended else paygo.mrc_due_at,
        "owed_minor": 0 if has_ended else paygo.owed_minor(now),
    }
