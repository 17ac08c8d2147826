"""Naming the ICCID of an eSIM that was sold by its code alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.esim.identifiers import check_iccid
from catalog.kernel.errors import Refused
from store_app.screens.money import ask
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.screens.esim import EsimScreen


async def identify(screen: EsimScreen, order: str) -> None:
    """Ask for the number that the phone shows, so that usage is matched from now on."""
    from store_app.desk.esims import identify_esim

    typed = await ask(screen, _form(order))
    if typed is None:
        return
    await screen.run_desk(identify_esim, order, typed["iccid"])
    screen.read()
    screen.say(_("The number is known now; usage is matched from here on."), "success")


def _form(order: str) -> Form:
    def check(typed: Values) -> None:
        reasons = check_iccid(typed["iccid"]).reasons
        if reasons:
            raise Refused(" ".join(reasons), field="iccid")

    field = Field("iccid", _("ICCID, as the phone shows it"), max_length=40)
    title = _("Which number has the eSIM of {order}?").format(order=order)
    return Form(title, [field], yes_label=_("Save"), check=check)
