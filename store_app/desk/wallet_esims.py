"""The PAYGO eSIMs that a wallet pays for, and what makes them run."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from checkout.accounts.owners import owner_named
from checkout.billing.resuming import owed_and_missing
from checkout.billing.tables import PaygoRow
from checkout.payments.wallet import wallet_of
from store_app.desk.context import Desk
from store_app.desk.esims import EsimView, esim_rows, esim_views


@dataclass(frozen=True, slots=True)
class PaidEsims:
    """What a wallet pays for, the newest sale first.

    Attributes:
        owed_minor: MRC of begun months that the wallet cannot pay.
        missing_minor: the credit after which all of them run; 0: they do; None: the wallet is
            switched off.

    """

    owner: str
    currency: str
    owed_minor: int
    missing_minor: int | None
    esims: list[EsimView]


def wallet_esims(desk: Desk, owner: str, *, limit: int = 500) -> PaidEsims:
    """The PAYGO eSIMs that the wallet of a company or an end user pays for."""
    now = desk.clock()
    with snapshot(desk.engine) as session:
        named = owner_named(session, owner)
        row = wallet_of(session, named)
        paid = esim_rows(now).where(col(PaygoRow.wallet_id) == row.id)
        newest = paid.order_by(col(EsimRow.sold_at).desc(), col(EsimRow.id).desc())
        owed_minor, missing_minor = owed_and_missing(session, row, now)
        return PaidEsims(
            owner=named.name,
            currency=row.currency,
            owed_minor=owed_minor,
            missing_minor=missing_minor,
            esims=esim_views(session, newest.limit(limit), now),
        )
