"""SIM swap from the page of an eSIM: begun with a scanned card, ended as the operator tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.esim.identifiers import check_iccid
from catalog.kernel.errors import Refused
from store_app.present import instant
from store_app.screens.money import ask, once
from store_app.screens.picker import Choice, Picker
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.esims import EsimView
    from store_app.desk.sim_swaps import Swap
    from store_app.screens.esim_record import EsimRecord

_COLUMNS: Final = (Column("", 24, flex=1),)


async def swap_sim(screen: EsimRecord, view: EsimView) -> None:
    """Begin one; of one that is under way, take the operator's answer."""
    done = await (_tell(screen, view) if view.word == "pending" else _begin(screen, view))
    if done is None:
        return
    screen.named = done.iccid
    screen.read()
    zone = screen.heading.time_zone if screen.heading else "UTC"
    screen.say(_words(done, zone), "success" if done.state == "done" else "warning")


async def _begin(screen: EsimRecord, view: EsimView) -> Swap | None:
    from store_app.desk.sim_swaps import swap_sim as begin

    typed = await ask(screen, _form(view))
    if typed is None:
        return None
    to = check_iccid(typed["to"]).value
    question = _("Move {msisdn} to {card}?").format(msisdn=view.msisdn, card=to)
    detail = _(
        "All that {iccid} has goes with it, and {iccid} is archived. Both cards are pending until "
        "the operator has done it."
    ).format(iccid=view.name)
    if not await ask(screen, Confirm(question, detail, _("Move it"))):
        return None
    done: Swap = await once(screen, begin, view.name, to, reason=typed["reason"].strip())
    return done


async def _tell(screen: EsimRecord, view: EsimView) -> Swap | None:
    from store_app.desk.sim_swaps import show_swap, tell_swap

    swap = await screen.run_desk(show_swap, view.name)
    zone = screen.heading.time_zone if screen.heading else "UTC"
    choices = [
        Choice("done", (_("The operator has moved the number"),)),
        Choice("failed", (_("The operator has not moved it, and will not"),)),
    ]
    picker = Picker(_words(swap, zone), _COLUMNS, choices, empty_text="", typed="")
    said = await ask(screen, picker)
    if said is None:
        return None
    done: Swap = await once(screen, tell_swap, view.name, done=said == "done")
    return done


def _words(swap: Swap, zone: str) -> str:
    """How far a swap is, in a sentence."""
    if swap.state == "done":
        return _("Moved: {msisdn} is on {iccid} now.").format(msisdn=swap.msisdn, iccid=swap.iccid)
    if swap.state == "failed":
        return _("Not moved: both cards are as they were. {answer}").format(answer=swap.answer)
    if swap.due_at is None:
        return _("Nobody knows whether it was moved: ask the operator, then press m.")
    words = _("Not moved yet. {answer} Again at {at}.")
    return words.format(answer=swap.answer, at=instant(swap.due_at, zone))


def _form(view: EsimView) -> Form:
    def check(typed: Values) -> None:
        if reasons := check_iccid(typed["to"]).reasons:
            raise Refused(" ".join(reasons), field="to")

    fields = [
        Field("to", _("ICCID of the blank card: scan or type it"), max_length=40),
        Field("reason", _("Reason"), max_length=120),
    ]
    title = _("Move the number {msisdn} to another card").format(msisdn=view.msisdn)
    return Form(title, fields, yes_label=_("Go on"), check=check)
