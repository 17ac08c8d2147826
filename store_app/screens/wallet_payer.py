"""Paying from a wallet: whose it is, and what it holds before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.kernel.money import money_words
from store_app.screens.picker import Choice, Picker
from store_app.widgets.lazy_list import Column

if TYPE_CHECKING:
    from store_app.cart_sale import Method
    from store_app.desk.context import Desk
    from store_app.desk.wallets import WalletView

_COLUMNS: Final = (
    Column("Owner", 24, flex=2),
    Column("Name", 14, flex=1),
    Column("Balance", 14, align="right"),
)


def payer_choices(desk: Desk, pay: Method) -> list[Choice]:
    """The customers, or the companies, with what is in their wallets."""
    from checkout.accounts.companies import WALK_IN
    from store_app.desk.people import list_companies, list_users
    from store_app.desk.wallets import list_wallets

    balances = {
        view.owner: money_words(view.balance_minor, view.currency) for view in list_wallets(desk)
    }
    if pay in ("company-wallet", "invoice"):
        owners = [(each.name, "company") for each in list_companies(desk) if each.name != WALK_IN]
    else:
        owners = [(each.email, each.name) for each in list_users(desk)]
    return [
        Choice(owner, (owner, name, balances.get(owner, "no wallet yet"))) for owner, name in owners
    ]


def payer_picker(choices: list[Choice]) -> Picker:
    """Asks whose wallet pays; Enter takes the row marked ›."""
    return Picker(
        "Whose wallet pays? Type a part of the name or address.",
        _COLUMNS,
        choices,
        empty_text="Nobody of that name has a wallet. Esc, then F5 makes one by topping it up.",
        typed="",
    )


def balance_words(view: WalletView, total_minor: int, currency: str) -> str:
    """What the wallet holds before and after.

    Raises:
        Refused: it is switched off, in another currency, or holds too little.

    """
    held = money_words(view.balance_minor, view.currency)
    reason = _hindrance(view, total_minor, currency)
    if reason:
        raise Refused(
            f"The wallet of {view.owner} holds {held} and {reason}; nothing was charged. "
            "Top it up with F5, or choose another way to pay.",
            code="wallet_refused",
        )
    after = money_words(view.balance_minor - total_minor, currency)
    return f"Its balance: {held} before, {after} after."


def _hindrance(view: WalletView, total_minor: int, currency: str) -> str:
    if not view.enabled:
        return "is switched off"
    if view.currency != currency:
        return f"the price is in {currency}"
    lacking = total_minor - (view.balance_minor - view.held_minor - view.minimum_minor)
    return f"{money_words(lacking, currency)} are missing" if lacking > 0 else ""
