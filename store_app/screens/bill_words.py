"""Bills in words: their states, rows, items and filters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from catalog.kernel.money import decimal_string
from store_app.present import NOTHING, day, money, percent, size
from store_app.screens.pool_words import day_of
from store_app.widgets.form import Field, Form
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkout.billing.subscriptions.items import BillItem
    from store_app.desk.bill_usage import Behind
    from store_app.desk.bills import BillFilter
    from store_app.desk.invoices import InvoiceView

COLUMNS: Final = (
    Column(_("Number"), 10),
    Column(_("Company"), 12, flex=1),
    Column(_("State"), 9),
    Column(_("Of"), 10, priority=2),
    Column(_("Due"), 10, priority=1),
    Column(_("Total"), 14, align="right"),
)
ITEM_COLUMNS: Final = (
    Column(_("Item"), 18, flex=1),
    Column(_("Qty"), 5, align="right"),
    Column(_("Price"), 8, align="right", priority=1),
    Column(_("Amount"), 9, align="right"),
    Column(_("Tax"), 8, align="right", priority=2),
    Column(_("Total"), 13, align="right"),
)
USAGE_COLUMNS: Final = (
    Column(_("What"), 22, flex=1),
    Column("eSIM", 11),
    Column(_("Period"), 22, priority=2),
    Column(_("Days"), 8, align="right", priority=1),
    Column(_("Data"), 9, align="right"),
    Column(_("Amount"), 13, align="right"),
)
_Tone = Literal["success", "warning", "error", "muted"]
STATES: Final[dict[str, tuple[str, _Tone | None]]] = {
    "pre_bill": (_("waits"), "warning"),
    "approved": (_("approved"), None),
    "open": (_("open"), None),
    "part_paid": (_("part paid"), "warning"),
    "overdue": (_("overdue"), "error"),
    "paid": (_("paid"), "success"),
    "void": (_("void"), "muted"),
}
ALL: Final = "all"
_NEXT: Final = {
    "pre_bill": _("waits for approval: a approves it"),
    "approved": _("approved: i issues it as an invoice"),
}
_TAIL: Final = 10


def state_cell(state: str) -> Cell:
    """The state of a bill in a word or two."""
    words, tone = STATES.get(state, (state, "muted"))
    return Toned(words, tone) if tone else words


def bill_cells(bill: InvoiceView, zone: str = "UTC") -> tuple[Cell, ...]:
    """One bill, in the order of `COLUMNS`."""
    return (
        bill.number or bill.ref,
        bill.company,
        Toned(_("credit"), "success") if bill.is_credit_note else state_cell(bill.state),
        day(bill.bill_on),
        day_of(bill.due, zone),
        money(bill.total_minor, bill.currency),
    )


_ITEM: Final = re.compile(
    r"(?P<sort>Credit|Adjustment of an earlier period)?(?:: )?(?P<name>.*?), "
    r"(?P<what>monthly fee.*|MRC.*|activation|[\d.]+ \w+ more|[\d.]+ MB at .*)"
)
_SORTS: Final = {"Credit": _("credit, "), "Adjustment of an earlier period": _("adjusted, ")}


def short_item(words: str) -> str:
    """An item as it stands on a bill, with what it is for before the plan: rows are cut at the end.

    >>> short_item("Credit: Spain, 10 GB, monthly fee, 3 of 31 days")
    'credit, monthly fee, 3 of 31 days: Spain, 10 GB'
    """
    found = _ITEM.fullmatch(words)
    if found is None:
        return words
    return f"{_SORTS.get(found['sort'], '')}{found['what']}: {found['name']}"


def item_cells(item: BillItem, currency: str) -> tuple[Cell, ...]:
    """One item, in the order of `ITEM_COLUMNS`."""
    minors = (item.unit_price_minor, item.amount_minor, item.tax_minor)
    plain = (decimal_string(minor, currency) for minor in minors)
    return (short_item(item.item), str(item.quantity), *plain, money(item.total_minor, currency))


def bill_title(bill: InvoiceView) -> str:
    """Whose bill it is, what it comes to, and what to do with it next."""
    said = _NEXT.get(bill.state)
    if said is None and is_payable(bill):
        left = money(bill.open_minor, bill.currency)
        said = _("{left} to pay: p notes the money").format(left=left)
    elif bill.open_minor < 0:
        left = money(-bill.open_minor, bill.currency)
        said = _("leaves {left} to the company: g gives it back").format(left=left)
    elif bill.preceding:
        said = _("corrects {number}").format(number=bill.preceding)
    tax = _("{tax} VAT ({rate})").format(
        tax=money(bill.tax_minor, bill.currency), rate=percent(bill.tax_rate)
    )
    return ", ".join(part for part in (bill.number or bill.ref, tax, said) if part)


def is_payable(bill: InvoiceView) -> bool:
    """Whether money may still come for it."""
    return bill.state in ("open", "part_paid", "overdue")


def is_creditable(bill: InvoiceView) -> bool:
    """Whether something of it can still be taken back."""
    is_invoice = bill.number is not None and bill.kind != "credit"
    return is_invoice and bill.total_minor > bill.credited_minor


def behind_cells(one: Behind, currency: str, zone: str = "UTC") -> tuple[Cell, ...]:
    """One charge or the usage under it, in the order of `USAGE_COLUMNS`."""
    number = f"~{one.iccid[-_TAIL:]}" if one.iccid else ""
    of_pool = one.pool if one.what and not number else ""
    return (
        short_item(one.what)
        if one.what
        else Toned(_("  used in {country}").format(country=one.country), "muted"),
        number or of_pool or NOTHING,
        f"{day_of(one.begins, zone)} {day_of(one.ends, zone)}",
        f"{one.days} of {one.of_days}" if one.of_days else "",
        "" if one.bytes is None else size(one.bytes),
        "" if one.amount_minor is None else money(one.amount_minor, currency),
    )


def filter_words(wanted: BillFilter) -> str:
    """What is shown, as the title of the list."""
    state = STATES[wanted.state][0] if wanted.state else ""
    said = ", ".join(part for part in (wanted.company, state) if part)
    if not said:
        return _("Pre-bills and invoices, the newest first; Enter shows what is behind one")
    return _("Bills: {said} (0 shows all)").format(said=said)


def filter_form(wanted: BillFilter, companies: Sequence[str]) -> Form:
    """Asks for a company and a state; both may stay open."""
    states = tuple((words, state) for state, (words, _tone) in STATES.items())
    fields = [
        Field(
            "company",
            _("Company"),
            wanted.company or ALL,
            kind="choice",
            choices=((_("all"), ALL), *((name, name) for name in companies)),
        ),
        Field(
            "state",
            _("State"),
            wanted.state or ALL,
            kind="choice",
            choices=((_("all"), ALL), *states),
        ),
    ]
    return Form(_("Show only …"), fields, yes_label=_("Show"))
