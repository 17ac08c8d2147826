"""Where the store is, who is at the register, and what an operator may set."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from catalog.kernel.errors import Refused
from catalog.kernel.settings import StoreSettings, check_setting, read_setting, setting_text
from store_app.settings import actor, log_file, register_id, store_address, theme_file


def test_the_option_beats_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed counts, then the environment, then the user's data folder."""
    monkeypatch.setenv("ESIM_STORE_URL", "env.db")
    assert store_address("typed.db") == "typed.db"
    assert store_address(None) == "env.db"
    monkeypatch.delenv("ESIM_STORE_URL")
    assert Path(store_address(None)).name == "store.db"


def test_demo_names_a_store_of_its_own(tmp_path: Path) -> None:
    """The demo lies beside the real store and is never the real one."""
    demo, real = Path(store_address("demo")), Path(store_address(None))
    assert demo.parent == real.parent
    assert demo != real
    assert demo.is_relative_to(tmp_path)


def test_who_and_where_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A register and a clerk can be named; without names there are sensible ones."""
    assert register_id() == "R1"
    assert actor()
    monkeypatch.setenv("ESIM_STORE_REGISTER", "R7")
    monkeypatch.setenv("ESIM_STORE_ACTOR", "ines")
    assert (register_id(), actor()) == ("R7", "ines")


def test_a_machine_without_user_names_has_a_clerk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers often know no name for their user."""

    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert actor() == "clerk"


def test_log_and_theme_are_the_users_own(tmp_path: Path) -> None:
    """They lie in the user's folders, not beside the program."""
    assert log_file().is_relative_to(tmp_path)
    assert theme_file().is_relative_to(tmp_path)


def test_every_setting_is_shown_as_it_is_set() -> None:
    """What the list shows is what the setting takes, with the same value."""
    for name, value in asdict(replace(StoreSettings(), vat_rate=1050, demo=True)).items():
        assert read_setting(name, setting_text(name, value)) == value
    assert [setting_text("vat_rate", rate) for rate in (2100, 1000, 550, 0)] == [
        *("21", "10", "5.5", "0")
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("currency", "usd", "USD"),
        ("vat_rate", "21", 2100),
        ("vat_rate", "5.5%", 550),
        ("prices_include_vat", "True", True),
        ("wallet_tax", "on_consumption", "on_consumption"),
        ("megabyte", "1048576", 1_048_576),
        ("cash_reserve_s", "90", 90),
        ("time_zone", " Europe/Madrid ", "Europe/Madrid"),
        ("shop_name", " Casa Móvil ", "Casa Móvil"),
        ("shop_name", "", ""),
        ("card_minimums", " eur 1, JPY 100 ", "EUR 1.00, JPY 100"),
        ("card_minimums", "", ""),
        ("card_return_url", "https://shop.example/paid", "https://shop.example/paid"),
    ],
)
def test_settings_are_read_by_name(name: str, text: str, value: object) -> None:
    """Each setting knows how its text is meant."""
    assert read_setting(name, text) == value
    assert hasattr(StoreSettings(), name)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("colour", "red", "unknown_setting"),
        ("currency", "EURO", "bad_setting"),
        ("vat_rate", "101", "bad_setting"),
        ("vat_rate", "-1", "bad_setting"),
        ("demo", "perhaps", "bad_setting"),
        ("megabyte", "1000", "bad_setting"),
        ("wallet_tax", "both", "bad_setting"),
        ("refund_days", "1.5", "bad_setting"),
        ("time_zone", "Mars/Olympus", "bad_setting"),
        ("time_zone", "America", "bad_setting"),
        ("time_zone", "", "bad_setting"),
        ("time_zone", "../etc/passwd", "bad_setting"),
        ("shop_name", "x" * 41, "bad_setting"),
        ("shop_name", "one\ntwo", "bad_setting"),
        ("card_minimums", "EUR", "bad_setting"),
        ("card_minimums", "EUR 0.001", "bad_setting"),
        ("card_return_url", "http://shop.example", "bad_setting"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, text: str, code: str) -> None:
    """The person is told which one."""
    with pytest.raises(Refused) as refusal:
        read_setting(name, text)
    assert (refusal.value.code, refusal.value.field) == (code, name)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("cash_reserve_s", 10, 86_400),
        ("card_reserve_s", 60, 86_400),
        ("stale_after_min", 1, 527_040),
        ("usage_grace_h", 0, 8_784),
        ("refund_days", 0, 3_660),
        ("inactive_after_days", 1, 36_600),
    ],
)
def test_periods_have_bounds_that_are_told(name: str, least: int, most: int) -> None:
    """A period that no date can take would break every command that adds it to one."""
    assert [read_setting(name, str(value)) for value in (least, most)] == [least, most]
    for value in (least - 1, most + 1, 10**15):
        with pytest.raises(Refused, match=f"between {least} and {most}") as refusal:
            read_setting(name, str(value))
        assert (refusal.value.code, refusal.value.field) == ("bad_setting", name)


def test_only_currencies_that_exist_are_set() -> None:
    """Three letters are not enough."""
    check_setting("currency", "usd")
    for code in ("EUX", "ZZZ", "EURO"):
        with pytest.raises(Refused) as refusal:
            check_setting("currency", code)
        assert (refusal.value.code, refusal.value.field) == ("bad_setting", "currency")
