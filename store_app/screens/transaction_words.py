"""Transactions in words: cells of the list, the filter as a sentence and as a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from store_app.present import instant, money
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _

if TYPE_CHECKING:
    from checkout.orders.transactions import Transaction
    from store_app.desk.transactions import Filters

COLUMNS: Final = (
    Column(_("At"), 16),
    Column(_("What"), 7),
    Column(_("Amount"), 12, align="right"),
    Column(_("Paid by"), 7),
    Column(_("For"), 12, flex=2),
    Column("", 6),
    Column(_("Destination"), 20, flex=1, priority=2),
    Column(_("Reference"), 10, priority=3),
)
TYPES: Final = {
    "esim_purchase": _("Sale"),
    "esim_refill": _("Refill"),
    "wallet_refill": _("Top-up"),
    "invoice_payment": _("Invoice"),
    "refund": _("Refund"),
}
METHODS: Final = {
    "cash": _("cash"),
    "card": _("card"),
    "wallet": _("wallet"),
    "company_wallet": _("company"),
    "manual": _("by hand"),
    "bank": _("bank"),
    "invoice": _("invoice"),
    "ideal": _("iDEAL"),
}
STATUSES: Final = {"pending": _("open"), "failed": _("failed"), "completed": _("done")}


def transaction_cells(one: Transaction, *, zone: str = "UTC") -> Sequence[Cell]:
    """One transaction; what is not completed says so."""
    amount = money(one.amount_minor, one.currency)
    status = "" if one.status == "completed" else STATUSES[one.status]
    return (
        instant(one.at, zone),
        TYPES[one.type],
        Toned(amount, "warning") if one.amount_minor < 0 else amount,
        METHODS.get(one.method, one.method),
        one.end_user or one.company,
        Toned(status, "error" if one.status == "failed" else "warning") if status else "",
        one.destination,
        one.reference,
    )


def filter_words(filters: Filters) -> str:
    """What is shown, as a sentence."""
    words = [
        TYPES.get(filters.type, ""),
        METHODS.get(filters.method, ""),
        STATUSES.get(filters.status, ""),
        filters.customer,
        filters.company,
        _("from {day}").format(day=filters.since) if filters.since else "",
        _("before {day}").format(day=filters.until) if filters.until else "",
    ]
    said = ", ".join(word for word in words if word)
    return _("Transactions: {said}").format(said=said or _("all, the newest first"))


def following(value: str, words: Mapping[str, str]) -> str:
    """The value after this one; nothing, which wants all, comes after the last."""
    values = ["", *words]
    return values[(values.index(value) + 1) % len(values)]


def typed_filters(typed: Values) -> dict[str, str]:
    """What a filled form changes in the filter; an @ makes a customer."""
    given = {name: text.strip() for name, text in typed.items()}
    who = given.pop("who")
    return given | {"customer": who if "@" in who else "", "company": "" if "@" in who else who}


def filter_form(filters: Filters) -> Form:
    """Of whom and when; an empty field wants all."""
    fields = [
        Field(
            "who", _("Customer's e-mail address, or company"), filters.customer or filters.company
        ),
        Field("since", _("From this day"), filters.since, "2026-03-01", max_length=40),
        Field("until", _("Before this day"), filters.until, "2026-04-01", max_length=40),
    ]
    return Form(_("Show only …"), fields, yes_label=_("Show"))
