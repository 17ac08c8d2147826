"""The command that listens to what suppliers report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog.kernel.errors import Unavailable
from store_app.cli.options import answer, desk_of, examples
from store_app.cli.output import Answer, warn
from store_app.words import _

commands = typer.Typer(rich_markup_mode=None)


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
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where; this machine alone if not said.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port.")] = 8444,
    cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="This server's certificate, for HTTPS.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key.")] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Callers need a certificate of this authority."),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Callers need the secret in this file, as a bearer."),
    ] = None,
) -> Answer:
    """Take reports of suppliers (downloaded, installed, …) until it is interrupted.

    They come to handleDownloadProgressInfo and handleNotification under /gsma/rsp2/es2plus.
    """
    from store_app.http import Listening, make_server, read_secret

    listening = Listening(
        host=host,
        port=port,
        cert=cert,
        key=key,
        client_ca=client_ca,
        secret=read_secret(secret_file) if secret_file else "",
    )
    server = make_server(desk_of(ctx), listening)
    warn(_("Listening at {url}; Ctrl+C ends it.").format(url=listening.url))
    try:
        server.run()
    except SystemExit as error:  # how the server says that it could not begin
        raise Unavailable(
            _("The address {url} can't be listened at; nothing is listening.").format(
                url=listening.url
            ),
            code="not_listening",
        ) from error
    return answer(ctx, {"listened": listening.url}, lambda: _("Not listening any more."))
