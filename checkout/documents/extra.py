"""The libraries of the extra `documents`, which a store can be without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.kernel.errors import Refused


@contextmanager
def documents_extra() -> Iterator[None]:
    """Import what prints invoices inside this: what is missing is said with how to get it."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise Refused(
            "Nothing was written: invoices as documents need more libraries. "
            "Install them: pip install 'esim-store[documents]'.",
            code="missing_extra",
        ) from missing
