"""Secrets that lie in files: read only where nobody but their owner can read them."""

from __future__ import annotations

import stat
from pathlib import Path

from pydantic import SecretStr

from catalog.kernel.errors import Refused


def read_secret(path: Path, what: str) -> SecretStr:
    """The first line of a file, or `Refused` with the command that closes it to others.

    `what` says what the file holds and what is not done: "holds a key; no card is offered".
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        held, _, undone = what.partition("; ")
        raise Refused(
            f"{path} {held} and others may read it (mode {mode:04o}); {undone}. "
            f"Run: chmod 600 {path}",
            code="open_key_file",
        )
    return SecretStr(path.read_text(encoding="utf-8").strip())
