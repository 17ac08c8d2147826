"""What an operator has set for this store, with defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from sqlmodel import Session, select

from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency, parse_scaled
from catalog.kernel.tables import SettingRow


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Every setting of a store; each can be shown and set by its name."""

    currency: str = "EUR"
    """Currency of new wallets and of the drawer."""
    vat_rate: int = 0
    """The organization's VAT rate in hundredths of a percent (2100 is 21 %)."""
    prices_include_vat: bool = False
    """Whether plan and refill prices are gross."""
    wallet_tax: str = "on_deposit"
    """When wallet money is taxed: `on_deposit` or `on_consumption`, never both."""
    megabyte: int = 1_000_000
    """Bytes in one MB when plan files are imported: 1000000 or 1048576."""
    demo: bool = False
    """A throw-away store: the offline card is offered, everything is labelled."""
    cash_reserve_s: int = 120
    """Seconds a profile stays reserved for a cash or wallet sale."""
    card_reserve_s: int = 900
    """Seconds a profile stays reserved for a card payment."""
    stale_after_min: int = 60
    """Minutes after which a balance is marked stale."""
    usage_grace_h: int = 72
    """Hours within which a late usage record is rated as if it had come in order."""
    refund_days: int = 30
    """Days within which an unused sale is refundable in full."""
    inactive_after_days: int = 1096
    """Days without a refill after which an eSIM is archived."""
    time_zone: str = "UTC"
    """The zone in which days are shown."""


def _rate(text: str) -> int:
    rate = parse_scaled(text.strip().removesuffix("%"), 2, field="vat_rate")
    if not 0 <= rate <= 10_000:
        raise Refused("A VAT rate lies between 0 and 100 percent.", field="vat_rate")
    return rate


def _one_of(*words: str) -> Callable[[str], str]:
    def choose(text: str) -> str:
        if text not in words:
            raise Refused(f"“{text}” is not one of {', '.join(words)}.", code="bad_setting")
        return text

    return choose


def _flag(text: str) -> bool:
    return _one_of("true", "false")(text.strip().lower()) == "true"


def _whole(text: str) -> int:
    return parse_scaled(text, 0, field="value")


_READERS: dict[str, Callable[[str], object]] = {
    "currency": check_currency,
    "vat_rate": _rate,
    "wallet_tax": _one_of("on_deposit", "on_consumption"),
    "megabyte": lambda text: int(_one_of("1000000", "1048576")(text)),
    "prices_include_vat": _flag,
    "demo": _flag,
    "time_zone": str,
}


def load_settings(session: Session) -> StoreSettings:
    """The store's settings; those never set have their defaults."""
    stored = {row.name: row.value for row in session.exec(select(SettingRow)).all()}
    known = {field.name for field in fields(StoreSettings)}
    values = {name: read_setting(name, text) for name, text in stored.items() if name in known}
    return replace(StoreSettings(), **values)  # type: ignore[arg-type]  # read_setting checked them


def read_setting(name: str, text: str) -> object:
    """A setting's value from its text, or `Refused` naming the setting."""
    if name not in {field.name for field in fields(StoreSettings)}:
        raise Refused(f"There is no setting “{name}”.", code="unknown_setting", field=name)
    try:
        return _READERS.get(name, _whole)(text)
    except Refused as error:
        raise Refused(error.message, code="bad_setting", field=name) from error


def set_setting(session: Session, name: str, text: str) -> None:
    """Store one setting after checking it."""
    read_setting(name, text)
    session.merge(SettingRow(name=name, value=text.strip()))
    session.flush()
