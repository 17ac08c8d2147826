"""What is decided about bills: run, approve, issue, pay; each says what it did in words."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from catalog.kernel.clock import iso, parse_instant
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.money import decimal_string, parse_amount
from store_app.present import instant, money, percent
from store_app.screens.bill_collecting import collect_by_card
from store_app.screens.money import ask, card_ways, once
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _, plural

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.invoices import BillRun, InvoiceView
    from store_app.screens.bills import BillsScreen

_WAYS: Final = {
    "bank": _("bank transfer that has arrived"),
    "cash": _("cash into the drawer"),
    "wallet": _("the company's wallet"),
    "credit": _("what credit notes left it"),
}
_CARDS: Final = {
    "card": _("a card, paid on a phone now"),
    "reader": _("a card, held to the reader now"),
}


def billed_companies(desk: Desk) -> list[str]:
    """Every company that can be billed, by name."""
    from checkout.accounts.companies import WALK_IN
    from store_app.desk.people import list_companies

    return [firm.name for firm in list_companies(desk) if firm.name != WALK_IN]


async def run_all(screen: BillsScreen) -> None:
    """Ask up to when, make the pre-bills, say how many there are."""
    typed = await ask(screen, _run_form(screen.zone))
    if typed is None:
        return
    as_of = typed_instant(typed["as_of"], screen.zone) or screen.desk.clock()
    is_ahead = as_of > screen.desk.clock()
    if is_ahead and not await ask(screen, _future(as_of, screen.zone)):
        screen.say(_("Nothing was billed."))
        return
    screen.say(_("Billing…"))
    done = await _run(screen, as_of)
    screen.read(done.invoices[-1].ref if done.invoices else "")
    screen.say(_run_words(done), "success" if done.invoices else "muted")


async def _run(screen: BillsScreen, as_of: datetime) -> BillRun:
    from store_app.desk.invoices import run_bills

    loop = asyncio.get_running_loop()

    def report(steps: int) -> None:
        words = plural("Billing: {steps} step so far…", "Billing: {steps} steps so far…", steps)
        loop.call_soon_threadsafe(screen.say, words.format(steps=steps))

    return await screen.run_desk(run_bills, iso(as_of), report=report)


def _run_words(done: BillRun) -> str:
    count = len(done.invoices)
    if not count:
        return _("No period has ended that is not billed yet; nothing was made.")
    words = plural(
        "{count} pre-bill waits for approval: a approves it.",
        "{count} pre-bills wait for approval: a approves the one under the cursor.",
        count,
    )
    return words.format(count=count)


def typed_instant(text: str, zone: str) -> datetime | None:
    """An instant, or the beginning of a day in the store's time zone; None for nothing typed."""
    typed = text.strip()
    if not typed:
        return None
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None:
        typed = at.replace(tzinfo=ZoneInfo(zone)).isoformat()
    elif at is None:
        message = _("“{text}” is no day such as 2026-04-01.").format(text=typed)
        raise Refused(message, code="bad_time", field="as_of")
    return parse_instant(typed, field="as_of")


def _run_form(zone: str) -> Form:
    def check(typed: Values) -> None:
        typed_instant(typed["as_of"], zone)

    label = _("Bill what has ended by this day or instant (empty: now)")
    field = Field("as_of", label, placeholder="2026-04-01", max_length=40)
    return Form(_("Bill run"), [field], yes_label=_("Run"), check=check)


def _future(as_of: datetime, zone: str) -> Confirm:
    question = _("Bill up to {at}, which is still to come?").format(at=instant(as_of, zone))
    detail = _(
        "Usage that comes until then changes the pre-bills as long as they are not issued; what "
        "comes after that is adjusted on the next bill."
    )
    return Confirm(question, detail, _("Bill it"))


async def approve(screen: BillsScreen, bill: InvoiceView) -> None:
    """Approve a pre-bill."""
    from store_app.desk.invoices import approve_invoice

    done = await screen.run_desk(approve_invoice, bill.ref)
    screen.read(bill.ref)
    words = _("{ref} of {company} is approved, {total}: i issues it.")
    screen.say(words.format(ref=done.ref, company=done.company, total=_total(done)), "success")


async def approve_every(screen: BillsScreen) -> None:
    """Ask with number and totals, then approve the pre-bills of the list; tell who was refused."""
    from store_app.desk.approvals import approve_all, waiting_bills

    waiting = await screen.run_desk(waiting_bills, company=screen.wanted.company)
    if not waiting or screen.wanted.state not in ("", "pre_bill"):
        screen.say(_("No pre-bill of this list waits for approval."))
        return
    sums = Counter[str]()
    for bill in waiting:
        sums[bill.currency] += bill.total_minor
    totals = ", ".join(money(minor, currency) for currency, minor in sorted(sums.items()))
    question = plural("Approve {count} pre-bill?", "Approve {count} pre-bills?", len(waiting))
    detail = _("Total {totals}").format(totals=totals)
    if screen.wanted.company:
        detail = f"{screen.wanted.company}\n{detail}"
    confirm = Confirm(question.format(count=len(waiting)), detail, _("Approve"))
    if not await ask(screen, confirm):
        return
    done = await screen.run_desk(approve_all, [bill.ref for bill in waiting])
    screen.read()
    refused = [one.refused for one in done if one.refused]
    count = len(done) - len(refused)
    words = plural("{count} pre-bill is approved", "{count} pre-bills are approved", count)
    said = _("{words}: i issues the one under the cursor.").format(words=words.format(count=count))
    screen.say(" ".join([said, *refused]), "warning" if refused else "success")


async def issue(screen: BillsScreen, bill: InvoiceView) -> None:
    """Ask with company and total, then issue the invoice."""
    from store_app.desk.invoices import issue_invoice

    question = _("Issue {ref} to {company}?").format(ref=bill.ref, company=bill.company)
    detail = _("Net {net}\nVAT {rate} {tax}\nTotal {total}\n{warning}").format(
        net=money(bill.net_minor, bill.currency),
        rate=percent(bill.tax_rate),
        tax=money(bill.tax_minor, bill.currency),
        total=_total(bill),
        warning=_("An issued invoice has its number for good and is not changed any more."),
    )
    if not await ask(screen, Confirm(question, detail, _("Issue it"))):
        return
    done = await screen.run_desk(issue_invoice, bill.ref)
    screen.read(bill.ref)
    words = _("{number} is issued to {company}: {total}, due {due}.").format(
        number=done.number,
        company=done.company,
        total=_total(done),
        due=instant(done.due, screen.zone)[:10],
    )
    screen.say(words, "success")


async def take_payment(screen: BillsScreen, bill: InvoiceView) -> None:
    """Ask for amount and way, say both again, note the money once."""
    from store_app.desk.invoice_payments import pay_invoice

    typed = await ask(screen, _payment_form(bill, card_ways(screen)))
    if typed is None:
        return
    amount_minor = parse_amount(typed["amount"], bill.currency)
    amount, method = decimal_string(amount_minor, bill.currency), typed["method"]
    if method in _CARDS:
        await collect_by_card(screen, bill, amount, reader=method == "reader")
        return
    words = money(amount_minor, bill.currency)
    question = _("Note {amount} for {number}?").format(amount=words, number=bill.number)
    payer = await screen.run_desk(_payer_words, bill, method)
    given: str | None = None
    if method == "cash":
        typed = await ask(screen, _cash_form(bill, amount))
        if typed is None:
            return
        given = decimal_string(parse_amount(typed["given"], bill.currency), bill.currency)
    if not await ask(screen, Confirm(question, f"{bill.company}\n{payer}", _("Note it"))):
        return
    terms = {"amount": amount, "method": method, "tendered": given}
    done = await once(screen, pay_invoice, bill.number, **terms)
    screen.read(bill.ref)
    left = done["open_minor"]
    rest = _("{left} are still open.").format(left=money(left, bill.currency))
    said = _("{amount} of {number} is noted.").format(amount=words, number=bill.number)
    parts = [said, rest if left else _("It is paid."), _settled_words(done, bill.currency)]
    screen.say(" ".join(part for part in parts if part), "success")


def _settled_words(done: dict[str, Any], currency: str) -> str:
    """The change and the receipt of cash, and the order that was delivered for it."""
    parts = []
    if done["receipt"]:
        change = money(done["change_minor"], currency)
        words = _("Change: {change}. Receipt {receipt}.")
        parts.append(words.format(change=change, receipt=done["receipt"]))
    if done["order_state"] == "paid":
        words = _("No eSIM is left for {order}: it waits for stock.")
        parts.append(words.format(order=done["order"]))
    elif done["order_state"] == "delivered":
        parts.append(_("Order {order} is delivered.").format(order=done["order"]))
    return " ".join(parts)


def _cash_form(bill: InvoiceView, amount: str) -> Form:
    def check(typed: Values) -> None:
        if parse_amount(typed["given"], bill.currency) < parse_amount(amount, bill.currency):
            raise Refused(_("That is less than what is paid."), field="given")

    label = _("Cash handed over, in {currency}").format(currency=bill.currency)
    field = Field("given", label, amount, kind="amount", max_length=15)
    return Form(_("Cash for {number}").format(number=bill.number), [field], check=check)


def _payment_form(bill: InvoiceView, cards: Sequence[str] = ()) -> Form:
    left = bill.open_minor

    def check(typed: Values) -> None:
        amount_minor = parse_amount(typed["amount"], bill.currency)
        if amount_minor <= 0:
            raise Refused(_("Type an amount above zero."), field="amount")
        if amount_minor > left:
            open_words = money(left, bill.currency)
            message = _("{left} are open: type that or a part of it.").format(left=open_words)
            raise Refused(message, field="amount")

    fields = [
        Field(
            "method",
            _("How it came"),
            "bank",
            kind="choice",
            choices=tuple(
                (words, way)
                for way, words in {**_WAYS, **_CARDS}.items()
                if way in _WAYS or way in cards
            ),
        ),
        Field(
            "amount",
            _("Amount in {currency}").format(currency=bill.currency),
            decimal_string(left, bill.currency),
            kind="amount",
            max_length=15,
        ),
    ]
    title = _("{number} of {company}").format(number=bill.number, company=bill.company)
    return Form(title, fields, yes_label=_("Go on"), check=check)


def _payer_words(desk: Desk, bill: InvoiceView, method: str) -> str:
    """What pays; for a wallet, what it holds."""
    from store_app.desk.wallets import show_wallet

    words = _("Paid by {way}.").format(way=_WAYS[method])
    if method != "wallet":
        return words
    try:
        wallet = show_wallet(desk, bill.company)
    except NotFound:
        message = _(
            "{company} has no wallet; nothing was paid. Top one up with F5, or choose bank."
        )
        raise Refused(message.format(company=bill.company), code="no_wallet") from None
    held = money(wallet.balance_minor, wallet.currency)
    detail = _("It holds {held}. VAT that its top-ups have paid is not taken again.")
    return f"{words}\n{detail.format(held=held)}"


def _total(bill: InvoiceView) -> str:
    return money(bill.total_minor, bill.currency)
