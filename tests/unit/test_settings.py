"""Where the store is, who is at the register, and what an operator may set."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.kernel.errors import Refused
from catalog.kernel.settings import StoreSettings, read_setting
from store_app.settings import actor, log_file, register_id, store_address


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


def test_the_log_is_the_users_own(tmp_path: Path) -> None:
    """It lies in the user's folders, not beside the program."""
    assert log_file().is_relative_to(tmp_path)


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
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, text: str, code: str) -> None:
    """The person is told which one."""
    with pytest.raises(Refused) as refusal:
        read_setting(name, text)
    assert (refusal.value.code, refusal.value.field) == (code, name)
