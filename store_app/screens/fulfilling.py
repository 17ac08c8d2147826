"""Saying what a supplier did for a paid order, where its answer was never heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.esim.identifiers import check_iccid
from catalog.kernel.errors import Refused
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.order_views import OrderView

_ICCID, _NONE = "iccid", "none"
_SAYS: Final = (
    (_("It allocated the profile below"), _ICCID),
    (_("It allocated none: order one now"), _NONE),
)


async def fulfil(screen: StoreScreen, order: str) -> OrderView | None:
    """Ask what the supplier says of a paid order, go on with it, say what became of it."""
    from store_app.desk.suppliers import fulfil_order

    typed = await ask(screen, _form(order))
    if typed is None:
        return None
    screen.say(_("Asking the supplier …"))
    iccid = typed["iccid"] if typed["says"] == _ICCID else None
    found: OrderView = await screen.run_desk(fulfil_order, order, iccid=iccid)
    if found.state == "delivered":
        screen.say(_("Order {order} is delivered.").format(order=order), "success")
    else:
        is_state = _("Order {order} is {state}.").format(order=order, state=found.state)
        screen.say(found.waiting or is_state, "warning")
    return found


async def fulfil_another(screen: StoreScreen, name: str) -> None:
    """Ask the same of a replacement, whose eSIM keeps its profile meanwhile."""
    from store_app.desk.replacements import fulfil_replacement

    typed = await ask(screen, _form(name))
    if typed is None:
        return
    screen.say(_("Asking the supplier …"))
    iccid = typed["iccid"] if typed["says"] == _ICCID else None
    done = await screen.run_desk(fulfil_replacement, name, iccid=iccid)
    words = _("Replaced: it is {iccid} now.").format(iccid=done.iccid)
    screen.say(words, "success")


def _form(order: str) -> Form:
    fields = [
        Field(
            "says",
            _("What does the supplier say? Ask it first."),
            kind="choice",
            placeholder=_("Choose what it says"),
            choices=_SAYS,
        ),
        Field("iccid", _("ICCID of the profile that it allocated"), max_length=40),
    ]
    title = _("What was ordered for {order}?").format(order=order)
    return Form(title, fields, yes_label=_("Go on"), check=_check)


def _check(typed: Values) -> None:
    if not typed["says"]:
        raise Refused(_("Choose what the supplier says."), field="says")
    if typed["says"] == _NONE and typed["iccid"].strip():
        raise Refused(_("Leave the number empty when it allocated none."), field="iccid")
    if typed["says"] == _ICCID and (reasons := check_iccid(typed["iccid"]).reasons):
        raise Refused(" ".join(reasons), field="iccid")
