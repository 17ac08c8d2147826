"""Stock at the desk: uploads, decisions on them, and what is left to sell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from sqlmodel import Session

from catalog.kernel.database import snapshot, transact
from catalog.kernel.requests import claim, finish
from catalog.kernel.row_errors import RowError
from catalog.stock import batches, clearing, history, summary
from catalog.stock import import_stock as uploads
from store_app.desk.context import Desk
from store_app.desk.counter import request_of

Decision = Literal["approve", "reject", "rollback"]


def import_stock(  # the options of the command
    desk: Desk,
    path: Path,
    *,
    operator: str,
    plan_sku: str | None = None,
    dry_run: bool = False,
    approve: bool = False,
    kind: str = "esim",
    key: str | None = None,
    progress: uploads.Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> uploads.StockImport:
    """Upload a file of profiles; see `catalog.stock.import_stock`."""
    upload = uploads.StockUpload(
        path=path,
        operator=operator,
        plan_sku=plan_sku,
        dry_run=dry_run,
        approve=approve,
        kind=kind,
        key=key,
        actor=desk.actor,
        clock=desk.clock,
        progress=progress or (lambda _done, _total: None),
        cancelled=cancelled or (lambda: False),
    )
    return uploads.import_stock(desk.engine, upload)


def decide_batch(
    desk: Desk, batch: str, decision: Decision, *, key: str | None = None
) -> batches.BatchDecision:
    """Approve, reject or roll back a batch: one change of state, then unsold profiles go.

    They go in slices between which tills sell; a decision that is killed meanwhile stands, and
    the same one again, or `maintain`, ends it.
    """
    request = request_of(desk, f"stock {decision}", key, batch=batch) if key else None

    def decide(session: Session) -> tuple[dict[str, Any] | None, str, int]:
        answer = claim(session, request).result if request else None
        if answer is not None:
            return answer, "", 0
        who, when = desk.actor, desk.clock()
        found = batches.decide_batch(session, batch, decision, actor=who, now=when)
        return None, found.id, found.removed if clearing.is_clear(session, found.id) else 0

    answer, batch_id, removed = transact(desk.engine, decide)
    if answer is not None:
        return replace(batches.BatchDecision(**answer), replayed=True)
    clearing.clear(desk.engine, batch_id)

    def tell(session: Session) -> batches.BatchDecision:
        done = batches.outcome(session, batch_id, removed)
        if request:
            finish(session, request.key, asdict(done))
        return done

    return transact(desk.engine, tell)


def list_batches(desk: Desk) -> list[history.BatchView]:
    """Every upload, the newest first."""
    with snapshot(desk.engine) as session:
        return history.batch_views(session)


def batch_errors(desk: Desk, batch: str, limit: int | None = None) -> list[RowError]:
    """The refused rows of a batch, or the first of them."""
    with snapshot(desk.engine) as session:
        return history.refused_rows(session, batch, limit)


def stock_summary(desk: Desk) -> list[summary.StockLevel]:
    """Profiles by plan and state."""
    with snapshot(desk.engine) as session:
        return summary.stock_levels(session, desk.clock())
