"""The one registry of actions: keys, footer, palette and help are all read from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding

from store_app.key_words import key_words

GLOBAL: Final = "global"
PLACES: Final = ("storefront", "esims", "stock", "wallets", "shift", "bills")
"""Where F2 to F6 and F12 lead; each is a screen stack of its own that keeps its state."""
MODALS: Final = (
    *("help", "confirm", "form", "picker", "tender"),
    *("batch", "upload", "usage_file", "files", "rows", "reading", "receipt", "checkout"),
    "reader",
)
"""Dialogs: the global keys rest while one is open, so a dialog names all of its own."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do: `name` is the `action_<name>` method that does it.

    `key` is in Textual's spelling, `label` fits the footer, `help` is a sentence for F1 and the
    palette, `screen` is `GLOBAL` or the name of the screen whose `BINDINGS` carry it.
    """

    name: str
    key: str
    label: str
    help: str
    screen: str
    palette: bool = True
    footer: bool = True

    @property
    def id(self) -> str:
        """The binding's id, `screen.name`: what a personal keymap refers to."""
        return f"{self.screen}.{self.name}"

    @property
    def call(self) -> str:
        """The action string Textual runs; places share one method."""
        return f"go('{self.name}')" if self.name in PLACES else self.name


ACTIONS: Final = (
    Action("help", "f1", "Help", "Explain this screen and list its keys.", GLOBAL),
    Action("storefront", "f2", "Shop", "Go to the storefront: search and sell plans.", GLOBAL),
    Action("esims", "f3", "eSIMs", "Look up sold eSIMs, their state and balance.", GLOBAL),
    Action("stock", "f4", "Stock", "See stock by plan and upload a stock file.", GLOBAL),
    Action("wallets", "f5", "Wallet", "See wallets and top them up.", GLOBAL),
    Action("shift", "f6", "Shift", "Open, count and close the drawer.", GLOBAL),
    Action("bills", "f12", "Bills", "Go to the bills and pools of companies.", GLOBAL),
    Action(
        "command_palette",
        "ctrl+p",
        "Find",
        "Find any action by typing its name.",
        GLOBAL,
        palette=False,
    ),
    Action("back", "escape", "Back", "Go one step back; the cart is kept.", GLOBAL, palette=False),
    Action(
        "theme",
        "f9",
        "Theme",
        "Next colour theme: dark, light, high contrast, the terminal's.",
        GLOBAL,
        footer=False,
    ),
    Action("quit", "ctrl+q", "Quit", "Leave the store.", GLOBAL, footer=False),
    Action("choose", "enter", "Choose", "Choose the plan under the cursor.", "storefront"),
    Action("add", "f7", "Add", "Add the plan under the cursor to the cart.", "storefront"),
    Action("repeat", "f8", "Repeat", "Sell again what was sold last.", "storefront"),
    Action("pay", "f10", "Pay", "Go to the payment of what is in the cart.", "storefront"),
    Action("empty", "ctrl+l", "Empty", "Take everything out of the cart.", "storefront"),
    Action(
        "resume",
        "ctrl+r",
        "Resume",
        "Finish the sale left open, or show the last sale's code.",
        "storefront",
    ),
    Action("abandon", "ctrl+t", "Drop", "Cancel the open sale or return its money.", "storefront"),
    Action(
        "fulfil",
        "ctrl+y",
        "Ordered?",
        "Say what the supplier did for a paid order.",
        "storefront",
        footer=False,
    ),
    Action("import_file", "ctrl+o", "Import", "Import plans from a file.", "storefront"),
    Action(
        "device",
        "ctrl+g",
        "Phone",
        "Say whether a phone takes an eSIM: model, EID, IMEI.",
        "storefront",
        footer=False,
    ),
    Action("cash", "c", "Cash", "Take cash and show the change.", "payment"),
    Action("wallet", "w", "Wallet", "Charge the customer's wallet.", "payment"),
    Action("company", "k", "Company", "Charge a company's wallet.", "payment"),
    Action("invoice", "a", "Invoice", "Sell on account: bill the company.", "payment"),
    Action("card", "d", "Card", "Let the customer pay by card on a phone.", "payment"),
    Action("reader", "r", "Reader", "Take a card at this register's reader.", "payment"),
    Action(
        "kept_card", "g", "Card kept", "Keep the card that pays, or don't.", "payment", footer=False
    ),
    Action("buyer", "b", "Buyer", "Say who buys: e-mail address, company.", "payment"),
    Action("remove", "delete", "Remove", "Take the line under the cursor out.", "payment"),
    Action("done", "enter", "Done", "Finish and return to the search field.", "activation"),
    Action("save", "s", "Save", "Save code, page and text for the buyer.", "activation"),
    Action("mail", "e", "E-mail", "Send the eSIM to its buyer by e-mail.", "activation"),
    Action("copy", "y", "Copy", "Copy the activation code.", "activation"),
    Action("receipt", "p", "Receipt", "Show the receipt of the sale.", "activation"),
    Action("next_esim", "right", "Next", "Go to the next eSIM of this sale.", "activation"),
    Action("last_esim", "left", "Before", "Go to the eSIM before this one.", "activation"),
    Action("copy", "y", "Copy link", "Copy the link to the payment.", "checkout"),
    Action("save", "s", "Save PNG", "Save the QR code of the link as a PNG file.", "checkout"),
    Action("mail", "e", "E-mail", "Send the link to the customer by e-mail.", "checkout"),
    Action("paper", "p", "Paper", "Print the link, or write it down for the printer.", "checkout"),
    Action("back", "escape", "Give up", "Give the payment up.", "checkout", palette=False),
    Action("good_card", "g", "Test card", "Play a card at the simulated reader.", "reader"),
    Action("bad_card", "x", "Refused card", "Play a card that its bank refuses.", "reader"),
    Action("back", "escape", "Give up", "Give the payment up.", "reader", palette=False),
    Action("save", "s", "Save", "Save the receipt as a text file.", "receipt"),
    Action("back", "escape", "Close", "Close the receipt.", "receipt", palette=False),
    Action("refill", "r", "Refill", "Add data to this eSIM.", "esim"),
    Action("explain", "e", "Explain", "Show which refills and usage made this balance.", "esim"),
    Action("code", "a", "Code", "Show the activation code again, as QR and text.", "esim"),
    Action("refund", "x", "Refund", "Say whether it is refundable, then give money back.", "esim"),
    Action("receipt", "p", "Receipt", "Show the receipt of the sale.", "esim"),
    Action("identify", "g", "Number", "Name the ICCID of an eSIM sold by its code.", "esim"),
    Action("assign", "s", "Assign", "Give it to a company, change that, or end it.", "esim"),
    Action("auto", "f", "Auto", "Refill it by itself when little is left.", "esim"),
    Action("replace", "w", "Replace", "Give it another profile with all that is left.", "esim"),
    Action("swap", "m", "SIM swap", "Move its number to a blank card.", "esim", footer=False),
    Action("hold", "h", "Suspend", "Suspend it by hand, or resume it.", "esim", footer=False),
    Action("retire", "z", "Archive", "End it for good, with a reason.", "esim", footer=False),
    Action("labels", "l", "Labels", "Give it labels, or take them off.", "esim", footer=False),
    Action("note", "n", "Note", "Write a note on it.", "esim", footer=False),
    Action("log", "c", "Changes", "Show what was changed, by whom.", "esim", footer=False),
    Action("choose", "enter", "Open", "Open the eSIM under the cursor.", "esims"),
    Action("import_file", "ctrl+o", "Usage", "Take in a file of usage records.", "esims"),
    Action("choose", "enter", "Open", "Open the batch under the cursor: rows, decision.", "stock"),
    Action("upload", "u", "Upload", "Check a stock file, then upload it.", "stock"),
    Action("browse", "o", "Files", "Look for the stock file in folders.", "stock"),
    Action("paste_rows", "v", "Paste", "Upload rows that were copied from a table.", "stock"),
    Action("assign", "s", "Assign", "Give a free eSIM of this plan to a company.", "stock"),
    Action("suppliers", "j", "Suppliers", "See who profiles are ordered from.", "stock"),
    Action("choose", "enter", "Open", "Open what is under the cursor.", "suppliers"),
    Action("prove", "t", "Test", "Test address and credentials; orders nothing.", "suppliers"),
    Action("new_supplier", "n", "New", "Add a supplier to order profiles from.", "suppliers"),
    Action("details", "x", "Details", "Change how this supplier is reached.", "suppliers"),
    Action("remove", "delete", "Remove", "Sell nothing more from this supplier.", "suppliers"),
    Action("choose", "enter", "Open", "Go to the history of this wallet.", "wallets"),
    Action("top_up", "t", "Top up", "Put money into a wallet.", "wallets"),
    Action("new_owner", "n", "New", "Add a company or a customer.", "wallets"),
    Action("details", "x", "Details", "Change a company or a customer.", "wallets", footer=False),
    Action("changes", "u", "Changes", "See what was changed.", "wallets", footer=False),
    Action("minimum", "m", "Limit", "Set how far down it may go, or switch it off.", "wallets"),
    Action(
        "paid_esims", "v", "eSIMs", "See the PAYGO eSIMs it pays for, or its history.", "wallets"
    ),
    Action("earlier", "minus", "Earlier", "Show this month, then the one before.", "wallets"),
    Action("later", "plus", "Later", "Show the month after, then all of them.", "wallets"),
    Action("save", "s", "Save", "Save the statement that is shown as a CSV file.", "wallets"),
    Action("auto", "f", "Auto", "Top it up by itself from a kept card.", "wallets", footer=False),
    Action(
        "kept_card", "g", "Card", "Keep its owner's card, or remove it.", "wallets", footer=False
    ),
    Action("refills", "j", "Refills", "See all that refills itself.", "wallets", footer=False),
    Action("choose", "enter", "Approve", "Show the page of a paused one as a QR code.", "refills"),
    Action("mail", "e", "E-mail", "Send who approves it the page once more.", "refills"),
    Action("switch_off", "x", "Off", "Refill the one under the cursor no more.", "refills"),
    Action("transactions", "h", "Money", "See all purchases, refills and refunds.", "wallets"),
    Action("choose", "enter", "Open", "Open the eSIM of this transaction.", "transactions"),
    Action("next_type", "1", "What", "Only sales, only refills, … all again.", "transactions"),
    Action("next_method", "2", "Paid by", "Only cash, only cards, … all again.", "transactions"),
    Action("next_status", "3", "Status", "Only open, only failed, … all again.", "transactions"),
    Action("filter", "f", "Who", "Only of a customer, a company, some days.", "transactions"),
    Action("earlier", "minus", "Earlier", "Show this month, then the one before.", "transactions"),
    Action("later", "plus", "Later", "Show the month after.", "transactions", footer=False),
    Action("unfilter", "0", "All", "Show all again, without a filter.", "transactions"),
    Action("receipt", "p", "Receipt", "Show its receipt or credit note.", "transactions"),
    Action("refund", "x", "Refund", "Judge a refund, then give money back.", "transactions"),
    Action("cash_in", "i", "Cash in", "Put cash into the drawer, with a reason.", "shift"),
    Action("cash_out", "o", "Cash out", "Take cash out of the drawer, with a reason.", "shift"),
    Action("close_shift", "z", "Close", "Count the drawer and close the shift: Z report.", "shift"),
    Action("last_z", "l", "Last Z", "Show the last Z report again.", "shift"),
    Action("choose", "enter", "Usage", "See what is behind this bill, eSIM by eSIM.", "bills"),
    Action("run_bills", "r", "Run", "Make the pre-bills of all periods that have ended.", "bills"),
    Action("approve", "a", "Approve", "Approve the pre-bill under the cursor.", "bills"),
    Action("approve_all", "A", "All", "Approve all pre-bills of the list.", "bills", footer=False),
    Action("issue", "i", "Issue", "Make the approved pre-bill an invoice with a number.", "bills"),
    Action("take_payment", "p", "Pay", "Note the money that came for this invoice.", "bills"),
    Action("credit", "c", "Credit", "Correct this invoice by a credit note.", "bills"),
    Action(
        "give_back",
        "g",
        "Give back",
        "Give back what it leaves to the company.",
        "bills",
        footer=False,
    ),
    Action("save", "s", "PDF", "Write this invoice as a PDF and say where.", "bills"),
    Action("filter", "f", "Filter", "Show only the bills of a company or in a state.", "bills"),
    Action("unfilter", "0", "All", "Show all again, without a filter.", "bills"),
    Action("choose", "enter", "Open", "Open the eSIM of this row.", "bill_usage"),
    Action("pools", "o", "Pools", "See the pools: data that many eSIMs share.", "bills"),
    Action("choose", "enter", "Open", "Open the pool under the cursor.", "pools"),
    Action("new_pool", "n", "New", "Open a pool for a company.", "pools"),
    Action("choose", "enter", "Open", "Open the eSIM under the cursor.", "pool"),
    Action("add_member", "a", "Add", "Put an eSIM of the company or the stock into it.", "pool"),
    Action("take_out", "x", "Take out", "Take the eSIM under the cursor out of it.", "pool"),
    Action("end_pool", "z", "End", "End the pool and all its members.", "pool"),
    Action("choose", "enter", "Choose", "Choose the row under the cursor.", "picker"),
    Action("back", "escape", "Back", "Go back; nothing is chosen.", "picker", palette=False),
    Action("cash", "c", "Cash", "Take cash and show the change.", "tender"),
    Action("wallet", "w", "Wallet", "Charge the customer's wallet.", "tender"),
    Action("company", "k", "Company", "Charge the company's wallet.", "tender"),
    Action("invoice", "a", "Invoice", "On account: bill the company.", "tender"),
    Action("card", "d", "Card", "Let the customer pay by card on a phone.", "tender"),
    Action("reader", "r", "Reader", "Take a card at this register's reader.", "tender"),
    Action("manual", "m", "By hand", "Note money that came another way.", "tender"),
    Action("back", "escape", "Back", "Go back; nothing is charged.", "tender", palette=False),
    Action("approve", "a", "Approve", "Release the batch for sale.", "batch"),
    Action("reject", "j", "Reject", "Refuse the batch; its file may come again.", "batch"),
    Action("roll_back", "b", "Roll back", "Take back the unsold profiles of the batch.", "batch"),
    Action("save", "s", "Save errors", "Save the refused rows as a CSV file.", "batch"),
    Action("back", "escape", "Back", "Go back to the stock.", "batch", palette=False),
    Action("submit", "u", "Upload", "Upload the accepted rows.", "upload"),
    Action("save", "s", "Save errors", "Save the refused rows as a CSV file.", "upload"),
    Action("back", "escape", "Back", "Cancel; nothing half done is kept.", "upload", palette=False),
    Action("up", "backspace", "Up", "Go to the folder above.", "files", palette=False),
    Action("back", "escape", "Back", "Go back; no file is chosen.", "files", palette=False),
    Action("submit", "f10", "Done", "Take the pasted rows.", "rows", palette=False),
    Action("back", "escape", "Back", "Go back; the rows are forgotten.", "rows", palette=False),
    Action("save", "s", "Save errors", "Save the refused rows as a CSV file.", "usage_file"),
    Action("back", "escape", "Close", "Stop; what was read stays.", "usage_file", palette=False),
    Action("back", "escape", "Back", "Close the text.", "reading", palette=False),
    Action("back", "escape", "Close", "Close the help.", "help", palette=False),
    Action("yes", "y", "Yes", "Do what the question says.", "confirm", palette=False),
    Action("no", "n", "No", "Go back; nothing is done.", "confirm", palette=False),
    Action("back", "escape", "Back", "Go back; nothing is done.", "confirm", palette=False),
    Action("submit", "f10", "Done", "Take over what was typed.", "form", palette=False),
    Action("back", "escape", "Back", "Go back; nothing is saved.", "form", palette=False),
)

_PRIORITY: Final = {"quit", "command_palette"}


def screens(actions: Iterable[Action] = ACTIONS) -> tuple[str, ...]:
    """Every screen the registry knows, in the order of first mention."""
    return tuple(dict.fromkeys(action.screen for action in actions))


def actions_of(screen: str, actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """What can be done on `screen`: its own actions, then the global ones unless it is a dialog."""
    every = tuple(actions)
    own = tuple(action for action in every if action.screen == screen)
    if screen == GLOBAL or screen in MODALS:
        return own
    return own + tuple(action for action in every if action.screen == GLOBAL)


def bindings(screen: str, actions: Iterable[Action] = ACTIONS) -> list[Binding]:
    """The `BINDINGS` of a screen (or of the app, for `GLOBAL`), each with an id and a tooltip."""
    return [_binding(action) for action in actions if action.screen == screen]


def by_id(actions: Iterable[Action] = ACTIONS) -> dict[str, Action]:
    """The registry by binding id: the way back from a live binding to its words."""
    return {action.id: action for action in actions}


def _binding(action: Action) -> Binding:
    return Binding(
        action.key,
        action.call,
        action.label,
        show=action.footer,
        key_display=key_words(action.key),
        priority=action.name in _PRIORITY,
        tooltip=action.help,
        id=action.id,
    )
