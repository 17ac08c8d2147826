"""What an operator has set for this store, with defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ScalarSelect
from sqlmodel import Session, col, select

from catalog.kernel import setting_forms as forms
from catalog.kernel.database import direct
from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency
from catalog.kernel.quoting import quoted
from catalog.kernel.tables import SettingRow

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


_READERS: dict[str, Callable[[str], object]] = {
    "currency": check_currency,
    "vat_rate": forms.rate,
    "wallet_tax": forms.one_of("on_deposit", "on_consumption"),
    "megabyte": lambda text: int(forms.one_of("1000000", "1048576")(text)),
    "prices_include_vat": forms.flag,
    "demo": forms.flag,
    "time_zone": forms.zone,
    "stock_approval": forms.one_of("anyone", "second_person"),
    "shop_name": forms.printed_name,
    "seller_name": forms.line,
    "seller_street": forms.line,
    "seller_postcode": forms.line,
    "seller_city": forms.line,
    "seller_country": forms.country,
    "seller_vat_number": forms.vat_number,
    "seller_registration": forms.line,
    "seller_email": forms.line,
    "seller_iban": forms.iban,
    "card_minimums": forms.minimums,
    "card_return_url": forms.page,
    "mail_server": forms.server,
    "mail_security": forms.one_of("starttls", "tls", "none"),
    "mail_user": forms.line,
    "mail_from": forms.mail_address,
    "cash_reserve_s": forms.within(10, 86_400),
    "card_reserve_s": forms.within(60, 86_400),
    "stale_after_min": forms.within(1, 527_040),
    "usage_grace_h": forms.within(0, 8_784),
    "refund_days": forms.within(0, 3_660),
    "payment_terms_days": forms.within(0, 366),
    "question_above": forms.within(0, 1_000_000_000),
    "inactive_after_days": forms.within(1, 36_600),
}


def load_settings(session: Session) -> StoreSettings:
    """The store's settings; those never set have their defaults."""
    return _settings(tuple(map(tuple, direct(session).execute(_STORED))))


@lru_cache(maxsize=8)
def _settings(stored: tuple[tuple[str, str], ...]) -> StoreSettings:
    known = {field.name for field in fields(StoreSettings)}
    values = {name: read_setting(name, text) for name, text in stored if name in known}
    return replace(StoreSettings(), **values)  # type: ignore[arg-type]  # read_setting checked them


def stored_setting(name: str) -> ScalarSelect[str]:
    """One setting as a column of another question, which spares asking for all of them.

    Its text is null when it was never set; `setting_or_default` reads it.
    """
    return select(col(SettingRow.value)).where(col(SettingRow.name) == name).scalar_subquery()


def setting_or_default(name: str, text: str | None) -> Any:
    """The value of what `stored_setting` found."""
    return getattr(StoreSettings(), name) if text is None else read_setting(name, text)


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
