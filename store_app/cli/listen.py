"""The command that listens to what suppliers report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.kernel.errors import Unavailable
from store_app.cli.options import answer, desk_of, examples
from store_app.cli.output import Answer, warn
from store_app.words import _

if TYPE_CHECKING:
    from store_app.http import Listening

commands = typer.Typer(rich_markup_mode=None)


Host = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Where; this machine alone if not said.")
]
Port = Annotated[int, typer.Option(min=1, max=65_535, help="The port.")]
Cert = Annotated[
    Path | None, typer.Option(metavar="FILE", help="This server's certificate, for HTTPS.")
]
PrivateKey = Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key.")]
ClientCa = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Callers need a certificate of this authority."),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Callers need the secret in this file, as a bearer."),
]


@commands.command(
    "listen",
    epilog=examples(
        "listen --secret-file ~/.config/esim-store/listen-secret",
        "listen --host 0.0.0.0 --cert shop.pem --key shop.key --client-ca norvia-ca.pem",
    ),
)
def listen(
    ctx: typer.Context,
    *,
    host: Host = "127.0.0.1",
    port: Port = 8444,
    cert: Cert = None,
    key: PrivateKey = None,
    client_ca: ClientCa = None,
    secret_file: SecretFile = None,
) -> Answer:
    """Take reports of suppliers (downloaded, installed, …) until it is interrupted.

    They come to handleDownloadProgressInfo and handleNotification under /gsma/rsp2/es2plus.
    """
    from store_app.http import Listening, read_secret

    secret = read_secret(secret_file) if secret_file else ""
    listening = Listening(
        host=host, port=port, cert=cert, key=key, client_ca=client_ca, secret=secret
    )
    _run(ctx, listening)
    return answer(ctx, {"listened": listening.url}, lambda: _("Not listening any more."))


def _run(ctx: typer.Context, listening: Listening) -> None:
    """Serve until it is interrupted; `Unavailable` when the address can't be had."""
    from store_app.http import make_server

    server = make_server(desk_of(ctx), listening)
    warn(_("Listening at {url}; Ctrl+C ends it.").format(url=listening.url))
    try:
        server.run()
    except SystemExit as error:  # how the server says that it could not begin
        words = _("The address {url} can't be listened at; nothing is listening.")
        raise Unavailable(words.format(url=listening.url), code="not_listening") from error
