"""A letter written and sent that kills its process.

With an order its eSIM is mailed; without one the letters that wait are sent, whose page is opened
at the address. Every commit and every message handed to the mail server has a moment before it and
one after.
"""

from __future__ import annotations

from store_app.desk import outbox
from store_app.desk.esim_mail import mail_esim
from tests.crash.moments import Moments, card_at, dying_desk


def main(store: str, address: str, fatal: int, order: str = "") -> None:
    """Write and send, dying at the fatal moment."""
    moments = Moments(fatal)
    moments.around_all(outbox, "send")
    desk = dying_desk(store, moments, card_at(address))
    if order:
        mail_esim(desk, order, key="mail")
    else:
        outbox.send_due(desk)
