"""ES2+ over HTTPS with certificates on both sides: SGP.22 5.3 as JSON, and nothing else.

The one module beside Stripe's that talks HTTP. Each call has a connection of its own, so that
none is lost on one that the server had closed meanwhile.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn

from catalog.esim.identifiers import normalise_iccid
from catalog.kernel.errors import Unavailable
from catalog.suppliers.access import Access, tls_context
from catalog.suppliers.answers import confirmed, is_unknown, ordered_iccid, read_answer
from catalog.suppliers.gate import Gate, gate_of
from catalog.suppliers.supplier import Confirmed, Rejected, Unheard

if TYPE_CHECKING:
    import httpx

PATH: Final = "/gsma/rsp2/es2plus/"
CONNECT_S: Final = 5.0
_MOST_BYTES: Final = 262_144
_NOBODYS_ICCID: Final = "8999999999999999992"
_EXPIRED, _WRONG_NAME = 10, 62
"""OpenSSL's numbers for why a certificate was not accepted."""
_SHOWN_CODES: Final = {_EXPIRED: "has expired", _WRONG_NAME: "is for another name"}


class Es2Plus:
    """A supplier reached through ES2+; it may be shared by threads."""

    def __init__(self, access: Access) -> None:
        """Files are read and connections made when the first call needs them."""
        self._access = access

    def order_download(self, call_id: str, *, profile_type: str, eid: str = "") -> str:
        """`downloadOrder`: allocate a profile of this type, or link it to a phone; its ICCID."""
        asked = {"profileType": profile_type} | _present(eid=eid)
        return ordered_iccid(self._call("downloadOrder", call_id, asked))

    def confirm(
        self,
        call_id: str,
        *,
        iccid: str,
        matching_id: str,
        release: bool,
        eid: str = "",
        confirmation_code: str = "",
    ) -> Confirmed:
        """`confirmOrder`: give the profile its matching id, and with `release` release it."""
        asked = {"iccid": _padded(iccid), "matchingId": matching_id, "releaseFlag": release}
        asked |= _present(eid=eid, confirmationCode=confirmation_code)
        return confirmed(self._call("confirmOrder", call_id, asked), matching_id, eid)

    def release(self, call_id: str, *, iccid: str) -> None:
        """`releaseProfile`: let phones load a confirmed profile."""
        self._call("releaseProfile", call_id, {"iccid": _padded(iccid)})

    def cancel(self, call_id: str, *, iccid: str, matching_id: str = "", eid: str = "") -> None:
        """`cancelOrder`: the profile is available again, for whoever orders next."""
        asked = {"iccid": _padded(iccid), "finalProfileStatusIndicator": "Available"}
        self._call("cancelOrder", call_id, asked | _present(matchingId=matching_id, eid=eid))

    def test(self, call_id: str) -> None:
        """Ask to release a profile that nobody has: the refusal proves that we are known.

        Raises:
            Unavailable: not reached, not trusted, or something else answers there.
            Rejected: the supplier does not accept this requester.

        """
        try:
            self._call("releaseProfile", call_id, {"iccid": _padded(_NOBODYS_ICCID)})
        except Rejected as refusal:
            if not is_unknown(refusal):
                raise
        except Unheard as silence:
            raise Unavailable(silence.message, code="supplier_silent") from silence

    def _call(self, function: str, call_id: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        header = {
            "functionRequesterIdentifier": self._access.requester,
            "functionCallIdentifier": call_id,
        }
        content = json.dumps({"header": header, **asked}).encode()
        context = self._context  # a file that can't be used is told before the gate is asked
        with self._gate.passing(self._access.timeout_s):
            return read_answer(*self._send(function, content, context))

    def _send(self, function: str, content: bytes, context: ssl.SSLContext) -> tuple[int, bytes]:
        """Status and body of the answer; errors of the way there in our words."""
        import httpx

        until_s = time.monotonic() + self._access.timeout_s
        url = self._access.url.rstrip("/") + PATH + function
        headers = {
            "Content-Type": "application/json",
            "X-Admin-Protocol": self._access.protocol,
        }
        try:
            with (
                self._client(context) as client,
                client.stream("POST", url, content=content, headers=headers) as answer,
            ):
                return answer.status_code, _body(answer, until_s)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
            httpx.InvalidURL,
        ) as error:
            _unreached(error)
        except httpx.HTTPError as error:
            _unheard(error)

    def _client(self, context: ssl.SSLContext) -> httpx.Client:
        import httpx

        timeout = httpx.Timeout(
            float(self._access.timeout_s), connect=min(CONNECT_S, self._access.timeout_s)
        )
        return httpx.Client(verify=context, trust_env=False, timeout=timeout)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return tls_context(self._access)

    @property
    def _gate(self) -> Gate:
        access = self._access
        return gate_of(access.name, access.concurrent, access.per_minute)


def _padded(iccid: str) -> str:
    """An ICCID as it travels: 20 characters, filled with F."""
    return normalise_iccid(iccid).ljust(20, "F")


def _present(**fields: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _body(answer: httpx.Response, until_s: float) -> bytes:
    """The whole answer; one that is endless or only drips is `Unheard`."""
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > _MOST_BYTES or time.monotonic() > until_s:
            raise Unheard("The supplier's answer does not end, so nobody knows what it did.")
    return bytes(content)


def _unreached(error: Exception) -> NoReturn:
    """The connection was never made: certainly nothing was asked."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = _SHOWN_CODES.get(cause.verify_code, "is from an authority that is not trusted")
            raise Unavailable(
                f"The supplier's certificate {why}, so nothing was sent.", code="supplier_untrusted"
            ) from None
        if isinstance(cause, ssl.SSLError) and _is_refusal(cause):
            raise _credentials() from None
    raise Unavailable(
        "The supplier can't be reached, so nothing was ordered. Check the network and its address.",
        code="supplier_unreachable",
    ) from None


def _unheard(error: Exception) -> NoReturn:
    """The connection ended early: only a refused certificate proves that nothing was done."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError) and _is_refusal(cause):
            raise _credentials() from None
    raise Unheard("The supplier did not answer, so nobody knows what it did.") from None


def _is_refusal(error: ssl.SSLError) -> bool:
    """Whether the server ended the handshake because of our certificate (RFC 8446 6.2)."""
    reason = error.reason or ""
    named = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")
    return "ALERT" in reason and any(word in reason for word in named)


def _credentials() -> Unavailable:
    return Unavailable(
        "The supplier does not accept this store's certificate, so nothing was ordered.",
        code="supplier_credentials",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it; a transport may have wrapped it more than once."""
    found: BaseException | None = error
    for _ in range(10):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__
