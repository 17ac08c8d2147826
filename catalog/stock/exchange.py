"""Two records exchange their profiles: a sold eSIM gets another one and stays who it is."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, update
from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.stock.lots import ESIMS, count_withdrawn

PROFILE: Final = (
    *("line_kind", "iccid", "iccid_key", "operator", "lot", "smdp_address", "smdp_key"),
    *("matching_id", "oid", "confirmation_required", "confirmation_code", "reusable", "eid"),
    *("msisdn", "imsi", "pin1", "puk1", "batch_ref", "purchase_order", "cost_minor"),
    *("cost_currency", "install_by", "profile_state"),
)
"""What belongs to the profile; whose it is, on which plan and since when stays with the record."""

_OUT_OF_TRADE: Final = {"stock_state": "withdrawn", "reserved_until": None, "order_id": None}
_UNNAMED: Final = {"iccid_key": None, "matching_id": ""}
"""Two rows never have one number or one code, not even between two statements."""


def exchange(session: Session, sold: EsimRow, spare: EsimRow, *, keeps_number: bool) -> None:
    """Give a locked sold eSIM the profile of a spare one, which gets the old one and is withdrawn.

    The spare one has left the shelf already and was counted. With `keeps_number` the phone number
    goes on with the eSIM and not with the profile.
    """
    session.flush()
    old, new = _profile(session, sold.id), _profile(session, spare.id)
    if keeps_number:
        old["msisdn"], new["msisdn"] = new["msisdn"], old["msisdn"]
    _write(session, spare.id, _UNNAMED)
    _write(session, sold.id, new)
    _write(session, spare.id, old | _OUT_OF_TRADE)
    count_withdrawn(session, old["lot"])
    session.expire(sold)
    session.expire(spare)


def _profile(session: Session, esim_id: str) -> dict[str, Any]:
    columns = [ESIMS.c[name] for name in PROFILE]
    return dict(session.execute(select(*columns).where(ESIMS.c.id == esim_id)).mappings().one())


def _write(session: Session, esim_id: str, values: dict[str, Any]) -> None:
    session.execute(update(ESIMS).where(ESIMS.c.id == esim_id).values(**values))
