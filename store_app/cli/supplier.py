"""Commands of the suppliers that profiles are ordered from when they are sold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.layout import pairs, paragraphs, table
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.suppliers import SupplierView

supplier = group("supplier", "Suppliers: SM-DP+ servers that profiles are ordered from (ES2+).")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The supplier, as plans name it.")]
_FileOption = Path | None


@supplier.command(
    "add",
    epilog=examples(
        "supplier add norvia --url https://es2.norvia.example --ca norvia-ca.pem --cert shop.pem "
        "--key shop.key --requester 1.3.6.1.4.1.99999.1 --smdp-address smdp.norvia.example",
        "supplier add demo --url offline",
    ),
)
def add(
    ctx: typer.Context,
    name: Name,
    *,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Base address; in a demo store also: offline.")
    ],
    ca: Annotated[
        _FileOption, typer.Option(metavar="FILE", help="Certificates its server is trusted by.")
    ] = None,
    cert: Annotated[
        _FileOption, typer.Option(metavar="FILE", help="This store's client certificate.")
    ] = None,
    key: Annotated[
        _FileOption, typer.Option(metavar="FILE", help="Its private key, readable by you alone.")
    ] = None,
    requester: Annotated[
        str, typer.Option(metavar="ID", help="The functionRequesterIdentifier that was agreed.")
    ] = "",
    smdp_address: Annotated[
        str, typer.Option(metavar="HOST", help="Where phones load profiles, if it does not say.")
    ] = "",
    protocol: Annotated[
        str, typer.Option(metavar="WORDS", help="What X-Admin-Protocol says.")
    ] = "gsma/rsp/v2.2.0",
    release_apart: Annotated[
        bool, typer.Option("--release-apart", help="Release by a call of its own.")
    ] = False,
    timeout: Annotated[int, typer.Option(min=1, max=120, help="Seconds for one call.")] = 20,
    concurrent: Annotated[int, typer.Option(min=1, max=64, help="Calls at once.")] = 4,
    per_minute: Annotated[int, typer.Option(min=1, max=6000, help="Calls a minute.")] = 120,
) -> Answer:
    """Add a supplier, or change how it is reached. Only the names of its files are kept.

    A plan names it: supplier = "NAME" and profile_type = "…".
    """
    from catalog.suppliers.access import Access
    from store_app.desk.suppliers import absolute, add_supplier

    access = Access(
        name=name,
        url=url,
        ca=absolute(ca),
        cert=absolute(cert),
        key=absolute(key),
        requester=requester,
        smdp_address=smdp_address,
        protocol=protocol,
        release_apart=release_apart,
        timeout_s=timeout,
        concurrent=concurrent,
        per_minute=per_minute,
    )
    view = add_supplier(desk_of(ctx), access)
    return answer(ctx, as_document(view), lambda: _words(view))


@supplier.command("list")
def list_all(ctx: typer.Context) -> Answer:
    """List the suppliers."""
    from store_app.desk.suppliers import list_suppliers

    views = list_suppliers(desk_of(ctx))

    def words() -> str:
        rows = [
            (view.name, view.label or view.url, len(view.plans), len(view.unfinished))
            for view in views
        ]
        titles = (_("Name"), _("Address"), _("Plans"), _("Unfinished"))
        return table(titles, rows, right=(2, 3)) if rows else _("There is no supplier yet.")

    return answer(ctx, {"suppliers": views}, words)


@supplier.command("show")
def show(ctx: typer.Context, name: Name) -> Answer:
    """Show a supplier, its plans, and the orders that are not finished."""
    from store_app.desk.suppliers import show_supplier

    view = show_supplier(desk_of(ctx), name)
    return answer(ctx, as_document(view), lambda: _words(view))


@supplier.command("test")
def test(ctx: typer.Context, name: Name) -> Answer:
    """Prove address, trust and credentials; nothing is ordered."""
    from store_app.desk.suppliers import test_supplier

    view = test_supplier(desk_of(ctx), name)
    words = _("{name} answers and accepts this store. Nothing was ordered.")
    return answer(ctx, {"name": view.name, "ok": True}, lambda: words.format(name=view.name))


@supplier.command("remove")
def remove(ctx: typer.Context, name: Name) -> Answer:
    """Sell nothing more from a supplier; what was sold stays."""
    from store_app.desk.suppliers import remove_supplier

    view = remove_supplier(desk_of(ctx), name)
    words = _("{name} is removed: its plans are sold from uploaded stock alone.")
    return answer(ctx, as_document(view), lambda: words.format(name=view.name))


def _words(view: SupplierView) -> str:
    from store_app.present import instant

    head = pairs(
        [
            (_("Supplier"), view.name),
            (_("Address"), view.label or view.url),
            (_("Trusted by"), view.ca),
            (_("Certificate"), view.cert),
            (_("Private key"), view.key),
            (_("Requester"), view.requester),
            (_("SM-DP+ address"), view.smdp_address),
            (_("Protocol"), "" if view.label else view.protocol),
            (_("Plans"), ", ".join(view.plans)),
        ]
    )
    rows = [
        (each.order, each.state, each.iccid or "", instant(each.created_at), each.reason)
        for each in view.unfinished
    ]
    titles = (_("Order"), _("State"), "ICCID", _("Since (UTC)"), _("Why"))
    return paragraphs(head, table(titles, rows) if rows else "")
