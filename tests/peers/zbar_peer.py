"""zbar as a second opinion on QR codes: built from the sources in PyPI's `zbar-py`.

Run it once to build it into the running environment; it needs no package of the system. Without
a C compiler the one in the `ziglang` wheel does the work and is thrown away after.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

REQUIREMENT = "zbar-py==1.0.4"
COMPILER = "ziglang>=0.13"
# Later setuptools refuse the dash in the package's `description-file`.
BUILD_CONSTRAINT = "setuptools>=75,<81"


def ensure_installed() -> None:
    """Build zbar into the running environment unless it is there; raises when that fails."""
    if importlib.util.find_spec("zbar"):
        return
    if not importlib.util.find_spec("pip"):
        _python("ensurepip")
    with TemporaryDirectory() as scratch:
        constraint = Path(scratch, "constraint.txt")
        constraint.write_text(BUILD_CONSTRAINT + "\n")
        variables = {"PIP_CONSTRAINT": str(constraint), "PIP_BUILD_CONSTRAINT": str(constraint)}
        if not any(map(shutil.which, ("cc", "gcc", "clang"))):
            _pip("install", "--target", scratch, COMPILER)
            variables["CC"] = f"{Path(scratch, 'ziglang', 'zig')} cc"
        _pip("install", "--no-deps", "--no-cache-dir", REQUIREMENT, **variables)
    importlib.invalidate_caches()
    importlib.import_module("zbar")


def decode(gray: Any, kind: str = "QR-Code") -> list[str]:
    """The texts of the codes of a kind in a two-dimensional uint8 array; dark on light only."""
    try:
        zbar = importlib.import_module("zbar")
    except ImportError as missing:
        raise RuntimeError("zbar is missing: run `python tests/peers/zbar_peer.py`.") from missing
    found = zbar.Scanner().scan(gray)
    return [symbol.data.decode() for symbol in found if symbol.type == kind]


def _pip(*arguments: str, **variables: str) -> None:
    _python("pip", "--disable-pip-version-check", "--quiet", *arguments, **variables)


def _python(*arguments: str, **variables: str) -> None:
    command = [sys.executable, "-m", *arguments]
    subprocess.run(command, check=True, env=os.environ | variables)


if __name__ == "__main__":
    ensure_installed()
