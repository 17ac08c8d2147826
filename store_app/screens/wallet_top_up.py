"""Putting money into a wallet: whose, how much, how it is paid, then one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, parse_scaled
from store_app.present import money, percent
from store_app.screens.kept_card import asked_to_keep
from store_app.screens.money import ask, card_ways, once, paid_on_a_phone
from store_app.screens.picker import Choice, Picker
from store_app.screens.tender import Offer, Tender
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.deposits import DepositQuote, OfferedPack
    from store_app.desk.sales import TopUp
    from store_app.screens.owner_screen import OwnerScreen

_FREE: Final = "amount"
_PACK_COLUMNS: Final = (
    Column("", 10),
    Column(_("Credit for its price before VAT"), 26, flex=1),
    Column(_("Plan"), 12, flex=1, priority=1),
)
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


async def top_up_wallet(screen: OwnerScreen) -> None:
    """Ask, show net, VAT and total before paying, charge once, say what came of it."""
    from store_app.desk.deposits import quote_deposit
    from store_app.desk.sales import top_up

    owner = await ask(screen, _picker(await screen.run_desk(owner_choices), screen.marked_owner))
    if owner is None:
        return
    deposit = await _deposit(screen, owner)
    if deposit is None:
        return
    quote = await screen.run_desk(quote_deposit, owner, **deposit)
    if quote.is_large and not await ask(screen, _large(quote)):
        screen.say(_("Nothing was topped up."))
        return
    paid = await ask(screen, Tender(quote_words(quote), _offers(screen, quote)))
    if paid is None:
        return
    total = money(quote.total_minor, quote.currency)
    question = _("Top up the wallet of {owner}?").format(owner=owner)
    detail = f"{quote_words(quote)}\n{paid.words}"
    if not await ask(screen, Confirm(question, detail, _("Take {total}").format(total=total))):
        return
    keep = paid.offer.pay == "card" and await asked_to_keep(screen, owner)
    screen.say(_("Charging…"))
    done = await once(screen, top_up, owner, **deposit, **paid.how, keep=keep)
    if done.state == "placed":
        await paid_on_a_phone(screen, done.order)
        screen.read(owner)
        return
    screen.read(owner)
    screen.say(_done_words(done), "success")


async def _deposit(screen: OwnerScreen, owner: str) -> dict[str, str] | None:
    """What is bought: an amount, or one of the packs where there are any."""
    from store_app.desk.deposits import offered_packs

    packs = await screen.run_desk(offered_packs, owner)
    chosen = await ask(screen, _pack_picker(owner, packs)) if packs else _FREE
    if chosen is None:
        return None
    if chosen != _FREE:
        pack = packs[int(chosen)]
        return {"pack": pack.id, "plan": pack.plan}
    typed = await ask(screen, _form(owner))
    return None if typed is None else {"amount": typed["amount"].strip()}


def _pack_picker(owner: str, packs: Sequence[OfferedPack]) -> Picker:
    """The free amount, then every pack: "50.00 for 45.00"."""
    rows = [Choice(str(number), pack_cells(pack)) for number, pack in enumerate(packs)]
    return Picker(
        _("Top up the wallet of {owner}: with what?").format(owner=owner),
        _PACK_COLUMNS,
        [Choice(_FREE, (_("An amount"), _("you type it next"), "")), *rows],
        empty_text="",
    )


def pack_cells(pack: OfferedPack) -> tuple[str, str, str]:
    """What a pack gives for what, before VAT, and the plan that it is of."""
    words = _("{credit} for {price} {currency}")
    credit = decimal_string(pack.credit_minor, pack.currency)
    price = decimal_string(pack.price_minor, pack.currency)
    words = words.format(credit=credit, price=price, currency=pack.currency)
    return _("Pack {id}").format(id=pack.id), words, pack.plan_name


def _large(quote: DepositQuote) -> Confirm:
    """A slip of the finger is a digit more: said in words before anything else is asked."""
    amount = money(quote.credit_minor, quote.currency)
    limit = money(quote.question_above_minor, quote.currency)
    question = _("Is it really {amount}?").format(amount=amount)
    detail = _("More than {limit} into the wallet of {owner}.")
    return Confirm(question, detail.format(limit=limit, owner=quote.owner), _("Yes, so much"))


def quote_words(quote: DepositQuote) -> str:
    """What the wallet gets and what is paid; the tax only where there is one."""
    net, total = money(quote.credit_minor, quote.currency), money(quote.total_minor, quote.currency)
    if not quote.tax_minor:
        if quote.credit_minor != quote.total_minor:
            words = _("{owner}: {net} into the wallet, to pay {total}")
            return words.format(owner=quote.owner, net=net, total=total)
        return _("{owner}: {total} into the wallet").format(owner=quote.owner, total=total)
    words = _("{owner}: {net} into the wallet, VAT {rate} {tax}, to pay {total}")
    tax = money(quote.tax_minor, quote.currency)
    rate = percent(quote.tax_rate)
    return words.format(owner=quote.owner, net=net, rate=rate, tax=tax, total=total)


def _offers(screen: OwnerScreen, quote: DepositQuote) -> list[Offer]:
    invoice = [] if "@" in quote.owner else ["invoice"]
    ways = ["cash", "manual", *invoice, *card_ways(screen)]
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
