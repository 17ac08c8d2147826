"""Commands that say something of an eSIM: its service, its labels, its note; and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, table
from store_app.cli.options import Esim, Key, Reason, answer, desk_of, examples, key_or_fresh
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.esim_record import Said


commands = typer.Typer(rich_markup_mode=None)


@commands.command("suspend", epilog=examples("esim suspend 8931080000000000019 --reason stolen"))
def suspend(ctx: typer.Context, iccid: Esim, *, reason: Reason = "", key: Key = None) -> Answer:
    """Switch an eSIM off by hand, until it is resumed; its clock and its fees go on."""
    from store_app.desk.esim_record import suspend_esim

    return _said(ctx, suspend_esim(desk_of(ctx), iccid, reason=reason, key=key))


@commands.command("resume", epilog=examples("esim resume 8931080000000000019"))
def resume(ctx: typer.Context, iccid: Esim, *, reason: Reason = "", key: Key = None) -> Answer:
    """Take back a suspension by hand; what is left on the eSIM decides again."""
    from store_app.desk.esim_record import resume_esim

    return _said(ctx, resume_esim(desk_of(ctx), iccid, reason=reason, key=key))


@commands.command("archive", epilog=examples("esim archive 8931080000000000019 --reason 'lost'"))
def archive(ctx: typer.Context, iccid: Esim, *, reason: Reason, key: Key = None) -> Answer:
    """End an eSIM for good: what is left on it is lost, no money moves, nothing more is billed."""
    from store_app.desk.esim_record import archive_esim

    done = archive_esim(desk_of(ctx), iccid, reason=reason, key=key_or_fresh(key))
    return _said(ctx, done)


@commands.command(
    "label",
    epilog=examples(
        "esim label 8931080000000000019 fleet 'spring campaign'",
        "esim label 8931080000000000019 --remove fleet",
    ),
)
def label(
    ctx: typer.Context,
    iccid: Esim,
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL]...", help="Labels to give it.")
    ] = None,
    *,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="A label to take off; repeatable.")
    ] = None,
    key: Key = None,
) -> Answer:
    """Give an eSIM labels, or take them off; “esim list --label LABEL” finds it by them."""
    from store_app.desk.esim_record import label_esim

    add, off = tuple(labels or ()), tuple(remove or ())
    if not add and not off:
        raise WrongUsage(_("Name a label to give, or one to --remove."), field="label")
    return _said(ctx, label_esim(desk_of(ctx), iccid, add=add, remove=off, key=key))


@commands.command("note", epilog=examples("esim note 8931080000000000019 'asks for an invoice'"))
def note(
    ctx: typer.Context,
    iccid: Esim,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; '' clears it.")],
    *,
    key: Key = None,
) -> Answer:
    """Write the note of an eSIM anew."""
    from store_app.desk.esim_record import note_esim

    return _said(ctx, note_esim(desk_of(ctx), iccid, text, key=key))


@commands.command("log", epilog=examples("esim log 8931080000000000019"))
def log(ctx: typer.Context, iccid: Esim) -> Answer:
    """List every change of an eSIM: when, which field, what it was, what it is, and who."""
    from store_app.desk.esim_record import esim_log

    entries = esim_log(desk_of(ctx), iccid)

    def words() -> str:
        from store_app.present import NOTHING, instant

        rows = [
            (
                instant(entry.at),
                entry.field,
                entry.old or NOTHING,
                entry.new or NOTHING,
                entry.actor,
                entry.reason,
            )
            for entry in entries
        ]
        titles = (_("At (UTC)"), _("Field"), _("Old"), _("New"), _("Who"), _("Why"))
        return table(titles, rows) if rows else _("Nothing has changed since it came.")

    return answer(ctx, {"changes": entries}, words)


def _said(ctx: typer.Context, done: Said) -> Answer:
    reason = f" ({done.status_reason})" if done.status_reason else ""
    words = [
        ("ICCID", done.iccid),
        (_("Status"), done.status + reason),
        (_("Labels"), ", ".join(done.labels) or None),
        (_("Note"), done.note or None),
    ]
    return answer(ctx, as_document(done), lambda: pairs(words))
