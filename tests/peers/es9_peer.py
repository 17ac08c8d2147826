"""The side of an SM-DP+ that phones call (ES9+, SGP.22 5.6), behind a proxy for every address.

It knows the profiles that it is told, by address and matching id as they were delivered, judges
the hash of a confirmation code, and signs nothing.
"""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import trustme

from tests.peers.euicc_peer import swapped
from tests.peers.smdp_peer import Failed, header
from tests.peers.tlv import find, must_find, tlv

_SIGNATURE = tlv(0x5F37, bytes(64))


@dataclass(frozen=True)
class Waiting:
    """A profile that waits for its phone."""

    iccid: str
    address: str
    matching_id: str
    confirmation_code: str = ""


@dataclass
class PhoneDesk:
    """The profiles that wait, and the sessions with phones.

    Attributes:
        hosts: the addresses that phones connected to.

    """

    profiles: tuple[Waiting, ...]
    hosts: list[str] = field(default_factory=list)
    _addresses: dict[str, str] = field(default_factory=dict)
    _chosen: dict[str, Waiting] = field(default_factory=dict)

    def answer(self, function: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Carry a function out; its answer with header."""
        try:
            if function == "initiateAuthentication":
                more = self._initiate(body)
            elif function == "authenticateClient":
                more = self._authenticate(body)
            elif function == "getBoundProfilePackage":
                more = self._package(body)
            else:
                more = {}
        except Failed as failure:
            return header("Failed", failure.codes)
        return header("Executed-Success") | more

    def _initiate(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The address counts letter by letter, as a widely used server compares it."""
        address = str(body["smdpAddress"])
        if address not in {profile.address for profile in self.profiles}:
            raise Failed("8.8.1", "3.8")
        session = len(self._addresses).to_bytes(16)
        self._addresses[session.hex()] = address
        told = (tlv(0x80, session), tlv(0x81, b64decode(body["euiccChallenge"])))
        signed = tlv(0x30, *told, tlv(0x83, address.encode()), tlv(0x84, bytes(16)))
        return {
            "transactionId": session.hex().upper(),
            "serverSigned1": _text(signed),
            "serverSignature1": _text(_SIGNATURE),
            "euiccCiPKIdToBeUsed": _text(tlv(0x04, bytes(20))),
            "serverCertificate": _text(tlv(0x30)),
        }

    def _authenticate(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Only the profile of this very matching id is given out."""
        signed = must_find(b64decode(body["authenticateServerResponse"]), 0xBF38, 0xA0, 0x30)
        session = must_find(signed, 0x80)
        asked = ((find(signed, 0xA0, 0x80)) or b"").decode()
        key = (self._addresses[session.hex()], asked)
        found = [each for each in self.profiles if (each.address, each.matching_id) == key]
        if not found:
            raise Failed("8.2.6", "3.8")
        self._chosen[session.hex()] = profile = found[0]
        flag = b"\xff" if profile.confirmation_code else b"\0"
        return {
            "transactionId": session.hex().upper(),
            "profileMetadata": _text(_metadata(profile)),
            "smdpSigned2": _text(tlv(0x30, tlv(0x80, session), tlv(0x01, flag))),
            "smdpSignature2": _text(_SIGNATURE),
            "smdpCertificate": _text(tlv(0x30)),
        }

    def _package(self, body: Mapping[str, Any]) -> dict[str, Any]:
        signed = must_find(b64decode(body["prepareDownloadResponse"]), 0xBF21, 0xA0, 0x30)
        session = must_find(signed, 0x80)
        profile = self._chosen[session.hex()]
        if profile.confirmation_code:
            hashed = sha256(sha256(profile.confirmation_code.encode()).digest() + session)
            if find(signed, 0x04) != hashed.digest():
                raise Failed("8.2.7", "3.8")
        return {
            "transactionId": session.hex().upper(),
            "boundProfilePackage": _text(_bound(session, profile)),
        }


def _metadata(profile: Waiting) -> bytes:
    names = (tlv(0x91, b"Operator"), tlv(0x92, b"Travel"))
    return tlv(0xBF25, tlv(0x5A, swapped(profile.iccid)), *names)


def _bound(session: bytes, profile: Waiting) -> bytes:
    """A BoundProfilePackage whose metadata are readable and whose profile is empty."""
    agreed = tlv(0xA6, tlv(0x80, b"\x88"), tlv(0x81, b"\x10"), tlv(0x84, bytes(8)))
    channel = tlv(0x82, b"\1"), tlv(0x80, session), agreed, tlv(0x5F49, bytes(65)), _SIGNATURE
    return tlv(
        0xBF36,
        tlv(0xBF23, *channel),
        tlv(0xA0, tlv(0x87, bytes(16))),
        tlv(0xA1, tlv(0x88, _metadata(profile))),
        tlv(0xA3, tlv(0x86, bytes(16))),
    )


def _text(content: bytes) -> str:
    return b64encode(content).decode()


@contextmanager
def phone_desk(*profiles: Waiting) -> Iterator[tuple[PhoneDesk, str]]:
    """The SM-DP+ and the proxy that leads every HTTPS address to it, while the block runs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("smdp.example.com").configure_cert(context)
    desk = PhoneDesk(profiles)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.desk, server.context = desk, context
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield desk, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    desk: PhoneDesk
    context: ssl.SSLContext


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_CONNECT(self) -> None:
        """Take the place of the host that was asked for, on a closed line."""
        self.server.desk.hosts.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_POST(self) -> None:
        """One function of ES9+."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        function = self.path.removeprefix("/gsma/rsp2/es9plus/")
        content = json.dumps(self.server.desk.answer(function, body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Admin-Protocol", "gsma/rsp/v2.2.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def finish(self) -> None:
        """Hang up: the server knows only the line as it was before it was closed to others."""
        super().finish()
        self.connection.close()

    def log_message(self, *words: Any) -> None:
        """Say nothing: codes do not belong on a screen."""
