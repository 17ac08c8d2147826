"""A statement as a file: CSV for programs and spreadsheets, or plain text to read and print."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from catalog.kernel.clock import iso, parse_instant
from catalog.kernel.money import decimal_string
from store_app.present import instant, money
from store_app.widgets.columns import fit_text
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.statements import StatementView

_DESCRIPTION = 36


def statement_csv(view: StatementView) -> str:
    """A row for each movement, the oldest first, between those of the two balances."""
    file = StringIO()
    rows = csv.writer(file)
    rows.writerow(("at", "description", "amount", "balance", "currency"))
    for at, words, amount, balance in _rows(view):
        told = "" if amount is None else decimal_string(amount, view.currency)
        rows.writerow((at, words, told, decimal_string(balance, view.currency), view.currency))
    return file.getvalue()


def statement_text(view: StatementView) -> str:
    """A page of at most 80 columns: whose, when, the four sums, the movements."""
    zone = view.time_zone
    since, until = instant(view.since, zone), instant(view.until, zone)
    head = [
        _("Statement of the wallet of {owner}").format(owner=view.owner),
        _("From {since} to {until}, times of {zone}").format(since=since, until=until, zone=zone),
        "",
        _sum(_("Starting balance"), view.starting_minor, view),
        _sum(_("Refilled"), view.refilled_minor, view),
        _sum(_("Spent"), -view.spent_minor, view),
        _sum(_("Ending balance"), view.ending_minor, view),
        "",
    ]
    return "\n".join([*head, *(_line(view, entry) for entry in view.entries)]).rstrip()


def _rows(view: StatementView) -> list[tuple[str, str, int | None, int]]:
    entries = [
        (each["at"], each["description"], each["amount_minor"], each["balance_minor"])
        for each in view.entries
    ]
    first = (iso(view.since) or "", _("Starting balance"), None, view.starting_minor)
    last = (iso(view.until) or "", _("Ending balance"), None, view.ending_minor)
    return [first, *entries, last]


def _sum(label: str, minor: int, view: StatementView) -> str:
    return f"{label:<20}{money(minor, view.currency):>18}"


def _line(view: StatementView, entry: dict[str, object]) -> str:
    at = instant(parse_instant(str(entry["at"])), view.time_zone)
    words = fit_text(str(entry["description"]), _DESCRIPTION)
    amount = decimal_string(int(str(entry["amount_minor"])), view.currency)
    balance = decimal_string(int(str(entry["balance_minor"])), view.currency)
    return f"{at}  {words}  {amount:>11}  {balance:>11}"
