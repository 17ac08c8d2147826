"""What is decided about bills: run, approve, issue, pay; each says what it did in words."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from catalog.kernel.clock import iso, parse_instant
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.money import decimal_string, parse_amount
from store_app.present import instant, money, percent
from store_app.screens.bill_collecting import (
    collect_by_card,
    collecting_ways,
    let_stripe_send,
)
from store_app.screens.bill_payment_forms import CARDS, WAYS, cash_form, payment_form
from store_app.screens.money import ask, once
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _, plural

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.invoices import BillRun, InvoiceView
    from store_app.screens.bills import BillsScreen


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
    """Ask for amount and way, and let the money be sent for, collected by card, or noted."""
    typed = await ask(screen, payment_form(bill, collecting_ways(screen)))
    if typed is None:
        return
    amount_minor, method = parse_amount(typed["amount"], bill.currency), typed["method"]
    amount = decimal_string(amount_minor, bill.currency)
    if method == "sent":
        await let_stripe_send(screen, bill, amount)
    elif method in CARDS:
        await collect_by_card(screen, bill, amount, reader=method == "reader")
    else:
        await _note_payment(screen, bill, amount_minor, method)


async def _note_payment(
    screen: BillsScreen, bill: InvoiceView, amount_minor: int, method: str
) -> None:
    """Say amount and way again, note the money once."""
    from store_app.desk.invoice_payments import pay_invoice

    words, amount = money(amount_minor, bill.currency), decimal_string(amount_minor, bill.currency)
    payer = await screen.run_desk(_payer_words, bill, method)
    given: str | None = None
    if method == "cash":
        typed = await ask(screen, cash_form(bill, amount))
        if typed is None:
            return
        given = decimal_string(parse_amount(typed["given"], bill.currency), bill.currency)
    question = _("Note {amount} for {number}?").format(amount=words, number=bill.number)
    if not await ask(screen, Confirm(question, f"{bill.company}\n{payer}", _("Note it"))):
        return
    terms = {"amount": amount, "method": method, "tendered": given}
    done = await once(screen, pay_invoice, bill.number, **terms)
    screen.read(bill.ref)
    screen.say(_noted_words(bill, words, done), "success")


def _noted_words(bill: InvoiceView, words: str, done: dict[str, Any]) -> str:
    """What was noted, what is left of the invoice, and what followed from it."""
    said = _("{amount} of {number} is noted.").format(amount=words, number=bill.number)
    left = done["open_minor"]
    rest = _("{left} are still open.").format(left=money(left, bill.currency))
    parts = [said, rest if left else _("It is paid."), _settled_words(done, bill.currency)]
    return " ".join(part for part in parts if part)


def _settled_words(done: dict[str, Any], currency: str) -> str:
    """The change and the receipt of cash, and the order that was delivered for it."""
    parts = []
    if done["receipt"]:
        change = money(done["change_minor"], currency)
        words = _("Change: {change}. Receipt {receipt}.")
        parts.append(words.format(change=change, receipt=done["receipt"]))
    for state, words in (
        ("paid", _("No eSIM is left for {order}: it waits for stock.")),
        ("delivered", _("Order {order} is delivered.")),
    ):
        names = [one["order"] for one in done["orders"] if one["state"] == state]
        if names:
            parts.append(words.format(order=", ".join(names)))
    return " ".join(parts)


def _payer_words(desk: Desk, bill: InvoiceView, method: str) -> str:
    """What pays; for a wallet, what it holds."""
    from store_app.desk.wallets import show_wallet

    words = _("Paid by {way}.").format(way=WAYS[method])
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
