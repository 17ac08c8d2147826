"""Transactions in words: cells of the list, the filter as a sentence and as a form."""

from __future__ import annotations

from collections.abc import Sequence
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
    Column(_("Amount"), 13, align="right"),
    Column(_("Paid by"), 7),
    Column(_("For"), 12, flex=2),
    Column("", 7, priority=1),
    Column(_("Destination"), 20, flex=1, priority=2),
    Column(_("Reference"), 10, priority=3),
)
ALL: Final = "all"
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
    "invoice": _("invoice"),
    "ideal": _("iDEAL"),
}
STATUSES: Final = {"pending": _("open"), "failed": _("failed"), "completed": ""}


def transaction_cells(one: Transaction, *, zone: str = "UTC") -> Sequence[Cell]:
    """One transaction; what is not completed says so."""
    amount = money(one.amount_minor, one.currency)
    status = STATUSES[one.status]
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
        _("completed") if filters.status == "completed" else STATUSES.get(filters.status, ""),
        filters.customer,
        filters.company,
        _("from {day}").format(day=filters.since) if filters.since else "",
        _("before {day}").format(day=filters.until) if filters.until else "",
    ]
    said = ", ".join(word for word in words if word)
    return _("Transactions: {said}").format(said=said or _("all, the newest first"))


def typed_filters(typed: Values) -> Filters:
    """The filter that a filled form stands for."""
    from store_app.desk.transactions import Filters

    given = {name: text.strip() for name, text in typed.items()}
    return Filters(**{name: "" if text == ALL else text for name, text in given.items()})


def filter_form(filters: Filters) -> Form:
    """Everything by which the list can be narrowed; an empty field wants all."""
    fields = [
        Field("type", _("What"), filters.type or ALL, kind="choice", choices=_choices(TYPES)),
        Field(
            "method", _("Paid by"), filters.method or ALL, kind="choice", choices=_choices(METHODS)
        ),
        Field(
            "status",
            _("Status"),
            filters.status or ALL,
            kind="choice",
            choices=_choices(STATUSES | {"completed": _("completed")}),
        ),
        Field("customer", _("Customer's e-mail address"), filters.customer),
        Field("company", _("Company"), filters.company),
        Field("since", _("From this day"), filters.since, "2026-03-01", max_length=40),
        Field("until", _("Before this day"), filters.until, "2026-04-01", max_length=40),
    ]
    return Form(_("Show only …"), fields, yes_label=_("Show"))


def _choices(words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return ((_("all"), ALL), *((text, name) for name, text in words.items()))
