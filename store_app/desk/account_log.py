"""What was changed about a company or an end user, and about the limit of the wallet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from catalog.kernel.database import snapshot
from catalog.kernel.money import decimal_string
from checkout.accounts.changes import changes_of
from checkout.accounts.owners import Owner, owner_named
from checkout.billing import limits
from checkout.payments.wallet import find_wallet
from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One changed field: when, by whom, from what to what, as it is typed."""

    at: datetime
    field: str
    old: str
    new: str
    actor: str


def account_log(desk: Desk, named: str) -> list[ChangeView]:
    """The changes of a company, by name, or of an end user, by address; the oldest first."""
    with snapshot(desk.engine) as session:
        owner = owner_named(session, named)
        own = [
            ChangeView(each.at, each.field, each.old, each.new, each.actor)
            for each in changes_of(session, owner.id)
        ]
        return sorted([*own, *_of_wallet(session, owner)], key=lambda view: view.at)


def _of_wallet(session: Session, owner: Owner) -> Iterator[ChangeView]:
    wallet = find_wallet(session, owner)
    for each in limits.changes_of(session, wallet.id) if wallet else ():
        old, new = (
            decimal_string(minor, wallet.currency) if wallet else ""
            for minor in (each.old_minimum_minor, each.new_minimum_minor)
        )
        if old != new:
            yield ChangeView(each.at, "wallet_minimum", old, new, each.actor)
        if each.was_enabled != each.is_enabled:
            words = ("no", "yes")
            told = words[each.was_enabled], words[each.is_enabled]
            yield ChangeView(each.at, "wallet_pays", *told, each.actor)
