"""The one place where a store, the time and a person are put together into a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlmodel import Session, select

from catalog.kernel.clock import system_clock
from catalog.kernel.database import open_engine, snapshot, to_url, transact
from catalog.kernel.errors import NotFound, Refused, Unavailable
from catalog.kernel.settings import check_setting, load_settings, set_setting
from catalog.kernel.sqlite_copy import into_place
from catalog.kernel.sqlite_file import close_file, locked, read_stamp
from catalog.kernel.tables import SettingRow
from catalog.tables import PlanRow
from checkout.payments.keeping import CardMethod
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import StripeKey, check_key, read_key_file
from store_app.desk.context import NO_KEY, Desk
from store_app.settings import (
    actor,
    register_id,
    store_address,
    stripe_base,
    stripe_key,
    stripe_key_file,
)
from store_app.upgrade import CURRENT, upgrade


@dataclass(frozen=True, slots=True)
class InitResult:
    """The store that is ready, without the password of its address, and its schema."""

    store: str
    schema: int


def open_desk(store: str | None = None, *, create: bool = True) -> Desk:
    """The desk of a store that is up to date; a missing file is made, unless `create` is off."""
    address = store_address(store)
    path = store_file(address)
    if path is not None and not create and not _holds_a_store(path):
        raise NotFound(
            f"There is no store at {path}. Make one: esim-store init.",
            code="no_store",
            field="store",
        )
    return _desk(address, told=False)


def _holds_a_store(path: Path) -> bool:
    """Whether there is more than an empty file; `Refused` for a file of another kind."""
    found = read_stamp(path)
    return found is not None and found.has_tables


def init(
    store: str | None,
    *,
    demo: bool = False,
    currency: str = "EUR",
    vat_rate: str | None = None,
) -> InitResult:
    """Create or upgrade a store; currency, VAT rate and demo goods go only into a new one.

    Raises:
        Refused: the currency or the rate is none, or demo goods are wanted in a store that holds
            something else already.

    """
    check_setting("currency", currency)
    if vat_rate is not None:
        check_setting("vat_rate", vat_rate)
    address = store_address(store)
    path = store_file(address)
    if demo and path is not None and not path.exists():
        _build_aside(path, currency, vat_rate)
    else:
        _prepare(address, demo=demo, currency=currency, vat_rate=vat_rate)
    return InitResult(_url(address).render_as_string(), CURRENT.number)


def _build_aside(path: Path, currency: str, vat_rate: str | None) -> None:
    """Fill a demo store under another name: a kill half way leaves no half-filled store."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path), TemporaryDirectory(dir=path.parent, prefix="filling-") as folder:
        if path.exists():  # somebody else was quicker
            return
        draft = Path(folder) / path.name
        _prepare(str(draft), demo=True, currency=currency, vat_rate=vat_rate)
        close_file(draft)
        into_place(draft, path)


def _prepare(address: str, *, demo: bool, currency: str, vat_rate: str | None) -> None:
    desk = _desk(address, told=True)
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        is_new = session.exec(select(SettingRow.name)).first() is None
        is_empty = session.exec(select(PlanRow.id)).first() is None
    if is_new:
        _first_settings(desk, currency, vat_rate)
    if demo and not settings.demo:
        if not is_empty:
            raise Refused(
                "This store holds plans already, and demo goods are not mixed with real ones; "
                "nothing has changed. Name another store: --store demo.",
                code="not_empty",
                field="store",
            )
        _fill(desk)
    desk.engine.dispose()


def _first_settings(desk: Desk, currency: str, vat_rate: str | None) -> None:
    def work(session: Session) -> None:
        set_setting(session, "currency", currency)
        if vat_rate is not None:
            set_setting(session, "vat_rate", vat_rate)

    transact(desk.engine, work)


def _fill(desk: Desk) -> None:
    from store_app.demo import fill_demo

    fill_demo(desk)


def _desk(address: str, *, told: bool) -> Desk:
    _url(address)
    with _reachable(address):
        upgrade(address, told=told)
    card, no_card = _card()
    return Desk(
        engine=open_engine(address),
        clock=system_clock(),
        actor=actor(),
        register_id=register_id(),
        card=card,
        no_card=no_card,
    )


def _card() -> tuple[CardMethod | None, str]:
    """The payment provider that this machine has a key for, or why there is none.

    A key that may not be used keeps nobody from selling for cash.
    """
    try:
        api = stripe_account()
        return (None, NO_KEY) if api is None else (StripeCheckout(api), "")
    except Refused as refusal:
        return None, refusal.message


def stripe_account() -> StripeApi | None:
    """The Stripe account that this machine has a key for; `Refused` for a key it may not use."""
    key = _stripe_key()
    return None if key is None else StripeApi(key, base=stripe_base())


def _stripe_key() -> StripeKey | None:
    told, path = stripe_key(), stripe_key_file()
    if told:
        return check_key(told)
    return read_key_file(path) if path.is_file() else None


def store_file(address: str) -> Path | None:
    """The file of a store's address; None for a database server."""
    url = _url(address)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _url(address: str) -> URL:
    try:
        url = make_url(to_url(address))
    except ArgumentError as error:
        raise _unknown_kind() from error
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise _unknown_kind()
    return url


def _unknown_kind() -> Refused:
    return Refused(
        "A store is the path of a file, or postgresql://USER@HOST/DATABASE; nothing was opened.",
        code="bad_store",
        field="store",
    )


@contextmanager
def _reachable(address: str) -> Iterator[None]:
    """Say in words what keeps a store from being opened, never with its password."""
    shown = _url(address).render_as_string()
    try:
        yield
    except (OperationalError, OSError) as error:
        raise Unavailable(
            f"The store {shown} can't be opened; nothing has changed. Check that its folder may "
            "be written to, or that its server answers.",
            code="unreachable",
            field="store",
        ) from error
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Refused(
            "This store needs the PostgreSQL driver: pip install 'esim-store[postgres]'.",
            code="no_driver",
            field="store",
        ) from error
