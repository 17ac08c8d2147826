"""Errors that speak to people: what happened, what is unchanged, what to do next."""

from __future__ import annotations


class StoreError(Exception):
    """A request that the store understood and did not carry out.

    Attributes:
        code: a stable word for programs (`sold_out`, `idempotency_conflict`).
        message: one or two sentences for the person; never holds a secret.
        field: the input that is wrong, when it is one input.

    """

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field


class Refused(StoreError):
    """The store's rules say no; nothing has changed."""


class NotFound(StoreError):
    """The thing named does not exist in this store."""

    code = "not_found"


class IdempotencyConflict(StoreError):
    """A key came again with another request body; the first result stands."""

    code = "idempotency_conflict"


class Unavailable(StoreError):
    """Something outside did not answer; trying again later is safe."""

    code = "unavailable"
