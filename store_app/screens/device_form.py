"""The question which phone a customer has, before an eSIM is sold for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.devices.check import DeviceCheck, check_device
from catalog.esim.identifiers import check_imei
from catalog.kernel.errors import Refused
from store_app.widgets.form import Field, Form, Values

if TYPE_CHECKING:
    from textual.screen import Screen

_CARDS: Final = ("34", "37")
"""Cards of 15 digits begin so, and no phone's number does."""


async def ask_device(screen: Screen[None]) -> DeviceCheck | None:
    """What the customer's phone is known to take; None when nothing was told. Nothing is kept."""
    fields = [
        Field("model", "Model (leave empty what is not known)", placeholder="iphone 15 pro"),
        Field("eid", "EID: 32 digits, behind *#06#", max_length=60),
        Field("imei", "IMEI: 15 digits, behind *#06#", max_length=40, allows=_is_phone),
    ]
    form = Form("Does the phone take an eSIM?", fields, yes_label="Check", check=_check)
    values = await screen.app.push_screen_wait(form)
    return _judged(values) if values and any(values.values()) else None


def _is_phone(number: str) -> bool:
    checked = check_imei(number)
    return checked.ok and not checked.value.startswith(_CARDS)


def _judged(values: Values) -> DeviceCheck:
    return check_device(values["model"], eid=values["eid"], imei=values["imei"])


def _check(values: Values) -> None:
    for field, reason in _judged(values).reasons:
        raise Refused(reason, code=f"bad_{field}", field=field)
