"""Commands of the suppliers that profiles are ordered from when they are sold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from store_app.cli.layout import table
from store_app.cli.options import answer, desk_of, examples, group
from store_app.cli.output import Answer, as_document
from store_app.words import _

supplier = group("supplier", "Suppliers: SM-DP+ servers that profiles are ordered from (ES2+).")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The supplier, as plans name it.")]
Url = Annotated[
    str, typer.Option(metavar="URL", help="Base address; in a demo store also: offline.")
]
Ca = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Certificates its server is trusted by.")
]
Cert = Annotated[Path | None, typer.Option(metavar="FILE", help="This store's client certificate.")]
PrivateKey = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Its private key, readable by you alone.")
]
Requester = Annotated[
    str, typer.Option(metavar="ID", help="The functionRequesterIdentifier that was agreed.")
]
SmdpAddress = Annotated[
    str, typer.Option(metavar="HOST", help="Where phones load profiles, if it does not say.")
]
Protocol = Annotated[str, typer.Option(metavar="WORDS", help="What X-Admin-Protocol says.")]
ReleaseApart = Annotated[
    bool, typer.Option("--release-apart", help="Release by a call of its own.")
]
WithConfirmation = Annotated[
    bool, typer.Option("--confirmation", help="Order each profile with a confirmation code.")
]
WantsEid = Annotated[
    bool, typer.Option("--wants-eid", help="It ties each profile to a phone: sell --eid.")
]
Timeout = Annotated[int, typer.Option(min=1, max=120, help="Seconds for one call.")]
Concurrent = Annotated[int, typer.Option(min=1, max=64, help="Calls at once.")]
PerMinute = Annotated[int, typer.Option(min=1, max=6000, help="Calls a minute.")]


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
    url: Url,
    ca: Ca = None,
    cert: Cert = None,
    key: PrivateKey = None,
    requester: Requester = "",
    smdp_address: SmdpAddress = "",
    protocol: Protocol = "gsma/rsp/v2.2.0",
    release_apart: ReleaseApart = False,
    confirmation: WithConfirmation = False,
    wants_eid: WantsEid = False,
    timeout: Timeout = 20,
    concurrent: Concurrent = 4,
    per_minute: PerMinute = 120,
) -> Answer:
    """Add a supplier, or change how it is reached. Only the names of its files are kept.

    A plan names it: supplier = "NAME" and profile_type = "…".
    """
    options: dict[str, Any] = {
        "requester": requester,
        "smdp_address": smdp_address,
        "protocol": protocol,
        "release_apart": release_apart,
        "confirmation": confirmation,
        "wants_eid": wants_eid,
        "timeout_s": timeout,
        "concurrent": concurrent,
        "per_minute": per_minute,
    }
    return _add(ctx, {"ca": ca, "cert": cert, "key": key}, name=name, url=url, **options)


def _add(ctx: typer.Context, files: Mapping[str, Path | None], **options: Any) -> Answer:
    """Keep the access that was typed, with its files as they are found from every folder."""
    from catalog.suppliers.access import Access
    from store_app.desk.suppliers import absolute, add_supplier
    from store_app.supplier_words import supplier_words

    options |= {name: absolute(path) for name, path in files.items()}
    view = add_supplier(desk_of(ctx), Access(**options))
    return answer(ctx, as_document(view), lambda: supplier_words(view))


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
    from store_app.supplier_words import supplier_words

    view = show_supplier(desk_of(ctx), name)
    return answer(ctx, as_document(view), lambda: supplier_words(view))


@supplier.command("test")
def test(ctx: typer.Context, name: Name) -> Answer:
    """Prove address, trust and credentials; nothing is ordered."""
    from store_app.desk.suppliers import test_supplier
    from store_app.supplier_words import answered_words

    view = test_supplier(desk_of(ctx), name)
    return answer(ctx, {"name": view.name, "ok": True}, lambda: answered_words(view))


@supplier.command("remove")
def remove(ctx: typer.Context, name: Name) -> Answer:
    """Sell nothing more from a supplier; what was sold stays."""
    from store_app.desk.suppliers import remove_supplier

    view = remove_supplier(desk_of(ctx), name)
    words = _("{name} is removed: its plans are sold from uploaded stock alone.")
    return answer(ctx, as_document(view), lambda: words.format(name=view.name))
