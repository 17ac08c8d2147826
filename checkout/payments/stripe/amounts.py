"""Amounts as Stripe counts them: its own decimals, its largest and smallest charge."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.kernel.errors import Refused
from catalog.kernel.money import exponent, money_words, parse_amount

MAX_DIGITS = 8

# https://docs.stripe.com/currencies: zero-decimal currencies, three-decimal currencies, and the
# two special cases, which have no decimals any more and are still sent with two.
_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD JOD KWD OMR TND"
_SENT_WITH_TWO = "ISK UGX"
_DIGITS = (
    dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
    | dict.fromkeys(_SENT_WITH_TWO.split(), 2)
)
_STEPS = dict.fromkeys(_THREE_DECIMALS.split(), 10) | dict.fromkeys(_SENT_WITH_TWO.split(), 100)

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in minor units of ISO 4217.
_MINIMUMS = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250,
    "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


def to_stripe(amount_minor: int, currency: str) -> int:
    """An amount of ours as the integer that Stripe is sent; exact, or `Refused`.

    >>> [to_stripe(1250, code) for code in ("EUR", "JPY", "ISK", "KWD")]
    [1250, 1250, 125000, 1250]
    """
    ours, theirs = exponent(currency), _digits(currency)
    sent, rest = divmod(amount_minor * int(10**theirs), int(10**ours))
    if rest or sent % _STEPS.get(currency, 1):
        raise Refused(
            f"{money_words(amount_minor, currency)} can't be charged to a card: the smallest step "
            "of this currency is larger. Nothing was charged; pay another way.",
            code="card_amount",
        )
    if len(str(sent)) > MAX_DIGITS:
        raise Refused(
            f"{money_words(amount_minor, currency)} is more than a card payment may be; nothing "
            "was charged. Pay another way.",
            code="card_amount",
        )
    return sent


def from_stripe(amount: int, currency: str) -> int | None:
    """What Stripe says in our minor units; None when that is no whole number of them."""
    minor, rest = divmod(amount * int(10 ** exponent(currency)), int(10 ** _digits(currency)))
    return None if rest else minor


def minor_of(amount: int, currency: str) -> int:
    """The same; -1, which equals no amount, when it is no whole number of them."""
    minor = from_stripe(amount, currency)
    return -1 if minor is None else minor


def check_minimum(amount_minor: int, currency: str, minimums: Mapping[str, int]) -> None:
    """Refuse a charge below the smallest of its currency: the store's own one, or Stripe's."""
    least = minimums.get(currency, _MINIMUMS.get(currency, 1))
    if amount_minor < least:
        raise Refused(
            f"A card is charged {money_words(least, currency)} or more; nothing was charged. Pay "
            "another way.",
            code="card_amount",
        )


def parse_minimums(text: str) -> dict[str, int]:
    """The setting `card_minimums`, which was checked when it was set, by currency."""
    entries = [entry.split() for entry in text.split(",") if entry]
    return {code: parse_amount(amount, code) for code, amount in entries}


def _digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)
