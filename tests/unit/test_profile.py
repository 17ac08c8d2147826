"""The two axes of an eSIM and the clerk's next action."""

from __future__ import annotations

import doctest
from itertools import product

import pytest

from catalog.esim import profile
from catalog.esim.profile import (
    ProfileState,
    Status,
    advance,
    from_supplier,
    next_action,
    profile_words,
    stock_action,
)

S = ProfileState
BEFORE_THE_PHONE = (*(S.AVAILABLE, S.ALLOCATED, S.LINKED, S.CONFIRMED, S.RELEASED, S.DOWNLOADED),)


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the module is true."""
    assert not doctest.testmod(profile).failed


@pytest.mark.parametrize(
    ("current", "reported", "after"),
    [
        (S.AVAILABLE, S.ALLOCATED, S.ALLOCATED),
        (S.RELEASED, S.INSTALLED, S.INSTALLED),
        (S.INSTALLED, S.DOWNLOADED, S.INSTALLED),
        (S.ENABLED, S.DISABLED, S.DISABLED),
        (S.DISABLED, S.ENABLED, S.ENABLED),
        (S.DISABLED, S.INSTALLED, S.DISABLED),
        (S.DELETED, S.ENABLED, S.DELETED),
        (S.UNKNOWN, S.RELEASED, S.RELEASED),
        (S.RELEASED, S.UNKNOWN, S.RELEASED),
        (S.RELEASED, S.ERROR, S.ERROR),
        (S.ERROR, S.DOWNLOADED, S.ERROR),
        (S.ERROR, S.INSTALLED, S.INSTALLED),
        (S.INSTALLED, S.ERROR, S.INSTALLED),
        (S.RELEASED, S.UNAVAILABLE, S.UNAVAILABLE),
        (S.ENABLED, S.UNAVAILABLE, S.ENABLED),
    ],
)
def test_a_report_moves_the_state_forwards_only(current: S, reported: S, after: S) -> None:
    """Late, doubtful and repeated messages leave the better knowledge standing."""
    assert advance(current, reported) is after


def test_the_order_of_messages_does_not_matter_but_for_on_and_off() -> None:
    """Any two reports lead to the same state either way round."""
    either = {S.ENABLED, S.DISABLED}
    for first, second in product(S, S):
        one = advance(advance(S.UNKNOWN, first), second)
        other = advance(advance(S.UNKNOWN, second), first)
        assert one is other or {one, other} == either


@pytest.mark.parametrize("state", list(S))
def test_every_state_is_read_in_any_case(state: S) -> None:
    """SM-DP+ servers write states with a capital."""
    assert from_supplier(f" {state.value.capitalize()} ") is state


@pytest.mark.parametrize("text", ["", "GOT_RESOURCE", "réleased", "\ud800"])
def test_an_unmapped_word_is_unknown(text: str) -> None:
    """What the store does not understand it does not guess."""
    assert from_supplier(text) is S.UNKNOWN


@pytest.mark.parametrize(("status", "state"), list(product(Status, S)))
def test_every_pair_has_a_plain_next_action(status: Status, state: S) -> None:
    """One or two sentences without the words of the tables."""
    sentence = next_action(status, state)
    assert sentence.endswith(".")
    assert "_" not in sentence


def test_the_next_action_knows_both_axes() -> None:
    """What is sold and where the profile is both count."""
    assert "QR code" in next_action(Status.ACTIVATION_READY, S.RELEASED)
    assert "in use" in next_action(Status.ACTIVE, S.RELEASED)
    assert "Replace" in next_action(Status.ACTIVE, S.DELETED)
    assert "payment" in next_action(Status.SUSPENDED, S.ENABLED)
    assert "Replace" in next_action(Status.SUSPENDED, S.DELETED)
    assert "record" in next_action(Status.ARCHIVED, S.ENABLED)


@pytest.mark.parametrize("state", list(S))
def test_words_of_a_state_are_not_its_name(state: S) -> None:
    """A clerk reads where the profile is; only steps before the phone are called the same."""
    words = profile_words(state)
    assert words != state.value
    unreported = set(BEFORE_THE_PHONE) - {S.DOWNLOADED}
    assert (words == "not yet reported as installed") == (state in unreported)


@pytest.mark.parametrize("state", [*BEFORE_THE_PHONE, S.UNKNOWN])
def test_a_suspended_line_is_not_scanned(state: S) -> None:
    """What is off is refilled or paid for; scanning its code would not switch it on."""
    said = next_action(Status.SUSPENDED, state)
    assert said == "See why it is suspended, then refill it or take the payment."


@pytest.mark.parametrize("state", BEFORE_THE_PHONE)
def test_a_line_in_use_needs_nothing(state: S) -> None:
    """Usage has come: whatever the supplier has not said does not matter to a clerk."""
    assert next_action(Status.ACTIVE, state) == "Nothing to do: it is in use."


REACHABLE = [
    *((Status.ACTIVATION_READY, state) for state in S),
    *((Status.ACTIVE, state) for state in S),
    *((Status.SUSPENDED, state) for state in S),
    *((Status.PENDING, state) for state in S),
    *((Status.ARCHIVED, state) for state in S),
]
"""Whatever a supplier reports, the service is where the store and the balance say."""


@pytest.mark.parametrize(("status", "state"), REACHABLE)
def test_what_is_to_be_done_fits_both_axes(status: Status, state: S) -> None:
    """What waits is waited for, what has ended is left, what is off is never scanned again."""
    said = next_action(status, state)
    assert said.startswith("Wait:") == (status is Status.PENDING)
    assert ("record only" in said) == (status is Status.ARCHIVED)
    assert ("suspended" in said) == (status is Status.SUSPENDED)
    broken = state in {S.DELETED, S.UNAVAILABLE, S.ERROR}
    runs = status in {Status.ACTIVATION_READY, Status.SUSPENDED}
    if runs or (status is Status.ACTIVE and state is S.DELETED):
        assert ("eplace it" in said) == broken
    if status is not Status.ACTIVATION_READY:
        assert "scan the QR" not in said


@pytest.mark.parametrize("state", list(S))
def test_a_suspension_by_hand_is_resumed_and_not_paid(state: S) -> None:
    """No payment ends what a person has ordered; where the profile is is told besides."""
    by_hand = next_action(Status.SUSPENDED, state, is_by_hand=True)
    assert by_hand.startswith("Resume it when the reason is gone.")
    assert "payment" not in by_hand
    by_itself = next_action(Status.SUSPENDED, state)
    assert by_hand.removeprefix("Resume it when the reason is gone.") == (
        by_itself.removeprefix("See why it is suspended, then refill it or take the payment.")
    )


@pytest.mark.parametrize("is_reserved", [True, False])
@pytest.mark.parametrize("kind", ["esim", "sim", "terminal"])
@pytest.mark.parametrize("status", list(Status))
def test_what_lies_in_stock_is_never_scanned(
    status: Status, kind: str, *, is_reserved: bool
) -> None:
    """Nobody has bought it, so nobody has its code."""
    said = stock_action(status, kind, is_reserved=is_reserved)
    assert "scan" not in (said or "")
    assert (said or "").startswith("Wait") == is_reserved
