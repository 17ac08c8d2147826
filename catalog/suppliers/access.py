"""How a supplier is reached: address, certificates as paths, and how hard it may be asked."""

from __future__ import annotations

import re
import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from catalog.esim.code_fields import address_reasons
from catalog.kernel.errors import Refused, Unavailable

OFFLINE: Final = "offline"
"""The address of the supplier that only a demo store may have."""
PROTOCOL: Final = "gsma/rsp/v2.2.0"
LIMITS: Final = {"timeout_s": (1, 120), "concurrent": (1, 64), "per_minute": (1, 6_000)}
"""From and to which number each may go."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)
_URL = re.compile(r"https://[^\s<>\"@?#]{1,300}", re.ASCII)
_PROTOCOL = re.compile(r"[A-Za-z0-9/._-]{1,60}", re.ASCII)
_FILES: Final = {
    "ca": "certificates of the supplier's authority",
    "cert": "client certificate with its key",
    "key": "private key",
}
_REQUESTER = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where and as whom to ask; certificates and the key stay in their files.

    Attributes:
        url: base of the ES2+ interface, without `/gsma/rsp2/es2plus`; or `offline`.
        ca: file of the certificates that the supplier's server is trusted by, and no others.
        cert: this store's client certificate; `key` is its private key, for its owner's eyes only.
        requester: `functionRequesterIdentifier`, as agreed with the supplier.
        smdp_address: where phones load profiles, when the supplier does not say it.
        protocol: what `X-Admin-Protocol` says.
        release_apart: release by releaseProfile and not within confirmOrder.
        confirmation: every profile is ordered with a confirmation code, whatever its plan says.
        wants_eid: every profile is tied to one phone, whose EID is told when it is ordered.
        timeout_s: how long one call may take in all.
        concurrent: calls at once; `per_minute` limits how many are begun.

    """

    name: str
    url: str
    ca: str = ""
    cert: str = ""
    key: str = field(default="", repr=False)
    requester: str = ""
    smdp_address: str = ""
    protocol: str = PROTOCOL
    release_apart: bool = False
    confirmation: bool = False
    wants_eid: bool = False
    timeout_s: int = 20
    concurrent: int = 4
    per_minute: int = 120

    @property
    def is_offline(self) -> bool:
        """Whether it is the labelled supplier of demo stores."""
        return self.url == OFFLINE


def check_access(access: Access) -> None:
    """Refuse what can't work, before it is kept; the files are looked at too."""
    if not _NAME.fullmatch(access.name):
        raise _wrong("name", "A supplier's name is one word of letters, digits, points and dashes.")
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(access, name) <= most:
            raise _wrong(name, f"This is a whole number from {least} to {most}.")
    if access.is_offline:
        return
    if not _URL.fullmatch(access.url):
        raise _wrong("url", "The address of a supplier starts with https:// and has no user in it.")
    if not _REQUESTER.fullmatch(access.requester):
        raise _wrong("requester", "The requester is one word, as agreed with the supplier.")
    if not _PROTOCOL.fullmatch(access.protocol):
        raise _wrong("protocol", "The protocol is written like gsma/rsp/v2.2.0.")
    for remark in address_reasons(access.smdp_address):
        raise _wrong("smdp_address", remark.message)
    try:
        tls_context(access)
    except Unavailable as trouble:
        told = f"{trouble.message} Nothing has changed."
        raise Refused(told, code=trouble.code, field=trouble.field) from trouble


def _wrong(name: str, message: str) -> Refused:
    return Refused(f"{message} Nothing has changed.", code="bad_supplier", field=name)


def tls_context(access: Access) -> ssl.SSLContext:
    """Trust in the named authorities alone, and this store's own certificate.

    `Unavailable` names the file that is missing, unreadable, or no certificate or key.
    """
    if not access.ca:  # otherwise every authority of this machine would be trusted
        raise _bad_file("ca", "", ValueError())
    _check_private(access)
    try:
        context = ssl.create_default_context(cafile=access.ca)
    except (OSError, ValueError) as error:
        raise _bad_file("ca", access.ca, error) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A password would be asked for at the terminal; a key that needs one is refused instead.
        context.load_cert_chain(access.cert, access.key, password="")
    except (OSError, ValueError) as error:
        raise _bad_file("cert", access.cert, error) from error
    return context


def _check_private(access: Access) -> None:
    if not access.key:
        raise _bad_file("key", "", ValueError())
    try:
        mode = stat.S_IMODE(Path(access.key).stat().st_mode)
    except (OSError, ValueError) as error:
        raise _bad_file("key", access.key, error) from error
    if mode & 0o077:
        raise Unavailable(
            f"{access.key} is a private key and others may read it (mode {mode:04o}). "
            f"Run: chmod 600 {access.key}.",
            code="open_key_file",
            field="key",
        )


def _bad_file(name: str, path: str, error: Exception) -> Unavailable:
    why = (error.strerror if isinstance(error, OSError) else "") or "it holds something else"
    named = f"{path} ({why})" if path else "no file is named"
    return Unavailable(
        f"The {_FILES[name]} of this supplier can't be used: {named}.",
        code="supplier_files",
        field=name,
    )
