"""Another profile for an eSIM: the reason, one question, then its new code at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.screens.esim_words import left_words
from store_app.screens.money import ask, once
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.esims import EsimView
    from store_app.screens.esim_record import EsimRecord


async def replace_esim(screen: EsimRecord, view: EsimView) -> None:
    """Ask, exchange the profile once, and open the activation of the new one."""
    from store_app.desk.replacements import replace_esim as replace
    from store_app.screens.esim_code import CodeScreen

    title = _("Replace {iccid}: what is wrong with it?").format(iccid=view.name)
    field = Field("reason", _("Reason"), max_length=120)
    typed = await ask(screen, Form(title, [field], yes_label=_("Go on")))
    if typed is None:
        return
    detail = _(
        "{left}: all of it goes on with a new profile, free of charge: from stock, or else ordered "
        "from its supplier. The old one is withdrawn for good once the new one is there."
    ).format(left=left_words(view))
    question = _("Replace {iccid}?").format(iccid=view.name)
    if not await ask(screen, Confirm(question, detail, _("Replace it"))):
        return
    done = await once(screen, replace, view.name, reason=typed["reason"].strip())
    screen.named = done.iccid or done.order or screen.named
    screen.read()
    screen.say(_("Replaced: it is {iccid} now.").format(iccid=screen.named), "success")
    if screen.is_current:
        screen.app.push_screen(CodeScreen(screen.desk, [done.order or screen.named]))
