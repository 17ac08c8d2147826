"""The link to a card payment for those who can't scan it: by e-mail, or on paper."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from catalog.esim.qr import paper_qr
from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.money import money_words
from catalog.kernel.private_files import write_private
from catalog.kernel.settings import StoreSettings, load_settings
from checkout.accounts.end_users import check_email
from checkout.orders.place import order_named
from checkout.orders.tables import OrderRow
from checkout.payments.invoicing import SENT_FOR
from checkout.payments.method import Attempt
from store_app.desk.card_calls import attempt_of, bill_words, paid_together
from store_app.desk.context import Desk
from store_app.desk.counter import card_label, method_of
from store_app.mail import Letter, mail_server, send
from store_app.settings import paper_folder, print_command

PRINT_S: Final = 15


@dataclass(frozen=True, slots=True)
class PayLink:
    """Where an order is paid, what for and until when, in words for its customer."""

    order: str
    title: str
    lines: tuple[str, ...]
    url: str = field(repr=False)


def pay_link(desk: Desk, order: str) -> PayLink:
    """The link of an order whose customer can still pay, or `Refused`."""
    return _read(desk, order, "Pay")[0]


def mail_link(desk: Desk, order: str, address: str) -> str:
    """Send the link to an address; the address as it was taken.

    Raises:
        Refused: no such link, no address, or no server that takes it.
        Unavailable: the server was not reached.

    """
    letter, settings = link_letter(desk, order)
    recipient = check_email(address)
    send(mail_server(settings), recipient, letter, written_at=desk.clock())
    return recipient


def link_letter(
    desk: Desk, order: str, verb: str = "Pay", opening: str = ""
) -> tuple[Letter, StoreSettings]:
    """The letter with the link: what is asked for, and what is said first.

    Raises:
        Refused: no such link.

    """
    link, settings = _read(desk, order, verb)
    said = (opening, "") if opening else ()
    text = "\n".join((*said, *link.lines, "", f"{verb} here:", link.url, ""))
    return Letter(link.title, text), settings


def paper_link(desk: Desk, order: str) -> str:
    """Print the link with its code, or write it down for the printer; says which.

    Raises:
        Refused: no such link.
        Unavailable: the printer did not take it; the text was written down all the same.

    """
    link = pay_link(desk, order)
    text = "\n".join((link.title, "", *link.lines, "", paper_qr(link.url), "", link.url, ""))
    path = _write(f"pay-{link.order}.txt", text)
    command = print_command()
    if not command:
        return str(path)
    _print(command, text, path)
    return "printed"


def _read(desk: Desk, order: str, verb: str) -> tuple[PayLink, StoreSettings]:
    with snapshot(desk.engine) as session:
        row, settings = order_named(session, order), load_settings(session)
    attempt = attempt_of(desk, row)
    if row.state != "placed" or not attempt.page_url:
        raise Refused(
            f"Order {row.reference} is {row.state} and has no page to pay on; nothing was sent.",
            code="no_page",
            field="order",
        )
    total = money_words(attempt.amount_minor, attempt.currency)
    shop = f" to {settings.shop_name}" if settings.shop_name else ""
    what = bill_words([str(each.item["name"]) for each in paid_together(desk, row)])
    lines = (
        f"{what}: {total}, order {row.reference}.",
        f"To be paid by {_local(_until(row, attempt), settings)}.",
        f"{card_label(method_of(desk, attempt))}.",
    )
    return PayLink(row.reference, f"{verb} {total}{shop}", lines, attempt.page_url), settings


def _until(row: OrderRow, attempt: Attempt) -> datetime:
    """The last moment; of what a provider sends it is the day that stands on it."""
    return row.deadline_at - SENT_FOR if attempt.is_sent else row.deadline_at


def _local(at: datetime, settings: StoreSettings) -> str:
    return f"{at.astimezone(ZoneInfo(settings.time_zone)):%Y-%m-%d %H:%M %Z}"


def _write(name: str, text: str) -> Path:
    """A file in the store's own folder, for this user's eyes only."""
    folder = paper_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / name, text.encode())
    return folder / name


def _print(command: list[str], text: str, path: Path) -> None:
    """Give the text to the operator's own command, which is never a shell's."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator's command, without a shell
            command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PRINT_S,
            check=False,
        )
        is_printed = done.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        is_printed = False
    if not is_printed:
        raise Unavailable(
            f"The printer did not take it; the text lies in {path}.", code="not_printed"
        )
