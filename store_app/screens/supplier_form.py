"""A supplier added, changed and taken away on the screen; what is wrong stands in the form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.suppliers.access import LIMITS, Access, check_access
from store_app.screens.money import ask
from store_app.screens.stock_words import typed_path
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.suppliers import SupplierView
    from store_app.screens.suppliers import SuppliersScreen

_YES: Final = "yes"
_FILES: Final = ("ca", "cert", "key")
_SWITCHES: Final = {
    "release_apart": (_("no"), _("yes: it is released by a call of its own")),
    "confirmation": (_("no"), _("yes: each is ordered with a confirmation code")),
    "wants_eid": (_("no"), _("yes: it ties each to the phone of an EID")),
}
_LABELS: Final = {
    "name": _("Name, as plans say it"),
    "url": _("Address: https://… (in a demo store also: offline)"),
    "ca": _("File of the certificates that it is trusted by"),
    "cert": _("File of this store's certificate"),
    "key": _("File of its private key, readable by you alone"),
    "requester": _("Requester: the id that was agreed with it"),
    "smdp_address": _("SM-DP+ address, where it does not say one"),
    "protocol": _("What X-Admin-Protocol says"),
    "release_apart": _("Are profiles released apart?"),
    "confirmation": _("Do profiles ask for a confirmation code?"),
    "wants_eid": _("Does it want the phone's EID?"),
    "timeout_s": _("Seconds for one call"),
    "concurrent": _("Calls at once"),
    "per_minute": _("Calls a minute"),
}


async def add_supplier(screen: SuppliersScreen) -> None:
    """Ask how a new supplier is reached, and keep it."""
    taken = {view.name for view in screen.views}

    def is_free(access: Access) -> None:
        if access.name in taken:
            words = _("There is a supplier of this name. Press Esc, then x changes it.")
            raise Refused(words, field="name")

    await _keep(screen, Access(name="", url=""), _("A new supplier"), is_free)


async def change_supplier(screen: SuppliersScreen, view: SupplierView) -> None:
    """Show how a supplier is reached and keep what was changed."""
    kept = {each.name: getattr(view, each.name) for each in fields(Access)}
    await _keep(screen, Access(**kept), view.name)


async def remove_supplier(screen: SuppliersScreen, view: SupplierView) -> None:
    """Ask, then sell nothing more from a supplier."""
    from store_app.desk import suppliers

    question = _("Remove {name}?").format(name=view.name)
    detail = _("Its plans are sold from uploaded stock alone. What was sold stays.")
    if await ask(screen, Confirm(question, detail, _("Remove"))):
        await screen.run_desk(suppliers.remove_supplier, view.name)
        screen.read()
        screen.say(_("{name} is removed.").format(name=view.name), "success")


async def _keep(
    screen: SuppliersScreen,
    access: Access,
    title: str,
    is_free: Callable[[Access], None] | None = None,
) -> None:
    """Ask until it can be kept, or Esc; what the store refuses stands in the form again.

    The name is asked for where it has to be free.
    """
    from store_app.desk import suppliers

    def check(typed: Values) -> None:
        wanted = typed_access(typed, access)
        if is_free:
            is_free(wanted)
        check_access(wanted)

    names, refusal = [name for name in _LABELS if is_free or name != "name"], ""
    while True:
        shown = [_field(name, access) for name in names]
        form = Form(title, shown, yes_label=_("Keep"), check=check, refusal=refusal)
        typed = await ask(screen, form)
        if typed is None:
            return
        access = typed_access(typed, access)
        try:
            await screen.run_desk(suppliers.add_supplier, access)
        except Refused as refused:
            refusal = refused.message
        else:
            break
    screen.read(access.name)
    words = _("{name} is kept. t tests it; nothing is ordered.")
    screen.say(words.format(name=access.name), "success")


def typed_access(typed: Values, before: Access) -> Access:
    """How a supplier is reached, as it was typed; what was not asked for stays."""
    told: dict[str, str | bool | int] = {}
    for name, text in typed.items():
        if name in _FILES:
            told[name] = str(typed_path(text).absolute()) if text.strip() else ""
        elif name in _SWITCHES:
            told[name] = text == _YES
        else:
            told[name] = _whole(text) if name in LIMITS else text.strip()
    return replace(before, **told)  # type: ignore[arg-type]  # fields by name


def _field(name: str, access: Access) -> Field:
    value = getattr(access, name)
    if name in _SWITCHES:
        choices = tuple(zip(_SWITCHES[name], ("no", _YES), strict=True))
        return Field(name, _LABELS[name], _YES if value else "no", kind="choice", choices=choices)
    return Field(name, _LABELS[name], str(value), max_length=1000)


def _whole(text: str) -> int:
    """The number that was typed; 0, which none may be, for anything else."""
    typed = text.strip()
    return int(typed) if typed.isascii() and typed.isdecimal() else 0
