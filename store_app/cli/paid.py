"""What every paid order answers on the command line: its receipt, then what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from store_app.cli.layout import lines, paragraphs
from store_app.cli.options import answer
from store_app.cli.output import Answer, as_document

if TYPE_CHECKING:
    from store_app.desk.context import Desk
    from store_app.desk.sales import Paid


def paid(ctx: typer.Context, desk: Desk, done: Paid, key: str, *parts: Callable[[], str]) -> Answer:
    """The order with its key for programs; for people its receipt and the parts that follow."""

    def words() -> str:
        from store_app.desk.orders import receipt_text

        receipt = lines(receipt_text(desk, done.receipt)) if done.receipt else ""
        return paragraphs(receipt, *(part() for part in parts))

    return answer(ctx, as_document(done) | {"key": key}, words)
