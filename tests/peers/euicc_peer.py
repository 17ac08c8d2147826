"""The chip and the modem of a phone: answers an LPA over AT commands on a pseudo-terminal.

It plays the eUICC's part of a download (SGP.22 5.7) and keeps what it was handed. It signs
nothing and checks no signature: what is under test is what the phone-side program does.
"""

from __future__ import annotations

import os
import pty
import re
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

from tests.peers.tlv import find, must_find, tlv

_AT: Final = re.compile(rb"[^\r\n]+")
_TRANSMIT: Final = re.compile(rb'AT\+CGLA=\d+,\d+,"([0-9A-F]+)"')
_SIGNATURE: Final = tlv(0x5F37, bytes(64))
_KEY: Final = tlv(0x04, bytes(20))
_MORE_FOLLOWS: Final = 0x11


@dataclass
class Euicc:
    """What the card was told and what lies on it.

    Attributes:
        matching_ids: what the phone asked for, one for each attempt.
        installed: ICCIDs of the profiles that arrived whole.

    """

    matching_ids: list[str] = field(default_factory=list)
    installed: list[str] = field(default_factory=list)
    _parts: bytes = b""
    _transaction: bytes = b""
    _package: bytes = b""

    def transmit(self, apdu: bytes) -> bytes:
        """Take one STORE DATA of a command; the last one brings the answer."""
        self._parts += apdu[5 : 5 + apdu[4]]
        if apdu[2] == _MORE_FOLLOWS:
            return b"\x90\x00"
        command, self._parts = self._parts, b""
        return self._answer(command) + b"\x90\x00"

    def _answer(self, command: bytes) -> bytes:
        match int.from_bytes(command[:2]):
            case 0xBF2E:
                return tlv(0xBF2E, tlv(0x80, bytes(16)))
            case 0xBF20:
                return tlv(0xBF20, tlv(0x82, b"\2\2\2"), tlv(0xA9, _KEY), tlv(0xAA, _KEY))
            case 0xBF38:
                return self._authenticate(must_find(command, 0xBF38))
            case 0xBF21:
                return self._prepare(must_find(command, 0xBF21))
            case 0xBF41:
                return tlv(0xBF41, tlv(0x80, b"\x7f"))
        return self._load(command)

    def _authenticate(self, asked: bytes) -> bytes:
        """AuthenticateServer: what the LPA adds to the server's words goes back to the server."""
        context = must_find(asked, 0xA0)
        self.matching_ids.append((find(context, 0x80) or b"").decode())
        signed = tlv(0x30, *(tlv(tag, must_find(asked, 0x30, tag)) for tag in (0x80, 0x83, 0x84)))
        told = tlv(0x30, must_find(signed, 0x30), tlv(0xA0, context))
        return tlv(0xBF38, tlv(0xA0, told, _SIGNATURE, tlv(0x30), tlv(0x30)))

    def _prepare(self, asked: bytes) -> bytes:
        """PrepareDownload: the hash of a confirmation code is handed on."""
        self._transaction, self._package = must_find(asked, 0x30, 0x80), b""
        hashed = find(asked, 0x04)
        told = [tlv(0x80, self._transaction), tlv(0x5F49, bytes(65))]
        told += [tlv(0x04, hashed)] if hashed else []
        return tlv(0xBF21, tlv(0xA0, tlv(0x30, *told), _SIGNATURE))

    def _load(self, segment: bytes) -> bytes:
        """LoadBoundProfilePackage: the last segment is answered with the result."""
        if segment[0] == 0x88:  # our SM-DP+ sends the metadata as they are
            self._package = must_find(segment, 0x88)
        if segment[0] != 0x86:
            return b""
        number = must_find(self._package, 0xBF25, 0x5A)
        self.installed.append(unswapped(number))
        about = (tlv(0x80, b"\1"), tlv(0x81, b"\7\x80"), tlv(0x0C), tlv(0x5A, number))
        done = tlv(0xA2, tlv(0xA0, tlv(0x4F, bytes(16)), tlv(0x04)))
        told = (tlv(0x80, self._transaction), tlv(0xBF2F, *about), tlv(0x06, b"\x2b"), done)
        result = tlv(0xBF27, *told)
        return tlv(0xBF37, result, _SIGNATURE)


def swapped(iccid: str) -> bytes:
    """An ICCID as it lies on a card: padded with F, the halves of each byte swapped."""
    digits = iccid.ljust(20, "F")
    return bytes.fromhex("".join(digits[at + 1] + digits[at] for at in range(0, 20, 2)))


def unswapped(content: bytes) -> str:
    """The ICCID that lies on a card."""
    return "".join(pair[1] + pair[0] for pair in re.findall("..", content.hex())).rstrip("f")


@contextmanager
def modem(card: Euicc) -> Iterator[str]:
    """The device behind which the card can be reached, as long as the block runs."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    thread = Thread(target=_serve, args=(ours, card), daemon=True)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.close(theirs)
        thread.join()
        os.close(ours)


def _serve(line: int, card: Euicc) -> None:
    waiting = b""
    while heard := _read(line):
        *commands, waiting = re.split(rb"[\r\n]+", waiting + heard)
        for command in filter(None, commands):
            os.write(line, f"\r\n{_reply(command, card)}OK\r\n".encode())


def _read(line: int) -> bytes:
    try:
        return os.read(line, 65536)
    except OSError:  # nobody has the device open any more
        return b""


def _reply(command: bytes, card: Euicc) -> str:
    if command.startswith(b'AT+CCHO="'):
        return "+CCHO: 1\r\n\r\n"
    sent = _TRANSMIT.fullmatch(command)
    if not sent:
        return ""
    answer = card.transmit(bytes.fromhex(sent[1].decode())).hex().upper()
    return f'+CGLA: {len(answer)},"{answer}"\r\n\r\n'
