"""How the settings of a store are written: each reads its text, or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from catalog.kernel.errors import Refused
from catalog.kernel.money import check_currency, decimal_string, parse_amount, parse_scaled
from catalog.kernel.quoting import quoted

_MAX_SHOP_NAME = 40
_MAX_LINE = 200
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}")


def rate(text: str) -> int:
    """A rate in percent, as hundredths of a percent."""
    hundredths = parse_scaled(text.strip().removesuffix("%"), 2, field="vat_rate")
    if not 0 <= hundredths <= 10_000:
        raise Refused("A VAT rate lies between 0 and 100 percent.", field="vat_rate")
    return hundredths


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words."""

    def choose(text: str) -> str:
        if text not in words:
            raise Refused(f"{quoted(text)} is not one of {', '.join(words)}.", code="bad_setting")
        return text

    return choose


def flag(text: str) -> bool:
    """`true` or `false`."""
    return one_of("true", "false")(text.strip().lower()) == "true"


def within(least: int, most: int) -> Callable[[str], int]:
    """A whole number from the least to the most."""

    def read(text: str) -> int:
        try:
            number = parse_scaled(text, 0, field="value")
        except Refused:
            number = least - 1
        if not least <= number <= most:
            raise Refused(f"“{text}” is no whole number between {least} and {most}.")
        return number

    return read


def zone(text: str) -> str:
    """A time zone of the world, such as Europe/Madrid."""
    name = text.strip()
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, LookupError) as error:
        raise Refused(f"There is no time zone {quoted(name)}; one is Europe/Madrid.") from error


def printed_name(text: str) -> str:
    """A name that fits a receipt."""
    name = text.strip()
    if not name.isprintable() or len(name) > _MAX_SHOP_NAME:
        raise Refused(f"A shop name is one line of at most {_MAX_SHOP_NAME} characters.")
    return name


def line(text: str) -> str:
    """One line of text, its blanks made single."""
    words = " ".join(text.split())
    if not words.isprintable() or len(words) > _MAX_LINE:
        raise Refused(f"It is one line of at most {_MAX_LINE} characters.")
    return words


def country(text: str) -> str:
    """A country by its two letters, or nothing."""
    import pycountry

    code = text.strip().upper()
    if code and pycountry.countries.get(alpha_2=code) is None:
        raise Refused(f"{quoted(text)} is no country code such as ES.")
    return code


def vat_number(text: str) -> str:
    """A VAT number with its country, or nothing."""
    number = re.sub(r"[\s.-]", "", text).upper()
    if number and not re.fullmatch(r"[A-Z]{2}[0-9A-Z+*]{2,13}", number):
        raise Refused(f"{quoted(text)} is no VAT number such as ESB12345678.")
    return number


def iban(text: str) -> str:
    """An IBAN whose digits are right, or nothing."""
    from stdnum import iban as numbers

    if text.strip() and not numbers.is_valid(text):
        raise Refused(f"{quoted(text)} is no IBAN; check its digits.")
    return str(numbers.compact(text)) if text.strip() else ""


def minimums(text: str) -> str:
    """Amounts by currency: EUR 1.00, JPY 100."""
    entries = [entry.split() for entry in text.split(",") if entry.strip()]
    if any(len(entry) != 2 for entry in entries):
        raise Refused("Smallest card payments are written: EUR 1.00, JPY 100.")
    amounts = [
        (check_currency(code), parse_amount(amount, code.upper())) for code, amount in entries
    ]
    return ", ".join(f"{code} {decimal_string(minor, code)}" for code, minor in amounts)


def page(text: str) -> str:
    """A page's address, which starts with https://."""
    address = text.strip()
    if not re.fullmatch(r"https://[^\s<>\"]{4,480}", address, re.ASCII):
        raise Refused("A page's address starts with https://.")
    return address


def server(text: str) -> str:
    """A server's name and port, or nothing."""
    address = text.strip()
    host, _, port = address.partition(":")
    is_port = port.isascii() and port.isdigit() and 0 < int(port) < 65_536
    if address and not (_HOST.fullmatch(host) and is_port):
        raise Refused("A mail server is its name and its port: smtp.example.com:587.")
    return address


def mail_address(text: str) -> str:
    """An e-mail address, or nothing."""
    address = text.strip()
    if address and not _ADDRESS.fullmatch(address):
        raise Refused(f"{quoted(address)} is not an e-mail address.")
    return address
