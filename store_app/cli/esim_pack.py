"""Commands that give an eSIM to its buyer: as files, and by e-mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from store_app.cli import esim as esims
from store_app.cli.layout import table
from store_app.cli.options import Esim, Key, Limit, answer, desk_of, examples, key_or_fresh
from store_app.cli.output import DONE, REFUSED, Answer, as_document
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


@commands.command(
    "mail",
    epilog=examples("esim mail O-7K3M9QXA", "esim mail 8931080000000000019 --to ana@example.com"),
)
def mail(
    ctx: typer.Context,
    iccid: Esim,
    *,
    to: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Otherwise the customer's of the sale.")
    ] = None,
    key: Key = None,
) -> Answer:
    """Send what the buyer of an eSIM needs by e-mail; a confirmation code in a second message.

    It goes over the server of `settings set mail_server`; what no server took is tried again by
    `maintain`. A new key sends it again.
    """
    from store_app.desk.esim_mail import mail_esim

    key = key_or_fresh(key)
    done = mail_esim(desk_of(ctx), iccid, key=key, to=to)
    told = {
        "sent": _("Sent to {to}."),
        "pending": _("Not sent to {to} yet; maintain tries again."),
    }.get(done.state, _("Not sent to {to}: the mail server refuses it. Check the address."))
    exit_code = DONE if done.state in {"sent", "pending"} else REFUSED
    document = as_document(done) | {"key": key}
    return answer(ctx, document, lambda: told.format(to=done.to), exit_code)


@commands.command("mails", epilog=examples("esim mails", "esim mails 8931080000000000019"))
def mails(
    ctx: typer.Context,
    iccid: Annotated[
        str | None, typer.Argument(metavar="[ICCID|ORDER]", help="Otherwise of all eSIMs.")
    ] = None,
    limit: Limit = 200,
) -> Answer:
    """List what was sent: who sent which eSIM to whom, when, and what came of it."""
    from store_app.desk.esim_mail import list_mail

    found = list_mail(desk_of(ctx), iccid, limit)

    def words() -> str:
        from store_app.present import instant

        rows = [
            (instant(each.wanted_at), each.by, each.esim, each.part, each.to, each.state)
            for each in found
        ]
        titles = (_("At (UTC)"), _("By"), _("eSIM"), _("What"), _("To"), _("State"))
        return table(titles, rows) if rows else _("Nothing was sent yet.")

    return answer(ctx, {"mails": found}, words)
