"""Usage at the desk: a file or a stream of records becomes balances."""

from __future__ import annotations

import sys
from codecs import EncodedFile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from sqlmodel import Session, col, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import chunks
from catalog.kernel.errors import Refused
from catalog.kernel.quoting import quoted
from catalog.stock.survey import encoding_shown
from checkout.billing.usage_columns import read_blocks
from checkout.billing.usage_feed import UsageImport, feed_blocks
from checkout.billing.usage_landing import Progress
from store_app.desk.context import Desk
from store_app.desk.refills_beside import run_refills_soon


def import_usage(
    desk: Desk,
    path: Path | None,
    *,
    source: str,
    cumulative: bool = False,
    at_once: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> UsageImport:
    """Import a usage file (.csv, .jsonl), or standard input when there is no path.

    The same file again changes nothing; one that was cut short goes on where it stopped.
    `at_once` is faster and makes sales wait.
    """
    with _opened(path) as stream:
        done = feed_blocks(
            desk.engine,
            read_blocks(stream),
            source=source,
            now=desk.clock(),
            cumulative=cumulative or None,
            progress=progress,
            cancelled=cancelled,
            actor=desk.actor,
            unsold=_unsold,
            at_once=at_once,
        )
    run_refills_soon(desk)
    return done


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[bytes]]:
    """The file as UTF-8; bytes that are not of its encoding spoil their row, not the file."""
    try:
        raw = cast("BufferedReader", sys.stdin.buffer) if path is None else path.open("rb")
    except OSError as error:
        raise Refused(
            f"{quoted(path)} cannot be read ({error.strerror}); nothing was imported.",
            code="unreadable_file",
            field="file",
        ) from error
    shown = encoding_shown(raw.peek(64))
    is_wide = shown.startswith("utf-16")
    try:
        yield EncodedFile(raw, "utf-8", shown, errors="replace") if is_wide else raw
    finally:
        if path is not None:
            raw.close()


def _unsold(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the ICCID keys that are in stock: their usage is refused, not unknown."""
    found: set[str] = set()
    for part in chunks(sorted(keys)):
        in_stock = select(EsimRow.iccid_key).where(col(EsimRow.iccid_key).in_(part))
        found.update(key for key in session.exec(in_stock) if key)
    return found
