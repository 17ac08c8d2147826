"""The command that takes in usage records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, paragraphs
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.cli.progress import progress_line
from store_app.cli.row_errors import error_table
from store_app.words import _

if TYPE_CHECKING:
    from checkout.billing.usage_feed import UsageImport

usage = group("usage", "Usage: what the networks report.")


@usage.command(
    "import",
    epilog=examples(
        "usage import cdr.csv --source telefonica", "usage import - --source feed < cdr.jsonl"
    ),
)
def import_file(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A .csv or .jsonl file; - reads stdin.")
    ],
    source: Annotated[
        str, typer.Option(metavar="NAME", help="Who reports: event ids are unique within it.")
    ],
    cumulative: Annotated[
        bool, typer.Option("--cumulative", help="Bytes are counters, not amounts.")
    ] = False,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Faster, but sales wait: for a closed shop.")
    ] = False,
) -> Answer:
    """Take in usage records; the same record twice is counted once."""
    from store_app.desk.usage import import_usage

    with progress_line(_("Reading records")) as progress:
        done = import_usage(
            desk_of(ctx),
            None if file == "-" else Path(file),
            source=source,
            cumulative=cumulative,
            at_once=at_once,
            progress=progress,
        )

    return answer(ctx, as_document(done), lambda: _words(done))


def _words(done: UsageImport) -> str:
    from store_app.present import size

    head = pairs(
        [
            (_("Events"), done.events),
            (_("Applied"), done.applied),
            (_("Duplicates"), done.duplicates),
            (_("Unknown eSIMs"), done.unknown),
            (_("Rejected"), done.rejected),
            (_("Charged to wallets (minor units)"), done.charged_minor or None),
            (_("Overrun"), size(done.overrun_bytes)),
            (_("Suspended"), done.suspended),
        ]
    )
    return paragraphs(head, error_table(done.errors))
