"""Scans and typing are told apart by the instants of the keys alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store_app.widgets.burst import GAP_S, TAIL_S, Burst

FAST_S, SLOW_S = GAP_S / 3, GAP_S * 3


def acted(keys: list[str], gap_s: float, end_gap_s: float | None = None) -> list[str]:
    """What acts or passes when keys come at one distance, the last at its own."""
    burst, at, done = Burst(), 100.0, []
    for number, key in enumerate(keys):
        is_last = number == len(keys) - 1
        at += end_gap_s if is_last and end_gap_s is not None else gap_s
        verdict = burst.press(key, at)
        done += [*verdict.acts, *([] if verdict.holds else [key])]
    return [*done, *burst.settle(at + SLOW_S)]


@pytest.mark.parametrize("label", ["ca-5gb-30d", "JP-5GB-7D", "c123", "4006381333931", "c1"])
@pytest.mark.parametrize("end_gap_s", [FAST_S, TAIL_S * 0.9])
def test_a_scan_and_its_enter_do_nothing(label: str, end_gap_s: float) -> None:
    """Whatever the letters mean on the screen; a late Enter belongs to a label of four."""
    if len(label) >= 4 or end_gap_s == FAST_S:
        assert acted([*label, "enter"], FAST_S, end_gap_s) == []


def test_a_scan_is_told_once() -> None:
    """One sentence for one label."""
    burst = Burst()
    told = [burst.press(key, 1 + n * FAST_S).is_scan for n, key in enumerate("ca-5gb-30d")]
    assert told.count(True) == 1


@pytest.mark.parametrize("keys", [["c"], ["c", "enter"], ["b", "delete"], ["c", "4", "0"]])
def test_few_keys_act_even_when_they_come_together(keys: list[str]) -> None:
    """A slow line delivers what was typed in one piece."""
    assert acted(keys[:1], FAST_S) == keys[:1]
    assert acted([key for key in keys if key != "delete"], FAST_S) == [
        key for key in keys if key != "delete"
    ]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["c", "w", "4", "enter"]), min_size=1, max_size=12))
def test_typed_keys_all_act_in_their_order(keys: list[str]) -> None:
    """At the pace of a person nothing is lost."""
    assert acted(keys, SLOW_S) == keys


def test_a_letter_waits_for_its_window() -> None:
    """It acts once, and not before it is clear that nothing follows."""
    burst = Burst()
    assert burst.press("c", 1.0).holds
    assert burst.settle(1.0 + FAST_S) == ()
    assert burst.settle(1.0 + SLOW_S) == ("c",)
    assert burst.settle(1.0 + SLOW_S) == ()


def test_typing_goes_on_after_a_scan() -> None:
    """The next letter at a person's pace acts, and so does the next Enter."""
    burst = Burst()
    for number, key in enumerate(["c", "a", "5", "g", "enter"]):
        burst.press(key, 1 + number * FAST_S)
    assert not burst.press("enter", 3.0).holds
    burst.press("c", 4.0)
    assert burst.settle(4.0 + SLOW_S) == ("c",)
