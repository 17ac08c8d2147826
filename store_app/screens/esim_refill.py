"""Adding data to an eSIM: which refill, how it is paid, then one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import NotFound
from store_app.present import instant, money, size
from store_app.screens.kept_card import asked_to_keep
from store_app.screens.money import ask, card_ways, once, paid_on_a_phone
from store_app.screens.picker import Choice, Picker
from store_app.screens.tender import Offer, Tender, Tendered
from store_app.widgets.confirm import Confirm
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.esims import EsimView
    from store_app.desk.sales import Refilled, RefillOption
    from store_app.screens.esim import EsimScreen

_COLUMNS: Final = (
    Column(_("Refill"), 10, flex=1),
    Column(_("Data"), 12, align="right"),
    Column(_("Price"), 14, align="right"),
)
_NONE: Final = {
    "suspended": _("It is suspended by hand. Press h to resume it, then refill it."),
    "pending": _("A SIM swap is under way. Refill it when that has ended."),
    "": _("This plan has no refills. Sell another eSIM instead."),
}
"""Why there is no refill, by the store's own word on the eSIM."""


async def refill_esim(screen: EsimScreen, view: EsimView, options: Sequence[RefillOption]) -> None:
    """Ask for the refill and the payment, charge it once, say what came of it."""
    if not options:
        screen.say(_NONE.get(view.word, _NONE[""]), "warning")
        return
    chosen = await ask(screen, _picker(view, options))
    if chosen is None:
        return
    offers = await screen.run_desk(refill_offers, view, chosen, card_ways(screen))
    option = next(option for option in options if option.id == chosen)
    item = _("Refill of {data} for {plan}").format(
        data=size(option.data_bytes), plan=view.plan_name
    )
    paid = await ask(screen, Tender(item, offers))
    if paid is None:
        return
    detail = f"{view.name}, {_owner(view)}\n{paid.words}"
    total = money(paid.offer.total_minor, paid.offer.currency)
    question = _("{item}: charge {total}?").format(item=item, total=total)
    if await ask(screen, Confirm(question, detail, _("Charge {total}").format(total=total))):
        is_card = paid.offer.pay == "card"
        keep = is_card and await asked_to_keep(screen, view.end_user or view.company)
        await _charge(screen, view.name, chosen, paid, keep=keep)


def refill_offers(
    desk: Desk, view: EsimView, refill: str, cards: Sequence[str] = ()
) -> list[Offer]:
    """What a refill costs by each way that its owner has; `cards` are those with a card."""
    from checkout.accounts.companies import WALK_IN
    from store_app.desk.sales import refill_options

    owners = {"wallet": view.end_user, "company-wallet": view.company}
    wallets = [pay for pay, owner in owners.items() if owner and _has_wallet(desk, owner)]
    invoice = ["invoice"] if view.company not in (None, WALK_IN) else []
    ways = ["cash", *wallets, *invoice, *cards]
    offers = []
    for pay in ways:
        options = {each.id: each for each in refill_options(desk, view.name, pay=pay)}
        offers.append(Offer(pay, options[refill].total_minor, options[refill].currency))
    return offers


def _has_wallet(desk: Desk, owner: str) -> bool:
    from store_app.desk.wallets import show_wallet

    try:
        return show_wallet(desk, owner).enabled
    except NotFound:
        return False


async def _charge(
    screen: EsimScreen, named: str, refill_id: str, paid: Tendered, *, keep: bool
) -> None:
    from store_app.desk.sales import refill

    screen.say(_("Charging…"))
    done = await once(screen, refill, named, refill=refill_id, **paid.how, keep=keep)
    if done.state == "placed":
        await paid_on_a_phone(screen, done.order)
        screen.read()
        return
    screen.read()
    screen.say(_done_words(done), "success")


def _done_words(done: Refilled) -> str:
    words = _("Refilled: {left} left, expires {expires}. Receipt {receipt}.").format(
        left=size(done.data_left_bytes), expires=instant(done.expires_at), receipt=done.receipt
    )
    if not done.change_minor:
        return words
    return f"{words} " + _("Change: {change}.").format(
        change=money(done.change_minor, done.currency)
    )


def _picker(view: EsimView, options: Sequence[RefillOption]) -> Picker:
    return Picker(
        _("Refill {named}").format(named=view.name),
        _COLUMNS,
        [
            Choice(
                option.id,
                (option.id, size(option.data_bytes), money(option.total_minor, option.currency)),
            )
            for option in options
        ],
        empty_text=_("This plan has no refills."),
    )


def _owner(view: EsimView) -> str:
    return view.end_user or view.company or _("walk-in")
