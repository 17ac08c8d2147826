"""What an SM-DP+ said, read without trust: a body, a refusal in words, or nothing to rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from catalog.esim.identifiers import check_iccid
from catalog.kernel.errors import Refused, Unavailable
from catalog.suppliers.supplier import CallExpired, Confirmed, Unheard, rejection

WARNING: Final = "Executed-WithWarning"
_DONE: Final = ("Executed-Success", WARNING)
_NOT_CARRIED_OUT: Final = "Nothing was ordered."


def read_answer(status_code: int, content: bytes) -> Mapping[str, Any]:
    """The body of an answer whose header says that it was carried out.

    Raises:
        Rejected: the supplier says that it did not do it; business failures come with HTTP 200.
        Unavailable: HTTP itself says that the request went nowhere.
        Unheard: anything else, such as an error page or an answer without a header.

    """
    body = _json(content)
    status = _status(body)
    said = _text(status.get("status"))
    if said in _DONE and 200 <= status_code < 300:
        return body
    if said == "Failed":
        codes = _mapping(status.get("statusCodeData"))
        raise rejection(_text(codes.get("subjectCode")), _text(codes.get("reasonCode")))
    if said == "Expired":
        raise CallExpired("The supplier did not carry it out in time. " + _NOT_CARRIED_OUT)
    raise (
        _without_header(status_code)
        if not said
        else Unheard(
            "The supplier answered with a status that ES2+ does not have, so nobody knows what "
            "it did."
        )
    )


def _without_header(status_code: int) -> Unavailable:
    """An answer that is none of ES2+: what HTTP says of it."""
    if status_code in (401, 403):
        return Unavailable(
            f"The supplier does not accept this store's credentials (HTTP {status_code}). "
            + _NOT_CARRIED_OUT,
            code="supplier_credentials",
        )
    if status_code == 429:
        return Unavailable(
            "The supplier is asked too much just now. " + _NOT_CARRIED_OUT, code="supplier_busy"
        )
    if 300 <= status_code < 500 and status_code != 408:  # a gateway may say that too late
        return Unavailable(
            f"There is no ES2+ at the supplier's address (HTTP {status_code}). " + _NOT_CARRIED_OUT,
            code="supplier_address",
        )
    what = "without a header" if status_code < 300 else f"with an error (HTTP {status_code})"
    return Unheard(f"The supplier answered {what}, so nobody knows what it did.")


def ordered_iccid(body: Mapping[str, Any]) -> str:
    """The ICCID of an answered downloadOrder, without its F padding."""
    checked = check_iccid(_text(body.get("iccid")))
    if not checked.ok:
        raise Unheard("The supplier took the order and named no ICCID that can be read.")
    return checked.value


def confirmed(body: Mapping[str, Any], asked: str, eid: str = "") -> Confirmed:
    """What an answered confirmOrder says; the matching id that was asked for when it names none.

    An empty one is an answer where an EID was told: that alone finds the profile then.
    """
    said = body.get("matchingId")
    return Confirmed(
        matching_id="" if eid and said == "" else _text(said) or asked,
        eid=_text(body.get("eid")),
        smdp_address=_text(body.get("smdpAddress")),
        has_warning=_text(_status(body).get("status")) == WARNING,
    )


def is_unknown(refusal: Refused) -> bool:
    """Whether a refusal only says that the profile asked about is none of this requester's."""
    return getattr(refusal, "subject", "") == "8.2.1"


def _json(content: bytes) -> dict[str, Any]:
    """The object in a body; codes that came as numbers keep their digits (3.10 is not 3.1)."""
    try:
        body = json.loads(content, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _status(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(body.get("header")).get("functionExecutionStatus"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
