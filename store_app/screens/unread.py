"""What a list says when it could not be read; the status line says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from catalog.kernel.errors import StoreError
from store_app.widgets.lazy_list import LazyList, Rows
from store_app.words import _

UNREAD: Final = _("This could not be read. Leave with Esc and come back to try again.")


@contextmanager
def or_unread(*lists: LazyList) -> Iterator[None]:
    """Empty the lists with a sentence when reading fails; the error goes on to the status line."""
    try:
        yield
    except StoreError:
        for each in lists:
            each.show(Rows(), empty_text=UNREAD)
        raise
