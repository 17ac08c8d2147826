"""Mail over the operator's own SMTP server: one message at a time, or a sentence why not."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import make_msgid
from mimetypes import guess_type
from typing import Final

from pydantic import SecretStr

from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.quoting import shown
from catalog.kernel.secret_files import read_secret
from catalog.kernel.settings import StoreSettings
from store_app.settings import mail_password, mail_password_file

TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, how that way is closed, and who signs in."""

    host: str
    port: int
    security: str
    user: str
    sender: str
    password: SecretStr


def mail_server(settings: StoreSettings) -> MailServer:
    """The server that the settings name, or `Refused` while it can't be used."""
    password = _password()
    host, _, port = settings.mail_server.partition(":")
    if not (host and settings.mail_from):
        raise Refused(
            "No mail server is set, so nothing was sent. Set one: settings set mail_server "
            "smtp.example.com:587, and mail_from.",
            code="no_mail_server",
        )
    if settings.mail_user and not password.get_secret_value():
        raise Refused(
            "The mail server asks for a password and there is none here, so nothing was sent. "
            "Put it into ESIM_STORE_MAIL_PASSWORD, or into a file.",
            code="no_mail_password",
        )
    if settings.mail_user and settings.mail_security == "none":
        raise Refused(
            "A password is not sent over an open connection, so nothing was sent. Set "
            "mail_security to starttls or tls, or mail_user to nothing.",
            code="open_mail_server",
        )
    return MailServer(
        host, int(port), settings.mail_security, settings.mail_user, settings.mail_from, password
    )


def _password() -> SecretStr:
    """The password in the environment or in its file; empty when there is none."""
    told, path = mail_password(), mail_password_file()
    if told or not path.is_file():
        return SecretStr(told)
    return read_secret(path, "holds a password; nothing was sent")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; its kind follows from its name."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says."""

    subject: str
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()


def send(
    server: MailServer,
    recipient: str,
    letter: Letter,
    *,
    written_at: datetime,
    message_id: str = "",
) -> None:
    """Hand one message to the server; one that is sent again keeps its id and its date.

    Raises:
        Refused: the server does not take it, or not from us.
        Unavailable: the server was not reached, or did not answer.

    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        server.sender,
        recipient,
        letter.subject,
    )
    message["Date"] = written_at  # RFC 5322, 3.6: a message has to have one
    domain = server.sender.rpartition("@")[2]
    message["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain)
    message.set_content(letter.text)
    for file in letter.attachments:
        kind = guess_type(file.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    try:
        with _connected(server) as connection:
            connection.send_message(message)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        told = _translated(error)
    else:
        return
    raise told


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        secure = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        return _signed_in(secure, server)
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    if server.security == "starttls":
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
    return _signed_in(connection, server)


def _signed_in(connection: smtplib.SMTP, server: MailServer) -> smtplib.SMTP:
    if server.user:
        try:
            connection.login(server.user, server.password.get_secret_value())
        except BaseException:
            connection.close()
            raise
    return connection


def _translated(error: OSError) -> Refused | Unavailable:
    """What the server said, without what was sent; an SMTP error is an OSError too."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused("The mail server refused the password; nothing was sent.", code="mail_login")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused(
            "The mail server can't close the connection or take a password there; nothing was "
            "sent. Set mail_security as its operator says.",
            code="mail_security",
        )
    if isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
        code = getattr(error, "smtp_code", "")
        return Refused(
            f"The mail server did not take it ({shown(str(code or 'address refused'), 40)}); "
            "nothing was sent.",
            code="mail_refused",
        )
    return Unavailable(
        "The mail server was not reached or did not answer; whether it sent is not known.",
        code="mail_unreachable",
    )
