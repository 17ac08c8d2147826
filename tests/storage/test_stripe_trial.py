"""Trying an account: green over a sound Stripe, red where it behaves otherwise, never live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog.kernel.errors import Refused
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk.stripe_trial import try_account
from store_app.doctor import Check
from tests.conftest import NOW
from tests.peers.emulate_peer import emulate
from tests.peers.localstripe_peer import localstripe
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_faults import Fault, only, refuses, unreachable
from tests.stripe_over_peers import OverEmulate, OverLocalstripe
from tests.stripe_readers import READER


def tried(double: StripeDouble) -> list[Check]:
    """The checks over a stand-in."""
    return try_account(StripeApi(check_key(TEST_KEY), transport=double), double.now, pause_s=0)


def red(double: StripeDouble) -> list[str]:
    """The names of the checks that failed, each with a reason."""
    failed = [check for check in tried(double) if not check.ok]
    assert all(check.detail for check in failed)
    return [check.name for check in failed]


def test_a_sound_account_passes_and_nothing_stays_open(stripe_double: StripeDouble) -> None:
    """Pages, keys, currencies, cards, refunds, events, a reader, invoices; nothing stays open."""
    checks = tried(stripe_double)
    assert [check.name for check in checks if not check.ok] == []
    assert len(checks) == 14
    assert {each["status"] for each in stripe_double.invoices.values()} == {"void", "paid"}
    assert {each["status"] for each in stripe_double.sessions.values()} == {"expired"}
    asked = {each["currency"]: each["amount_total"] for each in stripe_double.sessions.values()}
    assert asked == {"eur": 1250, "jpy": 500, "kwd": 5120, "isk": 70_000, "ugx": 500_000}


def test_an_account_without_a_simulated_reader_says_so(stripe_double: StripeDouble) -> None:
    """What was not tried is no failure, and is not called tried."""
    stripe_double.readers[READER]["device_type"] = "stripe_s700"
    (last,) = [each for each in tried(stripe_double) if "simulated reader" in each.name]
    assert (last.ok, last.detail) == (True, "not tried: the account has no simulated reader")


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        (only("POST", "/v1/checkout/sessions/.*/expire", refuses(400)), "opens"),
        (only("POST", "/v1/refunds", refuses(402, "card_error")), "goes back"),
        (only("GET", "/v1/events", unreachable), "event"),
        (only("POST", "/v1/payment_intents", refuses(500)), "test card"),
        (only("POST", "/v1/invoices/.*/void", refuses(400)), "made void"),
        (only("POST", "/v1/invoices/.*/pay", refuses(400)), "paid another way"),
        (only("POST", "/v1/terminal/.*", refuses(400, "invalid_request_error")), "reader"),
    ],
)
def test_what_behaves_otherwise_is_red(
    stripe_double: StripeDouble, fault: Fault, failed: str
) -> None:
    """One thing goes wrong: its check is red, and no other scenario is skipped."""
    with stripe_double.wrong(fault):
        names = red(stripe_double)
    assert any(failed in name for name in names)
    assert len(names) < 14


def test_a_stripe_that_forgets_keys_is_red(stripe_double: StripeDouble) -> None:
    """Another body under a known key, taken as new, is two payments in the making."""

    def forgets(request: httpx.Request, carry_out: Callable[[], httpx.Response]) -> httpx.Response:
        del request
        stripe_double.forget_keys()
        return carry_out()

    with stripe_double.wrong(only("POST", "/v1/checkout/sessions", forgets)):
        assert red(stripe_double) == [
            "a page opens, is the same for the same key, and closes",
            "another body under a known key is refused",
        ]


def test_a_live_key_is_refused_before_anything_is_asked(stripe_double: StripeDouble) -> None:
    """No request leaves."""
    live = check_key(TEST_KEY.replace("test", "live"))
    with pytest.raises(Refused, match="live"):
        try_account(StripeApi(live, transport=stripe_double), NOW)
    assert stripe_double.requests == []


@pytest.mark.parametrize(("peer", "over"), [(localstripe, OverLocalstripe), (emulate, OverEmulate)])
def test_the_scenarios_hold_over_the_peers(tmp_path: Path, peer: Any, over: Any) -> None:
    """Refunds as localstripe makes them, pages as emulate opens and closes them."""
    with peer(tmp_path) as address:
        double = over(address)
        assert red(double) == []
        double.close()
    assert double.broken == []
