"""What is done once per key: the key, the work and its answer in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from catalog.kernel.database import transact
from catalog.kernel.requests import claim, finish
from store_app.desk.context import Desk
from store_app.desk.counter import request_of


def once(
    desk: Desk,
    verb: str,
    key: str | None,
    work: Callable[[Session], dict[str, Any]],
    **body: object,
) -> tuple[dict[str, Any], bool]:
    """The answer of the work, and whether it is that of an earlier request with this key.

    What the work returns is remembered, so it is JSON and holds no secret. A refusal is not
    remembered. Without a key the work is done at every call.
    """
    if key is None:
        return transact(desk.engine, work), False
    request = request_of(desk, verb, key, **body)

    def keyed(session: Session) -> tuple[dict[str, Any], bool]:
        claimed = claim(session, request)
        if claimed.result is not None:
            return claimed.result, True
        answer = work(session)
        finish(session, request.key, answer)
        return answer, False

    return transact(desk.engine, keyed)
