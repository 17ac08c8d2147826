"""Giving the money of an order back: the verdict and its rule first, then one question."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import decimal_string, parse_amount
from store_app.present import money, size
from store_app.screens.money import ask, once
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from checkout.orders.refund_verdict import Verdict
    from store_app.desk.order_views import OrderView
    from store_app.screens.esim import EsimScreen
    from store_app.screens.transactions import TransactionsScreen

DESTINATIONS: Final = {
    "drawer": _("in cash from the drawer"),
    "invoice": _("by a credit note for its invoice"),
    "wallet": _("to the wallet it was paid from"),
    "card": _("to the card it was paid with"),
    "bank": _("by bank transfer"),
    "customer": _("into the customer's wallet"),
}


async def refund_on(screen: EsimScreen | TransactionsScreen, order: str) -> None:
    """Show whether, how much and where to; ask; give it back once; say what came of it."""
    from store_app.desk.order_views import show_order
    from store_app.desk.orders import refund_order, refund_verdict

    view = await screen.run_desk(show_order, order)
    verdict = await screen.run_desk(refund_verdict, order)
    if not verdict.allowed:
        screen.say(_("No refund. {rule}").format(rule=verdict.rule), "warning")
        return
    typed = await ask(screen, _form(verdict))
    if typed is None:
        return
    to = "wallet" if typed.get("to") == "wallet" else ""
    if to:
        verdict = replace(verdict, destination="customer")
    amount = money(parse_amount(typed["amount"], verdict.currency), verdict.currency)
    question = _("Give back {amount} {where}?").format(amount=amount, where=_where(verdict))
    yes = _("Give back {amount}").format(amount=amount)
    if not await ask(screen, Confirm(question, _detail(view, verdict, typed), yes)):
        return
    done = await once(
        screen,
        refund_order,
        order,
        amount=typed["amount"].strip(),
        supervisor=typed.get("supervisor", "").strip() or None,
        reason=typed["reason"].strip(),
        to=to,
    )
    screen.read()
    screen.say(_done_words(done, amount, _where(verdict)), "success")


def _where(verdict: Verdict) -> str:
    return DESTINATIONS.get(verdict.destination, verdict.destination)


def _form(verdict: Verdict) -> Form:
    fields = [
        Field(
            "amount",
            _("Amount in {currency}, at most {most}").format(
                currency=verdict.currency,
                most=decimal_string(verdict.refundable_minor, verdict.currency),
            ),
            decimal_string(verdict.refundable_minor, verdict.currency),
            kind="amount",
            max_length=15,
        )
    ]
    if verdict.to_wallet:
        ways = ((_where(verdict), "back"), (DESTINATIONS["customer"], "wallet"))
        fields.append(Field("to", _("Where to"), "back", kind="choice", choices=ways))
    if verdict.needs_supervisor:
        fields.append(Field("supervisor", _("Supervisor who agrees"), max_length=60))
    fields.append(Field("reason", _("Reason"), max_length=120))
    title = _("Refund {where}. {rule}").format(where=_where(verdict), rule=verdict.rule)
    return Form(title, fields, yes_label=_("Go on"), check=partial(_check, verdict))


def _check(verdict: Verdict, typed: Values) -> None:
    """What the store would refuse, said while it can still be corrected."""
    amount = parse_amount(typed["amount"], verdict.currency)
    if not 0 < amount <= verdict.refundable_minor:
        raise Refused(_("Give back more than nothing and at most what is left."), field="amount")
    if verdict.needs_supervisor and not typed["supervisor"].strip():
        words = _("A supervisor and a reason are needed here.")
        raise Refused(words, code="supervisor_needed", field="supervisor")
    if not typed["reason"].strip():
        raise Refused(_("Say why it is given back."), code="reason_needed", field="reason")


def _detail(view: OrderView, verdict: Verdict, typed: Values) -> str:
    lines = [
        _("Order {order}: {name}").format(order=view.order, name=view.plan_name),
        *([_("eSIM {iccid}").format(iccid=view.iccid)] if view.iccid else ()),
        verdict.rule,
    ]
    if parse_amount(typed["amount"], verdict.currency) == verdict.refundable_minor:
        lines += _goods(view, verdict)
    if typed.get("supervisor"):
        lines.append(_("Supervisor: {name}").format(name=typed["supervisor"]))
    lines.append(_("Reason: {reason}").format(reason=typed["reason"].strip()))
    return "\n".join(lines)


def _goods(view: OrderView, verdict: Verdict) -> list[str]:
    """What happens to what was bought, once all of its money has gone back."""
    if view.kind == "esim_purchase":
        return [_("The eSIM ends and what is left on it is lost.")]
    if view.kind == "esim_refill":
        return [_("{data} go off the eSIM.").format(data=size(verdict.data_bytes))]
    return [_("It leaves the wallet at once.")] if view.kind == "wallet_refill" else []


def _done_words(done: OrderView, amount: str, where: str) -> str:
    note = done.refunds[-1]["number"] if done.refunds else ""
    if not note:
        return _(
            "On its way: {amount} {where}. Its credit note comes when the bank has it."
        ).format(amount=amount, where=where)
    return _("Given back: {amount} {where}. Credit note {note}.").format(
        amount=amount, where=where, note=note
    )
