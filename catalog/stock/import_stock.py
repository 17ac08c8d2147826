"""Upload of a stock file: survey, read, judge, load, complete; memory is flat in its size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.log_copying import log_copied_apart
from catalog.kernel.requests import Request
from catalog.kernel.row_errors import RowError
from catalog.kernel.settings import load_settings
from catalog.repository import all_plans, plan_row
from catalog.stock.answers import recall, remember
from catalog.stock.batches import (
    Origin,
    begin_batch,
    check_approver,
    complete_batch,
    discard_batch,
    give_up_dead,
    refuse_known_file,
)
from catalog.stock.blocks import Block
from catalog.stock.clearing import clear
from catalog.stock.loading import BatchLoader, DryLoader, Loader
from catalog.stock.operators import known_operators, new_operator
from catalog.stock.packing import unreadable
from catalog.stock.sources import open_blocks
from catalog.stock.survey import Survey, survey
from catalog.stock.tables import StockBatchRow
from catalog.stock.verdicts import Offer, Upload

if TYPE_CHECKING:
    import polars as pl

CHUNK = 5_000
"""Rows per transaction: tills go on selling between two of them."""

Progress = Callable[[int, int | None], None]
"""Called with the rows done and about how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockUpload:
    """What is asked: a file of one operator's profiles, for one plan or generic.

    A key makes the same upload give its first answer again; a dry run has no use for one.
    """

    path: Path
    operator: str
    plan_sku: str | None = None
    dry_run: bool = False
    approve: bool = False
    kind: str = "esim"
    key: str | None = None
    actor: str
    clock: Callable[[], datetime]
    progress: Progress = lambda _done, _total: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class StockImport:
    """The outcome of an upload; `batch` is None after a dry run and a cancelled upload.

    `rejected` counts every refused row, `duplicates` those of them that were there already.
    """

    batch: str | None
    state: str
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    warnings: list[RowError] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    replayed: bool = False
    remark: str = ""
    """What is odd about the upload as a whole: its operator is new here."""


def import_stock(engine: Engine, upload: StockUpload) -> StockImport:
    """Load a stock file as one batch, in chunks of one transaction each.

    `Refused` when the file is unreadable or its batch stands already, `NotFound` for an unknown
    plan: then nothing has changed. After an error or a cancellation nothing is left either.
    A key that stands for a finished upload gives the answer of that one.
    """
    known = survey(upload.path)
    if earlier := _earlier(engine, upload, known):
        return earlier
    try:
        return _import_new(engine, upload, known)
    except Refused:
        # The same request, twice at one moment: the other one may have been finished meanwhile.
        if earlier := _earlier(engine, upload, known):
            return earlier
        raise


def clear_left_uploads(engine: Engine, now: datetime) -> None:
    """Take out what uploads and decisions that died have left; nothing of it is for sale."""
    transact(engine, lambda session: give_up_dead(session, now))
    clear(engine)


def _request(upload: StockUpload, known: Survey) -> Request | None:
    if upload.key is None or upload.dry_run:
        return None
    body = {
        "file": known.file_hash,
        "operator": upload.operator,
        "plan": upload.plan_sku,
        "approve": upload.approve,
    } | ({"kind": upload.kind} if upload.kind != "esim" else {})
    return Request(upload.key, "stock import", body, upload.actor, upload.clock())


def _earlier(engine: Engine, upload: StockUpload, known: Survey) -> StockImport | None:
    request = _request(upload, known)
    if request is None:
        return None
    with snapshot(engine) as session:
        answer = recall(session, request)
    return StockImport(**{**answer, "replayed": True}) if answer else None


def _import_new(engine: Engine, upload: StockUpload, known: Survey) -> StockImport:
    with snapshot(engine) as session:
        terms = _terms(session, upload)
        refuse_known_file(session, known.file_hash)
        if upload.approve and not upload.dry_run:
            check_approver(session, upload.actor, upload.actor)
    with open_blocks(upload.path, known, terms) as found:
        blocks = _filled(found)
        try:
            if upload.dry_run:
                with DryLoader(engine) as loader:
                    return _load(blocks, loader, terms, upload, known.lines)
            return _load_batch(engine, blocks, terms, upload, known)
        except _Cancelled:
            return StockImport(None, "cancelled")


class _Cancelled(Exception):
    """The person gave up; never leaves this module."""


def _terms(session: Session, upload: StockUpload) -> Upload:
    """What holds for every row; an operator is spelled as the store spells it."""
    operator = upload.operator.strip()
    if not operator:
        raise Refused("Name the operator; nothing has changed.", field="operator")
    plans = all_plans(session)
    known = known_operators(session, plans)
    return Upload(
        operator=known.get(operator.casefold(), operator),
        remark=new_operator(operator, known),
        plan_sku=plan_row(session, upload.plan_sku).sku if upload.plan_sku else "",
        offers={plan.sku: Offer(plan.id, plan.operator) for plan in plans},
        currency=load_settings(session).currency,
        today=upload.clock().date(),
        kind=upload.kind,
    )


def _filled(blocks: Iterator[Block]) -> Iterator[Block]:
    first = next(blocks, None)
    if first is None:
        raise unreadable("it has a header and no rows")
    return chain((first,), blocks)


def _load_batch(
    engine: Engine,
    blocks: Iterator[Block],
    terms: Upload,
    upload: StockUpload,
    known: Survey,
) -> StockImport:
    offer = terms.offers.get(terms.plan_sku)
    origin = Origin(
        file_name=upload.path.name,
        file_hash=known.file_hash,
        operator=terms.operator,
        plan_id=offer.plan_id if offer else None,
        uploaded_by=upload.actor,
        uploaded_at=upload.clock(),
    )
    batch = transact(engine, lambda session: _begin(session, origin))
    try:
        clear(engine)
        with log_copied_apart(engine) as store:
            loader = BatchLoader(store, batch.id, upload.clock)
            loaded = _load(blocks, loader, terms, upload, known.lines)
        return transact(engine, lambda session: _complete(session, batch.id, loaded, upload, known))
    except BaseException:
        transact(engine, lambda session: discard_batch(session, batch.id))
        clear(engine, batch.id)
        raise


def _begin(session: Session, origin: Origin) -> StockBatchRow:
    """A new batch; what uploads that died have left is given up first."""
    give_up_dead(session, origin.uploaded_at)
    return begin_batch(session, origin)


def _complete(
    session: Session, batch_id: str, loaded: StockImport, upload: StockUpload, known: Survey
) -> StockImport:
    """End the batch and remember its answer, in one transaction: both happen or neither."""
    done = complete_batch(
        session, batch_id, approve=upload.approve, actor=upload.actor, now=upload.clock()
    )
    answer = replace(loaded, batch=done.reference, state=done.state)
    if request := _request(upload, known):
        remember(
            session, request, {each.name: getattr(answer, each.name) for each in fields(answer)}
        )
    return answer


def _load(
    blocks: Iterator[Block], loader: Loader, terms: Upload, upload: StockUpload, lines: int | None
) -> StockImport:
    """Take every chunk; the counts are those of a dry run until a batch is complete."""
    accepted, duplicates = 0, 0
    warnings: list[RowError] = []
    errors: list[RowError] = []
    for profiles, refused, remarks in _chunks(blocks):
        if upload.cancelled():
            raise _Cancelled
        repeated = loader.take(profiles, refused)
        accepted += profiles.height - len(repeated)
        duplicates += len(repeated)
        warnings += remarks
        errors += sorted([*refused, *repeated], key=lambda error: error.line)
        upload.progress(accepted + len(errors), lines or None)
    found = (accepted, len(errors), duplicates, warnings, errors)
    return StockImport(None, "dry_run", *found, remark=terms.remark)


_Chunk = tuple["pl.DataFrame", list[RowError], list[RowError]]


def _chunks(blocks: Iterator[Block]) -> Iterator[_Chunk]:
    """At most `CHUNK` profiles at a time, with the refusals and remarks up to the last of them."""
    for block in blocks:
        errors, warnings = deque(block.errors), deque(block.warnings)
        for start in range(0, max(block.profiles.height, 1), CHUNK):
            part = block.profiles.slice(start, CHUNK)
            is_last = start + CHUNK >= block.profiles.height
            end = None if is_last else int(part["line"][-1])
            yield part, _until(errors, end), _until(warnings, end)


def _until(remarks: deque[RowError], line: int | None) -> list[RowError]:
    """Take the remarks up to a line, or all of them."""
    found = []
    while remarks and (line is None or remarks[0].line <= line):
        found.append(remarks.popleft())
    return found
