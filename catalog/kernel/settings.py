"""What an operator has set for this store, with defaults."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from catalog.kernel.database import direct
from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency, decimal_string, parse_amount, parse_scaled
from catalog.kernel.quoting import quoted
from catalog.kernel.tables import SettingRow

MAX_SHOP_NAME = 40
MAX_LINE = 200
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}")
_STORED = select(SettingRow.name, SettingRow.value)


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
    payment_terms_days: int = 14
    """Days after its issue on which an invoice is due."""
    question_above: int = 10_000
    """Whole units of its currency above which a screen asks twice for a top-up; 0: never."""
    time_zone: str = "UTC"
    """The zone in which days are shown, and in which months and days are counted for bills."""
    card_minimums: str = ""
    """Smallest card payments of this store, such as "EUR 1.00, JPY 100"; else the provider's."""
    card_return_url: str = "https://stripe.com/"
    """The page that a phone shows after its card has paid."""
    stock_approval: str = "anyone"
    """Who approves uploaded stock: `anyone`, or `second_person` and not who uploaded it."""
    mail_server: str = ""
    """The SMTP server that sends links to payments, such as "smtp.example.com:587"; else none."""
    mail_security: str = "starttls"
    """How the way to it is closed: `starttls`, `tls` from the first byte, or `none`."""
    mail_user: str = ""
    """Who signs in there; the password is never a setting. Empty where nobody has to."""
    mail_from: str = ""
    """The address that mail comes from."""
    shop_name: str = ""
    """What stands on top of receipts, at most 40 characters; empty for nothing."""
    seller_name: str = ""
    """Who issues invoices, by the name in the register; empty for the shop's name."""
    seller_street: str = ""
    """Street and number on invoices."""
    seller_postcode: str = ""
    """Postcode on invoices."""
    seller_city: str = ""
    """Town on invoices."""
    seller_country: str = ""
    """The country of the seller, two letters such as ES."""
    seller_vat_number: str = ""
    """The seller's VAT number, such as ESB12345678."""
    seller_registration: str = ""
    """The seller's number in the register of companies."""
    seller_email: str = ""
    """Where questions about invoices go."""
    seller_iban: str = ""
    """The account that invoices are paid to by transfer."""


def _rate(text: str) -> int:
    rate = parse_scaled(text.strip().removesuffix("%"), 2, field="vat_rate")
    if not 0 <= rate <= 10_000:
        raise Refused("A VAT rate lies between 0 and 100 percent.", field="vat_rate")
    return rate


def _one_of(*words: str) -> Callable[[str], str]:
    def choose(text: str) -> str:
        if text not in words:
            raise Refused(f"{quoted(text)} is not one of {', '.join(words)}.", code="bad_setting")
        return text

    return choose


def _flag(text: str) -> bool:
    return _one_of("true", "false")(text.strip().lower()) == "true"


def _within(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = parse_scaled(text, 0, field="value")
        except Refused:
            number = least - 1
        if not least <= number <= most:
            raise Refused(f"“{text}” is no whole number between {least} and {most}.")
        return number

    return read


def _zone(text: str) -> str:
    name = text.strip()
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, LookupError) as error:
        raise Refused(f"There is no time zone {quoted(name)}; one is Europe/Madrid.") from error


def _printed_name(text: str) -> str:
    name = text.strip()
    if not name.isprintable() or len(name) > MAX_SHOP_NAME:
        raise Refused(f"A shop name is one line of at most {MAX_SHOP_NAME} characters.")
    return name


def _line(text: str) -> str:
    line = " ".join(text.split())
    if not line.isprintable() or len(line) > MAX_LINE:
        raise Refused(f"It is one line of at most {MAX_LINE} characters.")
    return line


def _country(text: str) -> str:
    import pycountry

    code = text.strip().upper()
    if code and pycountry.countries.get(alpha_2=code) is None:
        raise Refused(f"{quoted(text)} is no country code such as ES.")
    return code


def _vat_number(text: str) -> str:
    number = re.sub(r"[\s.-]", "", text).upper()
    if number and not re.fullmatch(r"[A-Z]{2}[0-9A-Z+*]{2,13}", number):
        raise Refused(f"{quoted(text)} is no VAT number such as ESB12345678.")
    return number


def _iban(text: str) -> str:
    from stdnum import iban

    if text.strip() and not iban.is_valid(text):
        raise Refused(f"{quoted(text)} is no IBAN; check its digits.")
    return str(iban.compact(text)) if text.strip() else ""


def _minimums(text: str) -> str:
    entries = [entry.split() for entry in text.split(",") if entry.strip()]
    if any(len(entry) != 2 for entry in entries):
        raise Refused("Smallest card payments are written: EUR 1.00, JPY 100.")
    amounts = [
        (check_currency(code), parse_amount(amount, code.upper())) for code, amount in entries
    ]
    return ", ".join(f"{code} {decimal_string(minor, code)}" for code, minor in amounts)


def _page(text: str) -> str:
    address = text.strip()
    if not re.fullmatch(r"https://[^\s<>\"]{4,480}", address, re.ASCII):
        raise Refused("A page's address starts with https://.")
    return address


def _server(text: str) -> str:
    address = text.strip()
    host, _, port = address.partition(":")
    is_port = port.isascii() and port.isdigit() and 0 < int(port) < 65_536
    if address and not (_HOST.fullmatch(host) and is_port):
        raise Refused("A mail server is its name and its port: smtp.example.com:587.")
    return address


def _mail_address(text: str) -> str:
    address = text.strip()
    if address and not _ADDRESS.fullmatch(address):
        raise Refused(f"{quoted(address)} is not an e-mail address.")
    return address


_READERS: dict[str, Callable[[str], object]] = {
    "currency": check_currency,
    "vat_rate": _rate,
    "wallet_tax": _one_of("on_deposit", "on_consumption"),
    "megabyte": lambda text: int(_one_of("1000000", "1048576")(text)),
    "prices_include_vat": _flag,
    "demo": _flag,
    "time_zone": _zone,
    "stock_approval": _one_of("anyone", "second_person"),
    "shop_name": _printed_name,
    "seller_name": _line,
    "seller_street": _line,
    "seller_postcode": _line,
    "seller_city": _line,
    "seller_country": _country,
    "seller_vat_number": _vat_number,
    "seller_registration": _line,
    "seller_email": _line,
    "seller_iban": _iban,
    "card_minimums": _minimums,
    "card_return_url": _page,
    "mail_server": _server,
    "mail_security": _one_of("starttls", "tls", "none"),
    "mail_user": _line,
    "mail_from": _mail_address,
    "cash_reserve_s": _within(10, 86_400),
    "card_reserve_s": _within(60, 86_400),
    "stale_after_min": _within(1, 527_040),
    "usage_grace_h": _within(0, 8_784),
    "refund_days": _within(0, 3_660),
    "payment_terms_days": _within(0, 366),
    "question_above": _within(0, 1_000_000_000),
    "inactive_after_days": _within(1, 36_600),
}


def load_settings(session: Session) -> StoreSettings:
    """The store's settings; those never set have their defaults."""
    return _settings(tuple(map(tuple, direct(session).execute(_STORED))))


@lru_cache(maxsize=8)
def _settings(stored: tuple[tuple[str, str], ...]) -> StoreSettings:
    known = {field.name for field in fields(StoreSettings)}
    values = {name: read_setting(name, text) for name, text in stored if name in known}
    return replace(StoreSettings(), **values)  # type: ignore[arg-type]  # read_setting checked them


def read_setting(name: str, text: str) -> object:
    """A setting's value from its text, or `Refused` naming the setting."""
    if name not in {field.name for field in fields(StoreSettings)}:
        raise Refused(f"There is no setting {quoted(name)}.", code="unknown_setting", field=name)
    try:
        return _READERS[name](text)
    except Refused as error:
        raise Refused(error.message, code="bad_setting", field=name) from error


def setting_text(name: str, value: object) -> str:
    """A setting's value as `read_setting` takes it.

    >>> setting_text("vat_rate", 2100), setting_text("vat_rate", 550), setting_text("demo", True)
    ('21', '5.5', 'true')
    """
    if name == "vat_rate" and isinstance(value, int):
        return f"{Decimal(value).scaleb(-2).normalize():f}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_setting(name: str, text: str) -> None:
    """Refuse what may not be set: what can't be read, and currencies that nobody issues."""
    value = read_setting(name, text)
    if name == "currency" and not is_currency(str(value)):
        raise Refused(
            f"{quoted(text)} is no currency of ISO 4217; nothing has changed. One is EUR.",
            code="bad_setting",
            field=name,
        )


def is_currency(code: str) -> bool:
    """Whether ISO 4217 lists this code, in capitals."""
    import pycountry

    return code.isupper() and pycountry.currencies.get(alpha_3=code) is not None


def set_setting(session: Session, name: str, text: str) -> None:
    """Store one setting after checking it."""
    check_setting(name, text)
    session.merge(SettingRow(name=name, value=text.strip()))
    session.flush()
