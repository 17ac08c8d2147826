"""Wallets in words: balances, limits and movements as cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from catalog.kernel.money import decimal_string
from store_app.present import NOTHING, instant, money, waiting_words
from store_app.screens.esim_words import state_cell
from store_app.widgets.lazy_list import Cell, Column, Toned
from store_app.words import _, plural

if TYPE_CHECKING:
    from checkout.billing.statements import Entry
    from store_app.desk.esims import EsimView
    from store_app.desk.statements import StatementPage
    from store_app.desk.wallet_esims import PaidEsims
    from store_app.desk.wallets import WalletView

_TAIL: Final = 10
ESIM_COLUMNS: Final = (
    Column("eSIM", 11),
    Column(_("Plan"), 12, flex=1, priority=1),
    Column(_("State"), 8),
    Column(_("Usage"), 10, align="right"),
    Column("MRC", 8, align="right", priority=2),
    Column(_("MRC due"), 10),
    Column(_("Owed"), 9, align="right"),
)
WALLET_COLUMNS: Final = (
    Column(_("Owner"), 20, flex=2),
    Column(_("Balance"), 14, align="right"),
    Column(_("Held"), 12, align="right", priority=2),
    Column(_("Minimum"), 12, align="right", priority=1),
    Column("", 9),
)
HISTORY_COLUMNS: Final = (
    Column(_("At"), 16),
    Column(_("What"), 8, flex=1),
    Column(_("Amount"), 10, align="right"),
    Column(_("Balance"), 10, align="right"),
)


def wallet_cells(view: WalletView) -> Sequence[Cell]:
    """One wallet, with a word when it cannot pay."""
    word: Cell = ""
    if not view.enabled:
        word = Toned(_("off"), "muted")
    elif view.balance_minor - view.held_minor <= view.minimum_minor:
        word = Toned(_("exhausted"), "error")
    amounts = (view.balance_minor, view.held_minor, view.minimum_minor)
    return (view.owner, *(money(amount, view.currency) for amount in amounts), word)


def history_cells(entry: Entry, currency: str, zone: str = "UTC") -> Sequence[Cell]:
    """One movement with the balance after it."""
    amount = entry.amount_minor
    sign = "+" if amount > 0 else ""
    change = f"{sign}{decimal_string(amount, currency)}"
    return (
        instant(entry.at, zone),
        entry.description,
        Toned(change, "success") if sign else change,
        decimal_string(entry.balance_minor, currency),
    )


def wallet_title(view: WalletView) -> str:
    """Whose movements these are, what may still be spent, and whether usage waits."""
    waiting = waiting_words(view.waiting_records)
    return f"{_spendable_words(view)}; {waiting}" if waiting else _spendable_words(view)


def _spendable_words(view: WalletView) -> str:
    if not view.enabled:
        return _("{owner}: switched off, pays nothing. m switches it on.").format(owner=view.owner)
    if view.spendable_minor < 0:
        words = _("{owner}: {missing} below its minimum, pays nothing until it is topped up")
        missing = money(-view.spendable_minor, view.currency)
        return words.format(owner=view.owner, missing=missing)
    words = _("{owner}: {free} to spend")
    free = money(max(0, view.spendable_minor), view.currency)
    return words.format(owner=view.owner, free=free)


def month_words(page: StatementPage) -> str:
    """The month in four sums; without one, how to get them."""
    if page.month is None or page.sums is None:
        return _("Latest movements, all months. - shows this month with its sums.")
    start, came, went, end = (
        decimal_string(minor, page.view.currency)
        for minor in (
            page.sums.starting_minor,
            page.sums.refilled_minor,
            page.sums.spent_minor,
            page.sums.ending_minor,
        )
    )
    words = _("{month:%B %Y}: start {start}, in {came}, out {went}, end {end} {currency}")
    return words.format(
        month=page.month, start=start, came=came, went=went, end=end, currency=page.view.currency
    )


def paid_words(paid: PaidEsims) -> str:
    """How many PAYGO eSIMs it pays for, what is owed, and what makes all of them run."""
    if not paid.esims:
        return _("It pays for no PAYGO eSIM.")
    count = plural("{count} PAYGO eSIM", "{count} PAYGO eSIMs", len(paid.esims))
    said = [_("Pays for {esims}").format(esims=count.format(count=len(paid.esims)))]
    if paid.owed_minor:
        said.append(_("owes {owed} MRC").format(owed=money(paid.owed_minor, paid.currency)))
    if paid.missing_minor:
        missing = money(paid.missing_minor, paid.currency)
        said.append(_("{missing} credit or more makes all run").format(missing=missing))
    return "; ".join(said) + "."


def paid_cells(view: EsimView) -> Sequence[Cell]:
    """One PAYGO eSIM: its state, what usage cost so far, its next or oldest unpaid MRC."""
    currency = view.currency or ""
    is_owed = bool(view.owed_minor)
    due = NOTHING if view.mrc_due_at is None else f"{view.mrc_due_at:%Y-%m-%d}"
    owed = money(view.owed_minor, currency) if is_owed else NOTHING
    return (
        f"~{view.iccid[-_TAIL:]}" if view.iccid else view.name,
        view.plan_name,
        state_cell(view),
        money(view.charged_minor, currency),
        money(view.mrc_minor, currency) if view.mrc_minor else _("none"),
        due,
        Toned(owed, "warning") if is_owed else owed,
    )
