"""A shift in words: the X report while it is open, the Z report once it is closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from catalog.kernel.money import parse_amount
from store_app.present import NOTHING, instant, money, percent
from store_app.widgets.columns import fit_text
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.shifts import ShiftView

Line = tuple[str, str]
"""A label and what stands at the right of it; an empty label and text is a blank line."""

WIDTH: Final = 58
_LABEL_CELLS: Final = 34
_BLANK: Final = ("", "")
_TENDERS: Final = {
    "cash": _("Cash"),
    "card": _("Card"),
    "wallet": _("Customers' wallets"),
    "company-wallet": _("Companies' wallets"),
    "invoice": _("On invoice"),
    "manual": _("By hand"),
}
_PLACES: Final = {
    "drawer": _("from the drawer"),
    "card": _("to the card"),
    "wallet": _("to the wallet"),
    "invoice": _("on invoices"),
}


def report_lines(view: ShiftView, zone: str = "UTC") -> tuple[Line, ...]:
    """The whole report: heading, sales by tender, VAT, refunds, the drawer."""
    return (
        *_heading(view, zone),
        _BLANK,
        *_sales(view),
        _BLANK,
        *_tax(view),
        *_refunds(view),
        *_invoice_payments(view),
        _BLANK,
        *_drawer(view),
        *_unresolved(view),
    )


def as_text(lines: Iterable[Line]) -> str:
    """The lines as they stand on the screen and on paper: amounts in one column."""
    shown = []
    for label, words in lines:
        room = WIDTH - _LABEL_CELLS
        wide = fit_text(label, _LABEL_CELLS) + words.rjust(room)
        shown.append(wide.rstrip() if words else label)
    return "\n".join(shown)


def variance_words(counted_minor: int, expected_minor: int, currency: str) -> str:
    """What is missing or too much, in words: the sign alone is easily overlooked."""
    variance = counted_minor - expected_minor
    if not variance:
        return _("none: the drawer is right")
    words = _("{amount} missing") if variance < 0 else _("{amount} too much")
    return words.format(amount=money(abs(variance), currency))


def close_detail(view: ShiftView, counted: str) -> str:
    """What closing will record, for the question before it; the count is read as the store does."""
    counted_minor = parse_amount(counted, view.currency, field="counted")
    lines = [
        (_("Expected in the drawer"), money(view.expected_minor, view.currency)),
        (_("Counted"), money(counted_minor, view.currency)),
        (_("Variance"), variance_words(counted_minor, view.expected_minor, view.currency)),
    ]
    shown = [f"{label}: {words}" for label, words in lines]
    left_over = view.totals.get("unresolved") or []
    if left_over:
        carried = _("Not resolved, carried over: {orders}")
        shown.append(carried.format(orders=", ".join(left_over)))
    else:
        shown.append(_("Every order is resolved."))
    return "\n".join(shown)


def _heading(view: ShiftView, zone: str) -> list[Line]:
    title = _("Z report {number}").format(number=view.number) if view.closed_at else _("X report")
    lines = [
        (title, _("register {register}").format(register=view.register_id)),
        (_("Opened by {who}").format(who=view.opened_by), instant(view.opened_at, zone)),
    ]
    if view.closed_at:
        lines.append((_("Closed"), instant(view.closed_at, zone)))
    return lines


def _sales(view: ShiftView) -> list[Line]:
    totals = view.totals
    lines = [(_("Sales"), str(totals["sales"]))]
    lines += [
        (f"  {_TENDERS.get(each['method'], each['method'])}", _money(each, "total_minor"))
        for each in totals["by_tender"]
    ]
    return lines


def _tax(view: ShiftView) -> list[Line]:
    rates = view.totals["by_tax_rate"]
    lines = []
    for each in rates:
        rate = percent(each["rate"])
        lines.append((_("Net at VAT {rate}").format(rate=rate), _money(each, "net_minor")))
        lines.append((_("VAT {rate}").format(rate=rate), _money(each, "tax_minor")))
    return lines or [(_("VAT"), NOTHING)]


def _refunds(view: ShiftView) -> list[Line]:
    return [
        (
            _("Refunds {where}").format(
                where=_PLACES.get(each["destination"], each["destination"])
            ),
            _money(each, "total_minor"),
        )
        for each in view.totals["refunds"]
    ] or [(_("Refunds"), NOTHING)]


def _invoice_payments(view: ShiftView) -> list[Line]:
    """Cash and cards that came for invoices; nothing where there was none."""
    words = _("{method} for invoices")
    return [
        (words.format(method=each["method"].capitalize()), _money(each, "total_minor"))
        for each in view.totals["invoice_payments"]
    ]


def _drawer(view: ShiftView) -> list[Line]:
    lines = [
        (_("Float"), money(view.float_minor, view.currency)),
        (_("Cash put in and taken out"), money(view.totals["movements_minor"], view.currency)),
        (_("Expected in the drawer"), money(view.expected_minor, view.currency)),
    ]
    if view.counted_minor is not None:
        variance = variance_words(view.counted_minor, view.expected_minor, view.currency)
        lines.append((_("Counted"), money(view.counted_minor, view.currency)))
        lines.append((_("Variance"), variance))
    return lines


def _unresolved(view: ShiftView) -> list[Line]:
    orders = view.totals.get("unresolved") or []
    if not orders:
        return []
    heading = _("Not resolved, carried over") if view.closed_at else _("Not resolved yet")
    return [_BLANK, (heading, str(len(orders))), *((f"  {order}", "") for order in orders)]


def _money(entry: dict[str, object], name: str) -> str:
    return money(int(str(entry[name])), str(entry["currency"]))
