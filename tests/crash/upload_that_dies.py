"""An upload, or a decision, that kills its process at a chosen commit."""

from __future__ import annotations

from pathlib import Path

from catalog.stock import clearing, import_stock
from store_app.desk.stock import decide_batch
from store_app.desk.stock import import_stock as upload
from tests.crash.moments import Moments, at_commit, dying_desk


def main(store: str, file: str, decision: str, commit: int, moment: str) -> None:
    """Do it, dying with the n-th commit: just before it, or just after."""
    import_stock.CHUNK = clearing.SLICE = 20
    desk = dying_desk(store, Moments(at_commit(commit, moment)))
    if decision == "upload":
        upload(desk, Path(file), operator="Telefonica", approve=True, key="u1")
    else:
        decide_batch(desk, file, "rollback", key="d1")
