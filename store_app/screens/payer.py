"""Who pays: the buyer, the wallet, and the one question before a charge."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from textual.screen import Screen

from catalog.kernel.money import money_words
from store_app.cart import Cart, CartLine, line_of
from store_app.cart_sale import Method, Tender
from store_app.present import owed
from store_app.screens.base import StoreScreen
from store_app.till import Till
from store_app.widgets.scan_proof import ScanProof
from store_app.workers import desk_work

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.people import Account

_PAYERS: Final[dict[Method, str]] = {
    "wallet": "the wallet of {customer}",
    "company-wallet": "the wallet of {company}",
    "card": "OFFLINE DEMO CARD, no real money moves",
    "invoice": "{company} on invoice",
}
_KEPT: Final = "The card is kept for {owner}, as agreed."
_ORDERING: Final = (
    "Selling, and ordering the eSIM from its supplier … Esc leaves this going on; its result shows "
    "by itself."
)
T = TypeVar("T")


class PayerScreen(ScanProof[None], StoreScreen):
    """Asks one question at a time about the cart of a till, and charges on yes."""

    def __init__(self, desk: Desk, till: Till) -> None:
        """Pay the cart of `till`."""
        super().__init__(desk)
        self._till = till
        self._is_asking = False
        self._agreed = ""

    def show_cart(self) -> None:
        """Show the cart after its buyer has changed."""

    async def _answer(self, dialog: Screen[T]) -> T | None:
        """What a dialog answers; None when this screen was left meanwhile.

        Nothing is awaited between the look and the push: `push_screen_wait` would wait for the
        removal of this very screen, which ends this worker, and the app with it.
        """
        if not self.is_active:
            return None
        return await asyncio.shield(self.app.push_screen(dialog, wait_for_dismiss=True))

    @property
    def _card_owner(self) -> str:
        """Whose card it is that pays by card, when anybody is named."""
        return self._till.cart.customer or self._till.cart.company

    @property
    def _keeps_card(self) -> bool:
        """Whether that owner has agreed that the card is kept; another buyer has not."""
        return bool(self._agreed) and self._agreed == self._card_owner

    def _charge(self, tender: Tender) -> None:
        if tender.pay == "card":
            tender = replace(tender, keep=self._keeps_card)
        is_live = any(line.is_live for line in self._till.cart.lines)
        if self._till.charge(self.desk, tender):
            self.say(_ORDERING if is_live else "Selling …")

    def _is_busy(self) -> bool:
        if self._till.is_selling:
            self.say("This sale is under way; its result shows here.", "warning")
        return self._till.is_selling or not self._till.cart.lines

    def action_wallet(self) -> None:
        """Charge the customer's wallet after the question."""
        self._ask("wallet")

    def action_company(self) -> None:
        """Charge the company's wallet after the question."""
        self._ask("company-wallet")

    def action_invoice(self) -> None:
        """Sell on the company's invoice after the question, which says its credit."""
        self._ask("invoice")

    def action_card(self) -> None:
        """Show the page to pay on; the offline demo card asks first, because it pays at once."""
        if self.heading is not None and self.heading.has_offline_card:
            self._ask("card")
        elif not self._is_asking and not self._is_busy():
            self._charge(Tender("card"))

    def action_reader(self) -> None:
        """Hand the bill to the register's card reader."""
        if not self._is_asking and not self._is_busy():
            self._charge(Tender("card", reader=True))

    def action_kept_card(self) -> None:
        """Have the card that pays kept once its owner has agreed, or take that back."""
        if self._is_asking or self._is_busy():
            return
        if self._keeps_card:
            self._agree("")
        elif not self._card_owner:
            self.say("A card is kept for a customer or a company: say who buys first (b).")
        else:
            self._is_asking = True
            self.ask_to_keep()

    @desk_work("ask")
    async def ask_to_keep(self) -> None:
        """Show the words to agree to; only yes keeps the card that will pay."""
        from store_app.screens.kept_card import consent_question

        try:
            owner = self._card_owner
            is_agreed = await self._answer(await consent_question(self, owner))
            self._agree(owner if is_agreed else "")
        finally:
            self._is_asking = False

    def _agree(self, owner: str) -> None:
        self._agreed = owner
        self.show_cart()

    def _ask(self, pay: Method) -> None:
        # Set before the first await: of two keys only one opens a question.
        if not self._is_asking and not self._is_busy():
            self._is_asking = True
            self.ask(pay)

    @desk_work("ask")
    async def ask(self, pay: Method) -> None:
        """Name the buyer if need be, say amount, item and payer, and charge on yes."""
        from store_app.widgets.confirm import Confirm

        try:
            if self._lacks_payer(pay) and not await self._choose_payer(pay):
                return
            cart = self._till.cart
            priced = await self._quoted(cart.customer, cart.company, pay)
            total_minor = sum(line.total_minor for line in priced)
            total = words_of(cart, total_minor)
            items = "\n".join(f"{line.name}  {words_of(cart, line.total_minor)}" for line in priced)
            payer = await self._payer_words(pay, total_minor)
            is_above = pay == "invoice" and await self._is_above(total_minor)
            verb = "Bill" if pay == "invoice" else "Charge"
            question = Confirm(f"{verb} {total}?", f"{items}\n{payer}", f"{verb} {total}")
            if await self._answer(question):
                self._charge(Tender(pay, when_paid=is_above))
        finally:
            self._is_asking = False

    def _lacks_payer(self, pay: Method) -> bool:
        cart = self._till.cart
        return (pay == "wallet" and not cart.customer) or (
            pay in ("company-wallet", "invoice") and not cart.company
        )

    async def _choose_payer(self, pay: Method) -> bool:
        """Ask whose wallet pays, and show his prices."""
        from store_app.screens.wallet_payer import payer_choices, payer_picker

        owner = await self._answer(payer_picker(await self.run_desk(payer_choices, pay)))
        if owner is None:
            self.say("No wallet was chosen; nothing was charged.", "warning")
            return False
        cart = self._till.cart
        if pay == "wallet":
            await self._take_buyer(owner, cart.company)
        else:
            await self._take_buyer(cart.customer, owner)
        return True

    async def _payer_words(self, pay: Method, total_minor: int) -> str:
        """Who pays and, for a wallet, its balance before and after; `Refused` if it can't."""
        from store_app.desk.wallets import show_wallet
        from store_app.screens.wallet_payer import balance_words

        cart = self._till.cart
        words = f"Paid by {_PAYERS[pay].format(customer=cart.customer, company=cart.company)}."
        if pay == "card":
            return f"{words}\n{_KEPT.format(owner=self._agreed)}" if self._keeps_card else words
        if pay == "invoice":
            return f"{words}\n{credit_words(await self._account(), total_minor)}"
        owner = cart.customer if pay == "wallet" else cart.company
        wallet = await self.run_desk(show_wallet, owner)
        return f"{words}\n{balance_words(wallet, total_minor, cart.currency)}"

    async def _account(self) -> Account:
        from store_app.desk.people import credit_account

        return await self.run_desk(credit_account, self._till.cart.company)

    async def _is_above(self, total_minor: int) -> bool:
        """Whether the cart is more than the company may still buy on invoice."""
        return total_minor > (await self._account()).left_minor

    def action_buyer(self) -> None:
        """Ask for the e-mail address and the company."""
        if not self._is_asking and not self._is_busy():
            self._is_asking = True
            self.ask_buyer()

    @desk_work("ask")
    async def ask_buyer(self) -> None:
        """Take the buyer's address and company, and show his prices."""
        try:
            await self._name_buyer()
        finally:
            self._is_asking = False

    async def _name_buyer(self) -> None:
        from checkout.accounts.companies import WALK_IN
        from store_app.desk.people import list_companies
        from store_app.screens.buyer_form import buyer_form

        known = await self.run_desk(list_companies)
        companies = [each.name for each in known if each.name != WALK_IN]
        values = await self._answer(buyer_form(self._till.cart, companies))
        if values is not None:
            self._till.name_phone(values.get("eid", "").strip())
            await self._take_buyer(values["customer"].strip(), values["company"])

    async def _take_buyer(self, customer: str, company: str) -> None:
        lines = await self._quoted(customer, company, "cash")
        self._till.reprice(lines, customer=customer, company=company)
        self._agreed = self._agreed if self._keeps_card else ""
        self.show_cart()

    async def _quoted(self, customer: str, company: str, pay: Method) -> tuple[CartLine, ...]:
        from store_app.desk.sales_together import quote_together

        buyer = {"customer": customer or None, "company": company or None}
        skus = [line.sku for line in self._till.cart.lines]
        return tuple(map(line_of, await self.run_desk(quote_together, skus, pay=pay, **buyer)))


def words_of(cart: Cart, minor: int) -> str:
    """An amount of the cart's currency as people read it."""
    return money_words(minor, cart.currency)


def credit_words(account: Account, total_minor: int) -> str:
    """The credit of a company before a sale on invoice, and what follows where it is too little."""
    limit, left = (
        money_words(minor, account.currency) for minor in (account.limit_minor, account.left_minor)
    )
    label, minor = owed("open", account.owed_minor, account.currency)
    words = f"Limit {limit}, {label.lower()} {minor}, left {left}."
    if total_minor <= account.left_minor:
        after = money_words(account.left_minor - total_minor, account.currency)
        return f"{words} {after} left after it."
    return (
        f"{words} What is above that is billed now, kept until its invoice is due, and delivered "
        "when it is paid."
    )
