"""The key to a Stripe account: where it may lie, and what it may be used with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from catalog.kernel.errors import Refused
from catalog.kernel.secret_files import read_secret

_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{8,250}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StripeKey:
    """A secret or restricted key; it shows in no repr, and says which mode it is for."""

    secret: SecretStr
    livemode: bool


def check_key(text: str) -> StripeKey:
    """The key in a text, or `Refused`; the refusal never repeats it."""
    match = _KEY.fullmatch(text.strip())
    if match is None:
        raise Refused(
            "That is no secret or restricted key of Stripe (sk_test_…, rk_live_…); no card is "
            "offered.",
            code="bad_stripe_key",
        )
    return StripeKey(SecretStr(match[0]), livemode=match[2] == "live")


def read_key_file(path: Path) -> StripeKey:
    """The key in a file that nobody but its owner can read, or `Refused`."""
    held = read_secret(path, "holds a key to money; no card is offered")
    return check_key(held.get_secret_value())


def check_base(key: StripeKey, base: str) -> None:
    """Refuse to send a live key anywhere but to Stripe."""
    if base and key.livemode:
        raise Refused(
            "ESIM_STORE_STRIPE_BASE names another address than Stripe's and the key is a live "
            "one; no card is offered. Use a test key there.",
            code="live_key_elsewhere",
        )
