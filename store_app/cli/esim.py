"""Commands of sold eSIMs: state and balance, the code as a picture, how a balance came about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from catalog.kernel.private_files import write_private
from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, paragraphs, table
from store_app.cli.options import (
    Esim,
    Limit,
    Order,
    answer,
    desk_of,
    examples,
    group,
)
from store_app.cli.output import Answer, as_document, warn
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.esims import EsimView

esim = group("esim", "eSIMs: status, balance and code of what was sold.")


@esim.command("show")
def show(ctx: typer.Context, iccid: Esim) -> Answer:
    """Show everything about one eSIM except its code."""
    from store_app.desk.esims import show_esim

    view = show_esim(desk_of(ctx), iccid)
    return answer(ctx, as_document(view), lambda: _words(view))


@esim.command(
    "list", epilog=examples("esim list", "esim list ana@example.com", "esim list --label fleet")
)
def list_all(
    ctx: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="[QUERY]", help="Part of an ICCID, e-mail, plan or company.")
    ] = "",
    *,
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL", help="Only those with this label; repeatable."),
    ] = None,
    kind: Annotated[
        Literal["esim", "sim", "terminal"] | None,
        typer.Option(help="Only lines of this kind, those in stock among them."),
    ] = None,
    limit: Limit = 500,
) -> Answer:
    """List sold eSIMs, the newest first."""
    from store_app.desk.esims import list_esims

    views = list_esims(desk_of(ctx), query, limit=limit, labels=tuple(label or ()), kind=kind)

    def words() -> str:
        from store_app.present import NOTHING, size

        rows = [
            (
                view.name,
                view.status,
                view.plan_name,
                size(view.data_left_bytes),
                NOTHING if view.days_left is None else view.days_left,
                view.end_user or view.company or "",
            )
            for view in views
        ]
        titles = (_("ICCID or order"), _("Status"), _("Plan"), _("Left"), _("Days"), _("For"))
        return table(titles, rows, right=(3, 4)) if rows else _("No eSIM matches.")

    return answer(ctx, {"esims": views}, words)


@esim.command(
    "qr",
    epilog=examples("esim qr 8931080000000000019", "esim qr 8931080000000000019 --out code.png"),
)
def qr(
    ctx: typer.Context,
    iccid: Esim,
    out: Annotated[
        str, typer.Option(metavar="F.png|F.svg|-", help="A picture file, or - for the terminal.")
    ] = "-",
) -> Answer:
    """Give the activation code of a sold eSIM as a QR code."""
    from catalog.esim.qr import text_qr
    from store_app.desk.esim_codes import esim_code

    _check_picture(out)
    payload = esim_code(desk_of(ctx), iccid).payload
    if out != "-":
        _write_picture(Path(out), payload)
    saved = _("The code is in {file}; whoever has it can install the eSIM.").format(file=out)
    return answer(
        ctx, {"payload": payload, "out": out}, lambda: text_qr(payload) if out == "-" else saved
    )


def _check_picture(out: str) -> None:
    path = Path(out)
    if out != "-" and (path.suffix.lower() not in {".png", ".svg"} or path.is_dir()):
        raise WrongUsage(
            _("--out takes a file ending in .png or .svg, or - for the terminal."), field="out"
        )


def _write_picture(path: Path, payload: str) -> None:
    """Write the picture for the eyes of this user only: it is as secret as the code."""
    from catalog.esim.qr import png_bytes, svg_text

    is_png = path.suffix.lower() == ".png"
    picture = png_bytes(payload) if is_png else svg_text(payload).encode()
    write_private(path, picture)


@esim.command("explain")
def explain(ctx: typer.Context, iccid: Esim) -> Answer:
    """Explain a balance: what gave data and what took from it, and what was charged."""
    from store_app.desk.esims import explain_esim, waiting_for

    entries = explain_esim(desk_of(ctx), iccid)
    waiting = waiting_for(desk_of(ctx), iccid)

    def words() -> str:
        from store_app.present import NOTHING, instant, money, size, waiting_words

        rows = [
            (
                instant(entry.at),
                entry.kind,
                money(entry.amount_minor, entry.currency)
                if entry.amount_minor is not None
                else size(entry.data_bytes),
                NOTHING if entry.left_bytes is None else size(entry.left_bytes),
                entry.reason,
                entry.source,
            )
            for entry in entries
        ]
        titles = (_("At (UTC)"), _("What"), _("Amount"), _("Left"), _("Why"), _("From"))
        told = table(titles, rows, right=(2, 3)) if rows else _("Nothing has happened yet.")
        return paragraphs(told, waiting_words(waiting))

    return answer(ctx, {"entries": entries, "waiting_records": waiting}, words)


@esim.command("identify", epilog=examples("esim identify O-7K3M9QXA 8931080000000000019"))
def identify(
    ctx: typer.Context,
    order: Order,
    iccid: Annotated[str, typer.Argument(metavar="ICCID", help="The number that the phone shows.")],
) -> Answer:
    """Tell the ICCID of an eSIM that was sold by its code alone.

    From then on its usage is matched; import again what came before.
    """
    from catalog.esim.identifiers import check_iccid
    from store_app.desk.esims import identify_esim

    view = identify_esim(desk_of(ctx), order, iccid)
    for warning in check_iccid(iccid).warnings:
        warn(warning)
    return answer(ctx, as_document(view), lambda: _words(view))


def _paygo_words(view: EsimView) -> list[tuple[str, str | None]]:
    """What only a PAYGO eSIM shows: its price, what it has cost, what its wallet holds."""
    from store_app.present import money, size

    if view.charged_minor is None or view.currency is None:
        return []
    return [
        (_("Rate"), view.rate_words),
        (_("Charged for usage"), money(view.charged_minor, view.currency)),
        (_("Wallet balance"), money(view.wallet_balance_minor, view.currency)),
        (_("Used where barred"), size(view.barred_bytes) if view.barred_bytes else None),
    ]


def _left(view: EsimView) -> str | None:
    """The data left, where a plan has a balance of it."""
    from store_app.present import size

    has_none = view.data_left_bytes is None and view.currency is not None
    return None if has_none or view.sold_at is None else size(view.data_left_bytes)


def _billed_words(view: EsimView) -> list[tuple[str, str | None]]:
    """What only an eSIM that is billed by the month shows."""
    from store_app.present import money, size

    if view.period_ends_at is None or view.currency is None:
        return []
    fast = view.high_speed_left_bytes
    slow = _("{kbps} kbps from now on").format(kbps=view.throttled_kbps)
    return [
        (_("Pool"), view.pool),
        (_("Full speed left"), None if fast is None else size(fast)),
        (_("Throttled"), slow if view.throttled else None),
        (
            _("Overage so far"),
            money(view.overage_minor, view.currency) if view.overage_minor else None,
        ),
        (_("Usage so far"), money(view.usage_minor, view.currency) if view.usage_minor else None),
    ]


def _words(view: EsimView) -> str:
    from catalog.esim.profile import ProfileState, profile_words
    from store_app.present import instant, size, waiting_words

    why = ": ".join(word for word in (view.status_reason, view.word_reason) if word)
    reason = f" ({why})" if why else ""
    stale = _(" (older than it should be)") if view.stale else ""
    profile = profile_words(ProfileState(view.profile_state))
    return pairs(
        [
            ("ICCID", view.iccid),
            (_("Kind"), view.line_kind if view.line_kind != "esim" else None),
            (_("Status"), view.status + reason),
            (_("Profile"), profile if view.line_kind == "esim" else None),
            (_("Plan"), view.plan_name),
            (_("Operator"), view.operator),
            (_("Company"), view.company),
            (_("Customer"), view.end_user),
            *_paygo_words(view),
            *_billed_words(view),
            (_("Data left"), _left(view)),
            (_("Data used"), size(view.data_used_bytes) if view.sold_at else None),
            (_("Overrun"), size(view.overrun_bytes) if view.overrun_bytes else None),
            (_("Days left"), view.days_left),
            (_("Activated (UTC)"), instant(view.activated_at)),
            (_("Expires (UTC)"), instant(view.expires_at)),
            (_("As of (UTC)"), f"{instant(view.as_of)}{stale}"),
            (_("Source"), view.source),
            (_("Waiting"), waiting_words(view.waiting_records) or None),
            (_("Order"), view.order),
            (_("Number"), view.msisdn or None),
            (_("Labels"), ", ".join(view.labels) or None),
            (_("Note"), view.note or None),
            (_("Next"), view.next_action),
        ]
    )
