"""An SM-DP+ on a port of this machine: ES2+ over HTTPS with certificates on both sides.

It keeps its profiles as SGP.22 5.3 says, answers with the documented codes, notes every request
that breaks the rules, and can be told to go wrong in each of the ways that a network knows.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from stdnum import luhn

from tests.peers.authority import Authority

PROFILE_TYPE = "ES-TRAVEL"
REQUESTER = "1.3.6.1.4.1.99999.1"
ADDRESS = "smdp.live.example.com"
_PATH = "/gsma/rsp2/es2plus/"
_MUST = {
    "downloadOrder": (),
    "confirmOrder": ("iccid", "releaseFlag"),
    "releaseProfile": ("iccid",),
    "cancelOrder": ("iccid", "finalProfileStatusIndicator"),
}


class Failed(Exception):
    """A business failure, by its pair of codes."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject}/{reason}")
        self.codes = {"subjectCode": subject, "reasonCode": reason, "message": "no"}


@dataclass
class Profile:
    """One profile of the SM-DP+."""

    iccid: str
    state: str = "allocated"
    matching_id: str = ""
    eid: str = ""
    confirmation_code: str = ""


@dataclass
class Smdp:
    """The profiles, what was asked, and what is to go wrong next."""

    stock: int = 100
    profiles: dict[str, Profile] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    names_address: bool = True
    wants_eid: bool = False
    wants_code: bool = False
    finds_by_eid: bool = False
    tells_eid: str = ""
    let_go: Event = field(default_factory=Event)
    first: int = 1
    _lock: Lock = field(default_factory=Lock)
    _calls: set[str] = field(default_factory=set)

    def count(self, function: str) -> int:
        """How often a function was asked for."""
        return sum(name == function for name, _ in self.asked)

    def states(self) -> list[str]:
        """The states of all profiles that were ever ordered."""
        return sorted(profile.state for profile in self.profiles.values())

    def next_fault(self, function: str) -> str:
        """What goes wrong with this call; empty for nothing."""
        with self._lock:
            waiting = self.faults[function]
            return waiting.pop(0) if waiting else ""

    def answer(self, function: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Carry a function out; its answer with header."""
        with self._lock:
            self.asked.append((function, body))
            try:
                self._judge(function, body)
                more = self._carry_out(function, body)
            except Failed as failure:
                return header("Failed", failure.codes)
            return header("Executed-Success") | more

    def _judge(self, function: str, body: Mapping[str, Any]) -> None:
        head = body.get("header", {})
        call = head.get("functionCallIdentifier")
        if head.get("functionRequesterIdentifier") != REQUESTER:
            raise Failed("8.2", "1.2")
        if not call or call in self._calls:
            self.broken.append(f"{function}: call id {call!r} is missing or came before")
        self._calls.add(call)
        iccid = body.get("iccid")
        if iccid is not None and (len(iccid) != 20 or not iccid.rstrip("F").isdigit()):
            self.broken.append(f"{function}: iccid {iccid!r}")

    def _carry_out(self, function: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if any(name not in body for name in _MUST[function]):
            raise Failed("8.2", "2.2")
        if function == "downloadOrder":
            return self._order(body)
        profile = self.profiles.get(body["iccid"].rstrip("F"))
        if profile is None:
            raise Failed("8.2.1", "3.9")
        if profile.eid and body.get("eid") != profile.eid and function != "releaseProfile":
            raise Failed("8.1.1", "3.10")
        if function == "confirmOrder":
            return self._confirm(profile, body)
        if function == "releaseProfile":
            if profile.state != "confirmed":
                raise Failed("8.2.1", "3.5")
            profile.state = "released"
        else:
            profile.state = str(body["finalProfileStatusIndicator"]).lower()
        return {}

    def _order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("profileType") != PROFILE_TYPE:
            raise Failed("8.2.5", "3.9")
        if len(self.profiles) >= self.stock:
            raise Failed("8.2.5", "3.7")
        eid = body.get("eid", "")
        if self.wants_eid and not eid:
            raise Failed("8.1.1", "2.2")
        digits = f"8931888{len(self.profiles) + self.first:011d}"
        iccid = digits + luhn.calc_check_digit(digits)
        self.profiles[iccid] = Profile(iccid, "linked" if eid else "allocated", eid=eid)
        return {"iccid": iccid.ljust(20, "F")}

    def _confirm(self, profile: Profile, body: Mapping[str, Any]) -> dict[str, Any]:
        if profile.state not in ("allocated", "linked"):
            raise Failed("8.2.1", "3.3")
        profile.confirmation_code = body.get("confirmationCode", "")
        if self.wants_code and not profile.confirmation_code:
            raise Failed("8.2.7", "2.2")
        if self.finds_by_eid:
            profile.state = "released"
            return {"matchingId": "", "eid": profile.eid}
        asked = body.get("matchingId") or f"OURS-{len(self.profiles)}"
        if any(other.matching_id == asked for other in self.profiles.values()):
            raise Failed("8.2.6", "3.3")
        profile.matching_id = asked
        profile.state = "released" if body["releaseFlag"] else "confirmed"
        address = {"smdpAddress": ADDRESS} if self.names_address else {}
        said = self.tells_eid or profile.eid
        return {"matchingId": asked, **address} | ({"eid": said} if said else {})


def header(status: str, codes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An answer that has nothing but its header."""
    said = {"status": status} | ({"statusCodeData": dict(codes)} if codes else {})
    return {"header": {"functionExecutionStatus": said}}


@dataclass(frozen=True)
class Served:
    """A running SM-DP+ with the files that a client needs to be let in."""

    smdp: Smdp
    url: str
    ca: Path
    cert: Path
    key: Path


@contextmanager
def smdp_peer(
    folder: Path,
    smdp: Smdp | None = None,
    *,
    identity: str = "127.0.0.1",
    expired: bool = False,
) -> Iterator[Served]:
    """An SM-DP+ as long as the block runs; its certificate is for `identity`."""
    made, authority = smdp or Smdp(), Authority(folder)
    ca = authority.trust_file()
    cert, key = authority.issued(identity, "server", expired=expired)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ca))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(cert, key)
    client_cert, client_key = authority.issued("shop.example.com", "client")
    with _serving(made, context) as port:
        yield Served(made, f"https://127.0.0.1:{port}", ca, client_cert, client_key)


@contextmanager
def _serving(smdp: Smdp, context: ssl.SSLContext) -> Iterator[int]:
    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            """The handshake, in the thread of its connection."""
            try:
                wrapped = context.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError):
                return
            with wrapped:
                super().finish_request(wrapped, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            del request, client_address  # a client that went away is what these tests are about

    server = Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"smdp": smdp}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_port)
    finally:
        smdp.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    smdp: Smdp

    def do_POST(self) -> None:
        function = self.path.removeprefix(_PATH)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.headers.get("X-Admin-Protocol", "").startswith("gsma/rsp/v"):
            self.smdp.broken.append(f"{function}: no X-Admin-Protocol")
        if function not in _MUST:
            self._send(404, b"<html>not here</html>", "text/html")
            return
        body, fault = json.loads(content), self.smdp.next_fault(function)
        if fault == "reset before":
            self._reset()
        elif fault and not fault.endswith((" after", " header")):
            self.smdp.asked.append((function, body))
            self._refuse(fault)
        else:
            self._carry_out(function, body, fault)

    def _refuse(self, fault: str) -> None:
        """Do nothing, and say so in one of the ways there are."""
        if fault.startswith("HTTP "):
            self._send(int(fault[5:]), b"<html><h1>Sorry</h1></html>", "text/html")
        elif fault.startswith("Failed "):
            subject, reason = fault.removeprefix("Failed ").split("/")
            self._send_json(header("Failed", {"subjectCode": subject, "reasonCode": reason}))
        else:
            self._send_json(header(fault))

    def _carry_out(self, function: str, body: Mapping[str, Any], fault: str) -> None:
        """Do what is asked, and then answer, or go wrong."""
        said = self.smdp.answer(function, body)
        if fault == "hang after":
            self.smdp.let_go.wait(30)
        if fault in ("hang after", "reset after"):
            self._reset()
            return
        if fault == "no header":
            said.pop("header")
        self._send_json(said)

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def _send_json(self, said: Mapping[str, Any]) -> None:
        self._send(200, json.dumps(said).encode(), "application/json;charset=UTF-8")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        del words
