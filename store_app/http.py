"""Inbound HTTP: suppliers report here what became of their profiles (ES2+), and nothing else."""

from __future__ import annotations

import hmac
import ipaddress
import ssl
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catalog.kernel.errors import Refused, StoreError
from catalog.suppliers.reports import FUNCTIONS
from store_app.desk.reports import take_report

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from store_app.desk.context import Desk

LOOPBACK: Final = "127.0.0.1"
_PATH: Final = "/gsma/rsp2/es2plus/"
_MOST_BYTES: Final = 65_536
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen, and how callers prove who they are.

    Attributes:
        cert: this server's certificate with its key, for HTTPS.
        client_ca: callers need a certificate of this authority.
        secret: callers need `Authorization: Bearer SECRET`.

    """

    host: str = LOOPBACK
    port: int = 8444
    cert: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    secret: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The base that a supplier is told."""
        return f"{'https' if self.cert else 'http'}://{self.host}:{self.port}"


def read_secret(path: Path) -> str:
    """The secret in a file that nobody but its owner can read, or `Refused`."""
    try:
        mode, text = stat.S_IMODE(path.stat().st_mode), path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise _refused("secret_file", f"The secret can't be read from {path}.") from error
    if mode & 0o077:
        raise _refused(
            "secret_file", f"Others may read {path} (mode {mode:04o}). Run: chmod 600 {path}."
        )
    if len(text) < 16:
        raise _refused("secret_file", "A secret has at least 16 characters.")
    return text


def check_listening(listening: Listening) -> None:
    """Refuse to listen to strangers, and to let a secret travel in the open."""
    if listening.client_ca is None and not listening.secret:
        raise _refused(
            "client_ca", "Say who may report: --client-ca FILE, --secret-file FILE, or both."
        )
    if (listening.cert is None) is not (listening.key is None):
        raise _refused("key", "A certificate and its key come together.")
    if listening.cert is None and (listening.client_ca or not _is_loopback(listening.host)):
        raise _refused(
            "cert",
            "Client certificates, and addresses that other machines reach, need HTTPS: --cert FILE "
            "--key FILE.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(name: str, message: str) -> Refused:
    return Refused(f"{message} Nothing is listening.", code="not_listening", field=name)


def make_app(desk: Desk, secret: str = "") -> Starlette:
    """The web application: one report a request, answered by 204 without a body."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    take = _taking(desk, secret)
    return Starlette(routes=[Route(_PATH + name, take, methods=["POST"]) for name in FUNCTIONS])


def _taking(desk: Desk, secret: str) -> Callable[[Request], Awaitable[Response]]:
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response

    async def take(request: Request) -> Response:
        if secret and not _knows(request, secret):
            return Response(status_code=401)
        content = await _body(request)
        if content is None:
            return Response(status_code=413)
        try:
            is_report = await run_in_threadpool(take_report, desk, content)
        except StoreError:  # the store is busy: the supplier tells it again
            return Response(status_code=503)
        return Response(status_code=204 if is_report else 400)

    return take


def _knows(request: Request, secret: str) -> bool:
    told = request.headers.get("Authorization", "")
    return hmac.compare_digest(told.encode(), f"Bearer {secret}".encode())


async def _body(request: Request) -> bytes | None:
    """The whole body; None for one that is too long."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            return None
    return bytes(content)


def make_server(desk: Desk, listening: Listening) -> uvicorn.Server:
    """The server, ready to run; `Refused` without its libraries or for what may not be."""
    check_listening(listening)
    try:
        import uvicorn

        app = make_app(desk, listening.secret)
    except ModuleNotFoundError as error:
        raise Refused(
            "Listening needs two libraries more: pip install 'esim-store[http]'. Nothing is "
            "listening.",
            code="no_http",
        ) from error
    config = uvicorn.Config(
        app,
        host=listening.host,
        port=listening.port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_AT_ONCE,
        **_tls(listening),
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise _refused("cert", "A certificate or key can't be used.") from error
    return uvicorn.Server(config)


def _tls(listening: Listening) -> dict[str, Any]:
    if listening.cert is None:
        return {}
    files: dict[str, Any] = {
        "ssl_certfile": str(listening.cert),
        "ssl_keyfile": str(listening.key),
        "ssl_keyfile_password": "",
    }
    if listening.client_ca is not None:
        files |= {"ssl_ca_certs": str(listening.client_ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    return files
