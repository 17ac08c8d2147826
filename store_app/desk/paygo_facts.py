"""What only a PAYGO eSIM shows: its tariff in words, what it was charged, its MRC, its payer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalog.plans import rate_words
from checkout.billing.paygo_rows import Paygo, read_paygo
from checkout.billing.wallets import spendable


def paygo_of(row: Any) -> Paygo:
    """The PAYGO line of a row that has one."""
    return read_paygo(row.PaygoRow.model_dump())


def payable_of(row: Any) -> int | None:
    """What the payer can pay; None when its wallet is switched off."""
    if not row.WalletRow.enabled:
        return None
    return spendable(row.WalletRow, row.wallet_balance or 0, row.wallet_held)


def paygo_facts(row: Any, now: datetime) -> dict[str, Any]:
    """The fields of an eSIM's view that other kinds do not have; empty for these."""
    if row.PaygoRow is None:
        return {}
    paygo = paygo_of(row)
    terms = paygo.tariff
    has_ended = row.LineRow.ended_at is not None
    return {
        "charged_minor": paygo.charged_minor,
        "wallet_balance_minor": row.wallet_balance or 0,
        "wallet_available_minor": max(payable_of(row) or 0, 0),
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
