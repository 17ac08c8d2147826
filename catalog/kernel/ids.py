"""Ids made by the program, before anything is written."""

from __future__ import annotations

import secrets
import uuid

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U to misread


def new_id() -> str:
    """A fresh UUIDv7 as text: ordered by time, so that indexes grow at their end."""
    from uuid_utils import uuid7

    return str(uuid7())


def new_ids(count: int) -> list[str]:
    """So many fresh ids for rows that go in together, in rising order, as hex without dashes.

    They count on from one UUIDv7 in its last 48 bits, of which it has drawn the others at random.
    """
    from uuid_utils import uuid7

    first = uuid7().hex
    start = int(first[20:], 16) >> 1  # counting on never overflows
    return [f"{first[:20]}{number:012x}" for number in range(start, start + count)]


def fixed_id(*parts: str) -> str:
    """The same UUID for the same words, for accounts that exist once."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "esim-store:" + "/".join(parts)))


def new_reference(prefix: str) -> str:
    """A short reference a person can read out: `O-7K3M9QXA`."""
    drawn = secrets.randbits(5 * 8)
    return f"{prefix}-" + "".join(_ALPHABET[drawn >> 5 * place & 31] for place in range(8))


def is_id(text: str) -> bool:
    """Whether the text is a UUID, so that it may be asked of an id column."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
