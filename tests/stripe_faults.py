"""What can go wrong between this program and Stripe; a double is given these to meet."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

Fault = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]


def lost(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
    """It is carried out and the answer never arrives."""
    carry_out()
    raise httpx.ReadTimeout("no answer", request=request)


def unreachable(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
    """It never arrives."""
    del carry_out
    raise httpx.ConnectError("no network", request=request)


def refuses(status: int, kind: str = "api_error") -> Fault:
    """It is answered with an error, and not carried out."""

    def fault(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        del request, carry_out
        return httpx.Response(status, json={"error": {"type": kind, "message": "told by the test"}})

    return fault


def only(method: str, path: str, fault: Fault) -> Fault:
    """A fault that meets only some requests; `path` is a pattern."""

    def chosen(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        if request.method == method and re.fullmatch(path, request.url.path):
            return fault(request, carry_out)
        return carry_out()

    return chosen
