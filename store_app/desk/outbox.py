"""The outbox: letters that were written down are sent after the commit, and tried again.

A letter is taken, put together, handed to the mail server, and that is noted: nothing of the
outside is inside a transaction. Who dies in between leaves it to the next who sends, and whoever
receives it twice has the same Message-ID twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import StoreError
from catalog.kernel.settings import load_settings
from checkout.outbox.letters import due_letters, note_failed, note_sent, take_letter
from checkout.outbox.tables import LetterRow
from store_app.desk.context import Desk
from store_app.desk.letters import approval_letter, confirmation_letter, esim_letter
from store_app.mail import Letter, mail_server, send

_CONTENTS: Final[Mapping[str, Callable[[Desk, LetterRow], tuple[str, Letter]]]] = {
    "esim": esim_letter,
    "confirmation": confirmation_letter,
    "approval": approval_letter,
}
"""Whom a letter of each kind is for and what it says, or a `StoreError` that keeps it."""
_FINAL: Final = {
    **dict.fromkeys(("mail_refused", "bad_email"), "refused"),
    **dict.fromkeys(("not_sold", "unknown_esim", "unknown_order", "not_paused"), "dropped"),
}
"""Refusals that waiting does not change: of this address, or the letter has lost its reason."""


def send_due(desk: Desk) -> int:
    """Send what waits; how many letters a server took."""
    with snapshot(desk.engine) as session:
        due = due_letters(session, desk.clock())
    return sum(send_letter(desk, letter_id) for letter_id in due)


def send_letter(desk: Desk, letter_id: str) -> bool:
    """Try one letter that is due; whether a server took it."""
    letter = transact(desk.engine, lambda session: take_letter(session, letter_id, desk.clock()))
    if letter is None:
        return False
    recipient, is_asked = "", False
    try:
        with snapshot(desk.engine) as session:
            server = mail_server(load_settings(session))
        recipient, content = _CONTENTS[letter.kind](desk, letter)
        is_asked = True
        send(server, recipient, content, written_at=letter.written_at, message_id=letter.id)
    except StoreError as trouble:
        final = _FINAL.get(trouble.code, "")
        note = partial(note_failed, trouble=trouble, final=final, is_asked=is_asked)
    else:
        note = partial(note_sent, recipient=recipient)
    transact(desk.engine, lambda session: note(session, letter, now=desk.clock()))
    return note.func is note_sent
