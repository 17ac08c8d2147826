"""Ordinary trouble at the command line: odd words, odd settings, empty files, full disks."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.journeys.shop_program import SPAIN, Shop, run


@pytest.mark.parametrize(
    "words",
    [
        ("plans", "show", "ES\udcff"),
        ("esim", "list", "9" * 100_000),
        ("shift", "z", "9" * 400),
        ("shift", "z", "99999999999999999999"),
        ("shift", "z", "0"),
    ],
)
def test_words_that_mean_nothing_are_wrong_usage(shop: Shop, words: tuple[str, ...]) -> None:
    """What is not UTF-8, endless, or no number of a shift is refused as it is read."""
    said = shop.run("--json", *words)
    assert (said.exit_code, said.refusal) == (2, "usage")


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_clock_at_the_end_of_time_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, now: str
) -> None:
    """No period could be added to it."""
    monkeypatch.setenv("ESIM_STORE_NOW", now)
    assert shop.refused("sell", "--plan", SPAIN, "--pay", "cash") == "bad_time"


def test_an_empty_file_does_not_become_a_store(tmp_path: Path) -> None:
    """Only `init` makes one of it."""
    empty = tmp_path / "empty.db"
    empty.touch()
    said = run("--store", str(empty), "--json", "plans", "list")
    assert (said.exit_code, said.refusal) == (1, "no_store")
    assert empty.stat().st_size == 0
    assert run("--store", str(empty), "--json", "init").exit_code == 0
    assert run("--store", str(empty), "--json", "plans", "list").exit_code == 0


@pytest.mark.parametrize("words", [("--currency", "EUX"), ("--vat-rate", "900")])
def test_init_with_a_wrong_setting_makes_no_file(tmp_path: Path, words: tuple[str, str]) -> None:
    """The settings are judged before anything is written."""
    path = tmp_path / "new.db"
    said = run("--store", str(path), "--json", "init", *words)
    assert (said.exit_code, said.refusal) == (1, "bad_setting")
    assert list(tmp_path.glob("new*")) == []


def test_a_company_has_no_negative_credit_limit(shop: Shop) -> None:
    """And no currency that nobody issues."""
    assert shop.refused("company", "add", "North", "--credit-limit", "-5") == "bad_amount"
    assert shop.refused("company", "add", "North", "--currency", "EUX") == "bad_setting"
    assert shop.refused("company", "show", "North") == "unknown_company"


def test_a_setting_out_of_range_changes_nothing(shop: Shop) -> None:
    """The range is told, and the next command works as before."""
    assert shop.refused("settings", "set", "refund_days", "999999999") == "bad_setting"
    assert shop.ask("sell", "--plan", SPAIN, "--pay", "cash")["state"] == "delivered"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "read_only")]
)
def test_a_disk_that_takes_nothing_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    """A full or read-only disk has a sentence of its own in every command."""

    def broken(*_: object) -> None:
        raise OSError(number, "the system's words")

    monkeypatch.setattr("store_app.desk.catalogue.list_plans", broken)
    assert shop.refused("plans", "list") == code
