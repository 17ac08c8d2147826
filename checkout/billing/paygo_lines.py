"""A PAYGO line is opened: its terms and its payer are kept, its first MRC may fall due."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from catalog.esim.identifiers import iccid_key
from catalog.kernel.numbering import insert_numbered
from checkout.billing.line_rows import LINES
from checkout.billing.paygo_months import anchored, bring_up_to_date
from checkout.billing.paygo_rows import Paygo, insert_paygo
from checkout.billing.tariff import Tariff


def open_paygo(
    session: Session,
    *,
    line_id: str,
    iccid: str,
    wallet_id: str,
    tariff: Tariff,
    now: datetime,
    actor: str,
) -> None:
    """Give a sold profile its tariff and its payer; the clock starts at first usage.

    An empty `iccid` is told later, by `identify_line`. With `mrc_anchor` assignment the first
    MRC is debited at once, or the line begins suspended.
    """
    row = {
        "id": line_id,
        "iccid_key": iccid_key(iccid) if iccid else None,
        "kind": "paygo",
        "validity_days": 0,
        "start": "first_usage",
        "assigned_at": now,
        "as_of": now,
    }
    paygo = Paygo(line_id, insert_numbered(session, LINES, row), wallet_id, tariff)
    if tariff.mrc_anchor == "assignment":
        paygo = anchored(paygo, now)
    insert_paygo(session, paygo)
    bring_up_to_date(session, [wallet_id], now, actor)
