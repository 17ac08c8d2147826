"""Stock files for tests: rows of the n-th profile, and uploads of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from catalog.stock.import_stock import StockImport
from store_app.desk import stock
from store_app.desk.context import Desk
from tests.shop import iccid

HEADER = "ICCID,Activation code,Plan SKU,Confirmation code,Reusable"


def row(number: int, *, card: str = "", code: str = "", sku: str = "") -> str:
    """The row of the n-th profile; what is given replaces its own."""
    return f"{card or iccid(number)},LPA:1$smdp.example.com${code or f'UP-{number:08d}'},{sku},,"


def write(path: Path, rows: Iterable[str]) -> Path:
    """A CSV file of rows under the header, which is line 1."""
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def upload(  # the options of the command
    desk: Desk,
    path: Path,
    *,
    operator: str = "Telefonica",
    plan_sku: str | None = None,
    dry_run: bool = False,
    approve: bool = False,
    cancelled: Callable[[], bool] | None = None,
) -> StockImport:
    """Import a file at the desk."""
    return stock.import_stock(
        desk,
        path,
        operator=operator,
        plan_sku=plan_sku,
        dry_run=dry_run,
        approve=approve,
        cancelled=cancelled,
    )
