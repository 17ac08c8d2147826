"""Stripe's client: its set-up, its keys, and the judges of what it sends."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from catalog.kernel.errors import Refused, Unavailable
from checkout.payments.stripe.client import Rejected, StripeApi, Unanswered
from checkout.payments.stripe.keys import check_key, read_key_file
from tests.peers import stripe_description as description
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_faults import lost, refuses, unreachable

LIVE_KEY = TEST_KEY.replace("test", "live")


@pytest.mark.parametrize(("key", "livemode"), [(TEST_KEY, False), (LIVE_KEY, True)])
def test_a_key_says_its_mode_and_hides_itself(key: str, livemode: bool) -> None:
    """Live or test; in no repr, string or refusal."""
    found = check_key(f"  {key}\n")
    assert found.livemode is livemode
    api = StripeApi(found)
    assert key not in f"{found!r} {found} {api!r} {vars(api)}"


@pytest.mark.parametrize("text", ["pk_test_0000000000000000", "sk_test_0", "sk_prod_00000000"])
def test_what_is_no_secret_key_is_refused_without_repeating_it(text: str) -> None:
    """A publishable key or a torn one opens nothing and is not told on."""
    with pytest.raises(Refused) as refusal:
        check_key(text)
    assert text not in refusal.value.message


@pytest.mark.parametrize(("mode", "is_taken"), [(0o600, True), (0o640, False), (0o604, False)])
def test_a_key_file_is_for_its_owner_alone(tmp_path: Path, mode: int, is_taken: bool) -> None:
    """0600, or the file is refused with the command that mends it."""
    path = tmp_path / "stripe-key"
    path.write_text(TEST_KEY)
    path.chmod(mode)
    if is_taken:
        assert not read_key_file(path).livemode
        return
    with pytest.raises(Refused, match="chmod 600"):
        read_key_file(path)


def test_a_live_key_goes_to_stripe_alone() -> None:
    """With an overridden address a live key refuses, a test key goes on."""
    StripeApi(check_key(TEST_KEY), base="http://127.0.0.1:1")
    with pytest.raises(Refused, match="live"):
        StripeApi(check_key(LIVE_KEY), base="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (lost, Unanswered),
        (unreachable, Unanswered),
        (refuses(500), Unanswered),
        (refuses(503), Unanswered),
        (refuses(409), Unanswered),
        (refuses(400, "idempotency_error"), Unanswered),
        (refuses(400, "invalid_request_error"), Rejected),
        (refuses(402, "card_error"), Rejected),
        (refuses(404, "invalid_request_error"), Rejected),
        (refuses(401, "invalid_request_error"), Unavailable),
        (refuses(403, "invalid_request_error"), Unavailable),
        (refuses(429, "invalid_request_error"), Unavailable),
    ],
)
def test_every_error_is_told_in_our_words(
    stripe_double: StripeDouble, fault: object, told: type[Exception]
) -> None:
    """Unknown, refused, or not now; without the vendor's object, its words or the key."""
    api = StripeApi(check_key(TEST_KEY), transport=stripe_double)
    with stripe_double.wrong(fault), pytest.raises(told) as caught:  # type: ignore[arg-type]  # a table of faults
        api.session("cs_test_1")
    assert type(caught.value) in (told, *told.__subclasses__())
    assert caught.value.__cause__ is caught.value.__context__ is None
    words = "".join(traceback.format_exception(caught.value))
    assert TEST_KEY not in words
    assert "told by the test" not in words


def test_a_busy_stripe_is_not_asked_again_by_the_library(stripe_double: StripeDouble) -> None:
    """429 once, lost connections three times: the library's own retries, and no more."""
    api = StripeApi(check_key(TEST_KEY), transport=stripe_double)
    for fault, times in ((refuses(429, "invalid_request_error"), 1), (unreachable, 3)):
        stripe_double.requests.clear()
        with stripe_double.wrong(fault), pytest.raises(Unavailable):
            api.session("cs_test_1")
        assert len(stripe_double.requests) == times


def test_the_client_waits_as_long_as_it_was_told(stripe_double: StripeDouble) -> None:
    """Ten seconds, three to connect; no telemetry."""
    import stripe

    api = StripeApi(check_key(TEST_KEY), transport=stripe_double)
    with pytest.raises(Rejected):
        api.session("cs_test_1")
    limits = stripe_double.requests[0].extensions["timeout"]
    assert limits == {"connect": 3, "read": 10, "write": 10, "pool": 10}
    assert stripe.enable_telemetry is False


@pytest.mark.parametrize(
    "body",
    [
        "mode=payment&payment_method_types[0]=card",
        "mode=payment&colour=red",
        "mode=payment&expires_at=soon",
        "mode=purchase",
        "mode=payment&line_items[0][price_data][unit_amount]=12.5",
        "mode=payment&payment_intent_data[colour]=red",
    ],
)
def test_the_description_refuses_what_stripe_would(body: str) -> None:
    """Gone, unknown, of another type, or not on the list; deep inside too."""
    with pytest.raises(description.Broken):
        description.check_request("POST", "/v1/checkout/sessions", "", body)


@pytest.mark.parametrize(
    "change",
    [{"status": "done"}, {"livemode": None}, {"payment_status": None}, {"expires_at": "soon"}],
)
def test_the_description_refuses_answers_stripe_would_not_give(change: dict[str, object]) -> None:
    """A judge that lets a double say anything would prove nothing."""
    answer = {"object": "checkout.session", "id": "cs_1"} | change
    with pytest.raises(description.Broken):
        description.check_answer("GET", "/v1/checkout/sessions/cs_1", 200, answer)


def test_a_path_that_stripe_does_not_have_is_refused() -> None:
    """A double can't invent an endpoint."""
    with pytest.raises(description.Broken):
        description.check_request("POST", "/v1/checkout/session", "", "")
