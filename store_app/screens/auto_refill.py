"""Automatic refills on screen: set, changed, switched off, approved by the owner of the card."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, parse_amount, parse_scaled
from store_app.present import money, size
from store_app.refill_words import WAYS, rule_words, state_words
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask, paid_on_a_phone
from store_app.screens.picker import Choice, Picker
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.auto_refill_views import AutoRefillView
    from store_app.desk.sales import RefillOption

_APPROVE: Final = "approve"
_CHANGE: Final = "change"
_OFF: Final = "off"
_COLUMNS: Final = (Column("", 30, flex=1),)


async def esim_auto_refill(
    screen: StoreScreen, named: str, options: list[RefillOption]
) -> AutoRefillView | None:
    """Ask how an eSIM is refilled by itself; how it is then, None when nothing was asked for."""
    from store_app.desk.auto_refill_views import find_auto_refill
    from store_app.desk.auto_refills import set_esim_refill

    if not options:
        screen.say(_("This plan has no refills."), "warning")
        return None
    view = await screen.run_desk(find_auto_refill, named)
    if view is not None and view.state != "off":
        done = await _act(screen, view)
        if done is not _CHANGE:
            return done if not isinstance(done, str) else None
    typed = await ask(screen, _esim_form(named, options, view))
    if typed is None:
        return None
    terms: dict[str, Any] = {name: typed[name].strip() for name in ("refill", "pay", "threshold")}
    terms |= _caps(typed)
    setting = partial(set_esim_refill, iccid=named, **terms)
    return await screen.run_desk(setting)


async def wallet_auto_refill(
    screen: StoreScreen, owner: str, currency: str
) -> AutoRefillView | None:
    """Ask how a wallet is refilled by itself; how it is then, None when nothing was asked for."""
    from store_app.desk.auto_refill_views import find_auto_refill
    from store_app.desk.auto_refills import set_wallet_refill

    view = await screen.run_desk(find_auto_refill, owner)
    if view is not None and view.state != "off":
        done = await _act(screen, view)
        if done is not _CHANGE:
            return done if not isinstance(done, str) else None
    typed = await ask(screen, _wallet_form(owner, currency, view))
    if typed is None:
        return None
    terms: dict[str, Any] = {name: typed[name].strip() for name in ("amount", "threshold")}
    terms |= _caps(typed)
    setting = partial(set_wallet_refill, owner=owner, **terms)
    return await screen.run_desk(setting)


async def show_page(screen: StoreScreen, named: str) -> None:
    """Show the page on which the owner of the card approves, until it is paid or given up."""
    from store_app.desk.refill_pages import approve

    page = await screen.run_desk(approve, named)
    if page.order is not None and page.checkout_url:
        await paid_on_a_phone(screen, page.order)


async def _act(screen: StoreScreen, view: AutoRefillView) -> Any:
    """What is to be done with one that is set: the answer, or that it is changed."""
    from store_app.desk.auto_refill_views import show_auto_refill
    from store_app.desk.auto_refills import switch_off

    chosen = await ask(screen, _choice(view))
    if chosen == _APPROVE:
        await show_page(screen, view.named)
        return await screen.run_desk(show_auto_refill, view.named)
    if chosen == _OFF:
        return await screen.run_desk(switch_off, view.named)
    return _CHANGE if chosen == _CHANGE else None


def _choice(view: AutoRefillView) -> Picker:
    rows = [
        Choice(_CHANGE, (_("Change it"),)),
        Choice(_OFF, (_("Switch it off"),)),
    ]
    if view.state == "paused":
        rows.insert(0, Choice(_APPROVE, (_("Show the page on which it is approved"),)))
    title = _("Auto refill {when}; {state}").format(when=rule_words(view), state=state_words(view))
    return Picker(title, _COLUMNS, rows, empty_text="")


def _esim_form(named: str, options: list[RefillOption], view: AutoRefillView | None) -> Form:
    refills = tuple(
        (f"{one.id}: {size(one.data_bytes)}, {money(one.total_minor, one.currency)}", one.id)
        for one in options
    )
    fields = [
        Field(
            "threshold",
            _("Refill when less is left than, in MB"),
            str(view.threshold_mb) if view else "100",
            kind="amount",
            max_length=9,
        ),
        Field("refill", _("With"), view.refill if view else options[0].id, kind="choice",
              choices=refills),
        Field("pay", _("Paid from"), view.pay if view else "card", kind="choice",
              choices=tuple((words, way) for way, words in WAYS.items())),
        *_cap_fields(view),
    ]  # fmt: skip

    def check(typed: Values) -> None:
        parse_scaled(typed["threshold"], 0, field="threshold")
        _caps(typed)

    title = _("Refill {named} by itself").format(named=named)
    return Form(title, fields, yes_label=_("Set"), check=check)


def _wallet_form(owner: str, currency: str, view: AutoRefillView | None) -> Form:
    fields = [
        Field(
            "threshold",
            _("Top up when it holds less than, in {currency}").format(currency=currency),
            decimal_string(view.threshold, currency) if view else "",
            placeholder="20.00",
            kind="amount",
            max_length=15,
        ),
        Field(
            "amount",
            _("With, from the kept card"),
            decimal_string(view.amount_minor, currency) if view else "",
            placeholder="50.00",
            kind="amount",
            max_length=15,
        ),
        *_cap_fields(view),
    ]

    def check(typed: Values) -> None:
        for name in ("threshold", "amount"):
            parse_amount(typed[name], currency, field=name)
        _caps(typed)

    title = _("Top up the wallet of {owner} by itself").format(owner=owner)
    return Form(title, fields, yes_label=_("Set"), check=check)


def _cap_fields(view: AutoRefillView | None) -> tuple[Field, Field]:
    daily, monthly = (view.daily_cap, view.monthly_cap) if view else (3, 30)
    return (
        Field("daily_cap", _("At most in 24 hours"), str(daily), max_length=3),
        Field("monthly_cap", _("At most in 30 days"), str(monthly), max_length=4),
    )


def _caps(typed: Values) -> dict[str, int]:
    caps = {name: parse_scaled(typed[name], 0, field=name) for name in ("daily_cap", "monthly_cap")}
    for name, cap in caps.items():
        if cap < 1:
            raise Refused(_("Type one or more."), field=name)
    return caps
