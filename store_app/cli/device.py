"""The command that says whether a phone takes an eSIM; it needs no store."""

from __future__ import annotations

from typing import Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import paragraphs, table
from store_app.cli.options import answer, examples, group
from store_app.cli.output import DONE, REFUSED, Answer, as_document
from store_app.words import _

device = group("device", "Phones: whether they take an eSIM.")


@device.callback()
def _family() -> None:
    """Keep `check` a command of its own, alone as it is."""


@device.command(
    "check",
    epilog=examples(
        "device check iphone 15", "device check --eid 89049032123451234512345678901235"
    ),
)
def check(
    ctx: typer.Context,
    model: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]…", help="Words of brand and model.")
    ] = None,
    *,
    eid: Annotated[str, typer.Option(metavar="EID", help="The 32 digits behind *#06#.")] = "",
    imei: Annotated[str, typer.Option(metavar="IMEI", help="The phone's own 15 digits.")] = "",
) -> Answer:
    """Say whether a phone takes an eSIM, from a short list of models, its EID or its IMEI.

    The exit code is 1 when it takes none, or a number is mistyped.
    """
    from catalog.devices.check import check_device

    if not (model or eid or imei):
        raise WrongUsage(_("Name a model, or give --eid or --imei."), field="model")
    done = check_device(" ".join(model or ()), eid=eid, imei=imei)
    reasons = [{"field": field, "reason": reason} for field, reason in done.reasons]
    document = as_document(done) | {"reasons": reasons}

    def words() -> str:
        rows = [(each.brand, each.model, each.esim) for each in done.models]
        models = table((_("Brand"), _("Model"), _("eSIM")), rows) if rows else ""
        return paragraphs(models, done.words, "\n".join(reason for _, reason in done.reasons))

    return answer(ctx, document, words, DONE if done.ok else REFUSED)
