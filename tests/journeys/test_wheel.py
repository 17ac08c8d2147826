"""The built wheel, alone: the command works and the demo goods are in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files and its command, built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("esim_store-*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def run(installed: Path, folder: Path, *words: str) -> str:
    """The installed command's output, run far from the source tree."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [str(installed / "bin" / "esim-store"), *words],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_the_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    """The wheel installs the command `esim-store` with the version of pyproject."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in run(installed, tmp_path, "--version")


@pytest.mark.long
def test_the_demo_store_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Demo goods are found beside the installed package, migrations too."""
    store = str(tmp_path / "demo.db")
    run(installed, tmp_path, "--store", store, "init", "--demo")
    plans = json.loads(run(installed, tmp_path, "--store", store, "plans", "list", "--json"))
    assert len(plans["plans"]) >= 300
    checks = json.loads(run(installed, tmp_path, "--store", store, "doctor", "--json"))
    assert [check for check in checks["checks"] if not check["ok"]] == []


def test_screens_find_their_styles(installed: Path) -> None:
    """Every style sheet of the source tree is in the wheel."""
    sheets = {path.name for path in (ROOT / "store_app").rglob("*.tcss")}
    assert {path.name for path in (installed / "store_app").rglob("*.tcss")} == sheets
