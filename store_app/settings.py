"""Where things are on this machine: the store, the log file, and who stands at which register."""

from __future__ import annotations

import getpass
import os
import shlex
from pathlib import Path

_PROGRAM = "esim-store"
DEMO = "demo"
"""The store to try things out with, by its name: it lies in the user's data folder."""


def store_address(option: str | None) -> str:
    """The store's path or URL: the option, `ESIM_STORE_URL`, or a file in the user's data folder.

    The word `demo` names the store that `make run` opens.
    """
    named = (option or os.environ.get("ESIM_STORE_URL") or "").strip()
    if named in ("", DEMO):
        return str(_data_folder() / f"{named or 'store'}.db")
    return named


def _data_folder() -> Path:
    import platformdirs

    return platformdirs.user_data_path(_PROGRAM, appauthor=False)


def register_id() -> str:
    """The register that this process is: `ESIM_STORE_REGISTER`, or R1."""
    return os.environ.get("ESIM_STORE_REGISTER", "").strip() or "R1"


def actor() -> str:
    """Who is at the register: `ESIM_STORE_ACTOR`, or the name of the system's user."""
    named = os.environ.get("ESIM_STORE_ACTOR", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without user names
        return "clerk"


def stripe_key() -> str:
    """The key to a Stripe account in `ESIM_STORE_STRIPE_KEY`; empty when there is none."""
    return os.environ.get("ESIM_STORE_STRIPE_KEY", "").strip()


def stripe_key_file() -> Path:
    """Where the key lies otherwise: `ESIM_STORE_STRIPE_KEY_FILE`, or beside the theme."""
    return _own_file("ESIM_STORE_STRIPE_KEY_FILE", "stripe-key")


def _own_file(variable: str, name: str) -> Path:
    """A file that a variable names, or one of this name in the user's config folder."""
    import platformdirs

    named = os.environ.get(variable, "").strip()
    if named:
        return Path(named).expanduser()
    return platformdirs.user_config_path(_PROGRAM, appauthor=False) / name


def stripe_base() -> str:
    """Another address than Stripe's, for tests with a test key: `ESIM_STORE_STRIPE_BASE`."""
    return os.environ.get("ESIM_STORE_STRIPE_BASE", "").strip()


def mail_password() -> str:
    """The mail server's password in `ESIM_STORE_MAIL_PASSWORD`; empty when there is none."""
    return os.environ.get("ESIM_STORE_MAIL_PASSWORD", "")


def mail_password_file() -> Path:
    """Where it lies otherwise: `ESIM_STORE_MAIL_PASSWORD_FILE`, or beside the theme."""
    return _own_file("ESIM_STORE_MAIL_PASSWORD_FILE", "mail-password")


def print_command() -> list[str]:
    """What prints a text that it is given: `ESIM_STORE_PRINT`, such as `lp -d till`; or nothing."""
    return shlex.split(os.environ.get("ESIM_STORE_PRINT", ""))


def paper_folder() -> Path:
    """Where a text for the printer is written; the folder is made by who writes it."""
    return _data_folder() / "paper"


def theme_file() -> Path:
    """Where the chosen theme is kept; the folder is made by who writes it."""
    import platformdirs

    return platformdirs.user_config_path(_PROGRAM, appauthor=False) / "theme"


def log_file() -> Path:
    """Where the log is written; the folder is made by who writes it."""
    import platformdirs

    return platformdirs.user_log_path(_PROGRAM, appauthor=False) / f"{_PROGRAM}.log"
