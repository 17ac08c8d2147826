"""Commands of the stock: upload files, release or take back batches, see what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store_app.cli.layout import pairs, paragraphs, table
from store_app.cli.options import File, Key, answer, desk_of, examples, group, key_or_fresh
from store_app.cli.output import Answer, as_document
from store_app.cli.progress import progress_line
from store_app.cli.row_errors import error_table, remark_table
from store_app.row_error_file import check_new, write_errors
from store_app.words import _, plural

if TYPE_CHECKING:
    from catalog.stock.history import BatchView
    from catalog.stock.import_stock import StockImport

stock = group("stock", "Stock: eSIM profiles by batch, from upload to sale.")

Batch = Annotated[str, typer.Argument(metavar="BATCH", help="The batch that the upload named.")]


@stock.command(
    "import",
    epilog=examples(
        "stock import profiles.csv --operator Telefonica --dry-run --errors for-the-supplier.csv",
        "stock import profiles.csv --operator Telefonica --plan ES-5GB-30D --approve",
        "stock import cards.csv --operator Telefonica --kind sim --approve",
    ),
)
def import_file(
    ctx: typer.Context,
    file: File,
    *,
    operator: Annotated[str, typer.Option(metavar="NAME", help="Whose profiles these are.")],
    plan: Annotated[
        str | None, typer.Option(metavar="SKU", help="The plan that rows without one belong to.")
    ] = None,
    kind: Annotated[
        Literal["esim", "sim", "terminal"],
        typer.Option(help="What rows without a kind of their own are."),
    ] = "esim",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; keep nothing.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Release for sale at once.")] = False,
    errors_out: Annotated[
        Path | None,
        typer.Option("--errors", metavar="FILE", help="Write the refused rows to this CSV file."),
    ] = None,
    key: Key = None,
) -> Answer:
    """Upload a stock file; refused rows are listed with their reasons.

    CSV, TSV, JSON lines or bare LPA codes are recognised, in any encoding, plain or packed
    (.gz, .zip, also with QR images), and workbooks. FILE - reads rows from stdin.
    """
    from store_app.desk.stock import import_stock

    if errors_out is not None:
        check_new(errors_out)
    key = None if dry_run else key_or_fresh(key)
    with _file_of(file) as path, progress_line(_("Reading rows")) as progress:
        done = import_stock(
            desk_of(ctx),
            path,
            operator=operator,
            plan_sku=plan,
            dry_run=dry_run,
            approve=approve,
            kind=kind,
            progress=progress,
            key=key,
        )

    if errors_out is not None and done.errors:
        write_errors(errors_out, done.errors)
    document = as_document(done) | ({} if dry_run else {"key": key})
    return answer(ctx, document, lambda: _import_words(done))


@contextmanager
def _file_of(file: Path) -> Iterator[Path]:
    """The file that is named, or what comes on stdin as one, for as long as it is read."""
    if str(file) != "-":
        yield file
        return
    import sys
    from shutil import copyfileobj
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="esim-store-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as out:
            copyfileobj(sys.stdin.buffer, out)
        yield path


def _import_words(done: StockImport) -> str:
    head = pairs(
        [
            (_("Batch"), done.batch),
            (_("State"), _state_words(done.state)),
            (_("Accepted"), done.accepted),
            (_("Rejected"), done.rejected),
            (_("Duplicates among them"), done.duplicates),
        ]
    )
    remarks = remark_table(done.warnings)
    remarks = _("Accepted with a remark:") + "\n" + remarks if remarks else ""
    return paragraphs(head, done.remark, error_table(done.errors), remarks)


def _decide(
    ctx: typer.Context,
    batch: str,
    decision: Literal["approve", "reject", "rollback"],
    key: str | None,
) -> Answer:
    from store_app.desk.stock import decide_batch

    desk, key = desk_of(ctx), key_or_fresh(key)
    done = as_document(decide_batch(desk, batch, decision, key=key))
    words = plural(
        "Batch {batch} is {state}: {kept} profile kept, {removed} removed.",
        "Batch {batch} is {state}: {kept} profiles kept, {removed} removed.",
        done["kept"],
    )
    said = done | {"state": _state_words(done["state"])}
    return answer(ctx, done | {"key": key}, lambda: words.format(**said))


def _state_words(state: str) -> str:
    return state.replace("_", " ")


@stock.command("approve")
def approve(ctx: typer.Context, batch: Batch, key: Key = None) -> Answer:
    """Release a batch for sale."""
    return _decide(ctx, batch, "approve", key)


@stock.command("reject")
def reject(ctx: typer.Context, batch: Batch, key: Key = None) -> Answer:
    """Refuse a batch; its file may be uploaded again."""
    return _decide(ctx, batch, "reject", key)


@stock.command("rollback")
def rollback(ctx: typer.Context, batch: Batch, key: Key = None) -> Answer:
    """Take back the unsold profiles of a batch; sold ones are kept."""
    return _decide(ctx, batch, "rollback", key)


@stock.command("summary")
def summary(ctx: typer.Context) -> Answer:
    """Count the profiles of each plan: available, reserved, sold."""
    from store_app.desk.stock import stock_summary

    levels = stock_summary(desk_of(ctx))

    def words() -> str:
        rows = [
            (each.sku or _("any plan"), each.operator, each.available, each.reserved, each.sold)
            for each in levels
        ]
        titles = (_("Plan"), _("Operator"), _("Available"), _("Reserved"), _("Sold"))
        return table(titles, rows, right=(2, 3, 4)) if rows else _("There is no stock yet.")

    return answer(ctx, {"plans": levels}, words)


@stock.command("batches")
def batches(ctx: typer.Context) -> Answer:
    """List the uploads with who brought them and what came of them."""
    from store_app.desk.stock import list_batches

    views = list_batches(desk_of(ctx))

    return answer(ctx, {"batches": views}, lambda: _batch_words(views))


def _batch_words(views: Sequence[BatchView]) -> str:
    from store_app.present import instant

    rows = [
        (
            view.batch,
            view.file_name,
            view.operator,
            view.plan or "",
            _state_words(view.state),
            view.accepted,
            view.rejected,
            view.uploaded_by,
            instant(view.uploaded_at),
        )
        for view in views
    ]
    titles = (
        *(_("Batch"), _("File"), _("Operator"), _("Plan"), _("State")),
        *(_("Accepted"), _("Rejected"), _("By"), _("At (UTC)")),
    )
    return table(titles, rows, right=(5, 6)) if rows else _("Nothing was uploaded yet.")


@stock.command("errors", epilog=examples("stock errors B-7K3M9QXA --out for-the-supplier.csv"))
def errors(
    ctx: typer.Context,
    batch: Batch,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a CSV file to hand back to the supplier."),
    ] = None,
) -> Answer:
    """List the refused rows of a batch with line, field and reason."""
    from store_app.desk.stock import batch_errors

    refused = batch_errors(desk_of(ctx), batch)
    if out is not None:
        write_errors(out, refused)
    return answer(
        ctx,
        {"batch": batch, "errors": refused, "out": None if out is None else str(out)},
        lambda: error_table(refused) or _("No row was refused."),
    )
