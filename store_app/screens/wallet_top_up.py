"""Putting money into a wallet: whose, how much, how it is paid, then one question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_scaled
from store_app.present import money, percent
from store_app.screens.money import ask, once, paid_on_a_phone
from store_app.screens.picker import Choice, Picker
from store_app.screens.tender import Offer, Tender
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.deposits import DepositQuote
    from store_app.desk.sales import TopUp
    from store_app.screens.wallets import WalletsScreen

_COLUMNS: Final = (
    Column(_("Owner"), 24, flex=2),
    Column(_("Kind"), 16, flex=1),
    Column(_("Balance"), 14, align="right"),
)


def owner_choices(desk: Desk) -> list[Choice]:
    """Everyone who may have a wallet: companies, then customers."""
    from store_app.desk.people import list_companies, list_users
    from store_app.desk.wallets import list_wallets

    balances = {view.owner: money(view.balance_minor, view.currency) for view in list_wallets(desk)}
    none = _("no wallet yet")
    companies = [
        Choice(firm.name, (firm.name, _("company"), balances.get(firm.name, none)))
        for firm in list_companies(desk)
    ]
    customers = [
        Choice(user.email, (user.email, user.name or _("customer"), balances.get(user.email, none)))
        for user in list_users(desk)
    ]
    return companies + customers


async def top_up_wallet(screen: WalletsScreen) -> None:
    """Ask, show net, VAT and total before paying, charge once, say what came of it."""
    from store_app.desk.deposits import quote_deposit
    from store_app.desk.sales import top_up

    owner = await ask(screen, _picker(await screen.run_desk(owner_choices), screen.marked_owner))
    if owner is None:
        return
    typed = await ask(screen, _form(owner))
    if typed is None:
        return
    amount = typed["amount"].strip()
    quote = await screen.run_desk(quote_deposit, owner, amount=amount)
    paid = await ask(screen, Tender(quote_words(quote), _offers(screen, quote)))
    if paid is None:
        return
    total = money(quote.total_minor, quote.currency)
    question = _("Top up the wallet of {owner}?").format(owner=owner)
    detail = f"{quote_words(quote)}\n{paid.words}"
    if not await ask(screen, Confirm(question, detail, _("Take {total}").format(total=total))):
        return
    screen.say(_("Charging…"))
    done = await once(
        screen, top_up, owner, amount=amount, pay=paid.offer.pay, tendered=paid.tendered
    )
    if done.state == "placed":
        await paid_on_a_phone(screen, done.order)
        screen.read(owner)
        return
    screen.read(owner)
    screen.say(_done_words(done), "success")


def quote_words(quote: DepositQuote) -> str:
    """What the wallet gets and what is paid; the tax only where there is one."""
    net, total = money(quote.net_minor, quote.currency), money(quote.total_minor, quote.currency)
    if not quote.tax_minor:
        return _("{owner}: {total} into the wallet").format(owner=quote.owner, total=total)
    words = _("{owner}: {net} into the wallet, VAT {rate} {tax}, to pay {total}")
    tax = money(quote.tax_minor, quote.currency)
    rate = percent(quote.tax_rate)
    return words.format(owner=quote.owner, net=net, rate=rate, tax=tax, total=total)


def _offers(screen: WalletsScreen, quote: DepositQuote) -> list[Offer]:
    has_card = screen.heading is not None and bool(screen.heading.card)
    ways = ["cash", "manual", *(["card"] if has_card else [])]
    return [Offer(pay, quote.total_minor, quote.currency) for pay in ways]


def _picker(choices: list[Choice], marked: str | None) -> Picker:
    ordered = sorted(choices, key=lambda choice: choice.value != marked)
    return Picker(
        _("Top up whose wallet? Type a part of the name."),
        _COLUMNS,
        ordered,
        empty_text=_("Nobody of that name. Esc, then n adds a company or a customer."),
        typed="",
    )


def _form(owner: str) -> Form:
    def check(typed: Values) -> None:
        if parse_scaled(typed["amount"], 3, field="amount") <= 0:
            raise Refused(_("Type an amount above zero."), field="amount")

    field = Field("amount", _("Amount"), placeholder="50.00", kind="amount", max_length=15)
    title = _("Top up the wallet of {owner}").format(owner=owner)
    return Form(title, [field], yes_label=_("Go on"), check=check)


def _done_words(done: TopUp) -> str:
    words = _("Topped up: {owner} has {balance}. Receipt {receipt}.").format(
        owner=done.owner, balance=money(done.balance_minor, done.currency), receipt=done.receipt
    )
    if not done.change_minor:
        return words
    change = money(done.change_minor, done.currency)
    return f"{words} " + _("Change: {change}.").format(change=change)
