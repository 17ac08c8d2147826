"""A mail server of somebody else's in this process, and what it was handed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.peers.own_process import free_port


class Postbox:
    """Takes every message; refuses the address `nobody@…`, and passwords but one."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Take an address, or not."""
        del server, session, options
        if address.startswith("nobody@"):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message."""
        del server, session
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


def _sign_in(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    del server, session, envelope, mechanism
    known = LoginPassword(b"till", b"quiet please")
    return AuthResult(success=given == known, handled=False)


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Postbox, str]]:
    """Its postbox and its address while it runs; options are aiosmtpd's."""
    postbox = Postbox()
    port = free_port()
    controller = Controller(
        postbox, hostname="127.0.0.1", port=port, authenticator=_sign_in, **options
    )
    controller.start()
    try:
        yield postbox, f"127.0.0.1:{port}"
    finally:
        controller.stop()
