"""The activation code of a sold eSIM at the desk: what installs it, in every form."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.esim.activation_code import carddata_link, format_code
from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.stock.reserve import code_of
from checkout.orders.sold_esims import esim_named
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class CodeView:
    """What installs a sold eSIM; every part but the address is as secret as the code."""

    iccid: str | None
    payload: str = field(repr=False)
    address: str
    matching_id: str = field(repr=False)
    confirmation_code: str = field(repr=False)
    confirmation_required: bool
    oid: str
    apple_link: str = field(repr=False)
    android_link: str = field(repr=False)
    line_kind: str = "esim"


def esim_code(desk: Desk, name: str) -> CodeView:
    """The activation code of a sold eSIM; one that is not sold shows none (decision 24).

    `Refused` for a physical SIM and a terminal too: they are handed over and have no code.
    """
    return with_code(handed_over(desk, name))


def with_code(view: CodeView) -> CodeView:
    """What is handed over, or `Refused` when it is no code but a thing."""
    if not view.payload:
        raise Refused(
            f"{view.iccid} is a {view.line_kind} and has no activation code; nothing has changed. "
            "Hand it over as it is.",
            code="no_code",
            field="iccid",
        )
    return view


def handed_over(desk: Desk, name: str) -> CodeView:
    """The same, but a SIM or a terminal gives its number alone: its payload is empty."""
    with snapshot(desk.engine) as session:
        row = esim_named(session, name)
    if row.stock_state != "sold":
        raise Refused(
            f"The eSIM {row.iccid or name} is not sold, so its code is not shown; nothing has "
            "changed.",
            code="not_sold",
            field="iccid",
        )
    if row.line_kind != "esim":
        return _without_code(row)
    code = code_of(row)
    return CodeView(
        iccid=row.iccid or None,
        payload=format_code(code),
        address=row.smdp_address,
        matching_id=row.matching_id,
        confirmation_code=row.confirmation_code,
        confirmation_required=row.confirmation_required,
        oid=row.oid,
        apple_link=carddata_link(code, "apple"),
        android_link=carddata_link(code, "android"),
    )


def _without_code(row: EsimRow) -> CodeView:
    nothing = dict.fromkeys(
        ("payload", "address", "matching_id", "confirmation_code", "oid", "apple_link"), ""
    )
    return CodeView(
        iccid=row.iccid,
        confirmation_required=False,
        android_link="",
        line_kind=row.line_kind,
        **nothing,
    )
