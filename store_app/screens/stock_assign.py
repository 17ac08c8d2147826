"""Assigning out of stock: the next free eSIM of a plan, or the one that is scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.kernel.errors import Refused
from store_app.screens.assign import assign_esim, assigned_words
from store_app.screens.money import ask
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from catalog.stock.summary import StockLevel
    from store_app.desk.context import Desk
    from store_app.screens.stock import StockScreen


async def assign_from_stock(screen: StockScreen, level: StockLevel) -> None:
    """Ask for the number, then what every assignment asks."""
    typed = await ask(screen, _form(level, await screen.run_desk(next_free, level)))
    if typed is None:
        return
    done = await assign_esim(screen, typed["iccid"].strip())
    if done is not None:
        screen.read()
        screen.say(assigned_words(done), "success")


def next_free(desk: Desk, level: StockLevel) -> str:
    """The number of the next free eSIM of a plan, or of its operator's generic stock."""
    from store_app.desk.assignable import free_esims

    for sku in (level.sku or "", ""):
        found = free_esims(desk, level.operator, plan=sku)
        if found:
            return found[0].iccid
    return ""


def _form(level: StockLevel, number: str) -> Form:
    def check(typed: Values) -> None:
        if not typed["iccid"].strip():
            raise Refused(_("Type or scan the number of the eSIM."), field="iccid")

    label = _("The next free one; or type or scan another")
    field = Field("iccid", label, number, placeholder="89…", max_length=40)
    title = _("Assign an eSIM of {name}").format(name=level.sku or _("generic stock"))
    return Form(title, [field], yes_label=_("Go on"), check=check)
