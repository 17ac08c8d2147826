"""Commands that give an eSIM to its buyer: as files, and by e-mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from store_app.cli import esim as esims
from store_app.cli.options import Esim, answer, desk_of, examples
from store_app.cli.output import Answer
from store_app.words import _

commands = esims.esim


@commands.command(
    "pack",
    epilog=examples(
        "esim pack 8931080000000000019",
        "esim pack O-7K3M9QXA --out handed-over --format pdf,png",
    ),
)
def pack(
    ctx: typer.Context,
    iccid: Esim,
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; otherwise Downloads.")
    ] = None,
    forms: Annotated[
        str, typer.Option("--format", metavar="png,svg,pdf,text", help="Which; otherwise all.")
    ] = "",
) -> Answer:
    """Write what the buyer of an eSIM needs: code, steps, and what to type by hand.

    A confirmation code is never in them: it is in a file of its own, to be given apart.
    """
    from store_app.delivery import hand_folder
    from store_app.desk.packs import write_pack

    wanted = [form.strip().lower() for form in forms.split(",") if form.strip()]
    files = write_pack(desk_of(ctx), iccid, out or hand_folder(), wanted)
    told = _("Written; whoever has these can install the eSIM:")
    document = {"esim": iccid, "files": files}
    return answer(ctx, document, lambda: "\n".join([told, *(f"  {file.path}" for file in files)]))
