"""lpac, the phone-side program (LPA) of Debian, put into the running environment: run it once.

One that is on the path already serves. Otherwise apt fetches Debian's own, signatures checked,
with every library it needs down to the C library, from the mirror that this system names; nothing
is installed into the system and no rights are needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HOME = Path(sys.prefix, "lpac")
_SUITE = "sid"  # no release of Debian has it yet
_MIRROR = re.compile(r"https?://\S+/debian(?=/?\s)")
_KEYS = re.compile(r"[\w/.-]+/debian-archive-keyring\.(?:gpg|pgp)")


def command() -> list[str]:
    """How lpac is started; raises when it is missing."""
    loaders = sorted(HOME.glob("usr/lib/*/ld-linux*.so*"))
    if loaders:
        libraries = str(loaders[0].parent)
        return [str(loaders[0]), "--library-path", libraries, str(HOME / "usr/bin/lpac")]
    found = shutil.which("lpac")
    if not found:
        raise RuntimeError("lpac is missing: run `python tests/peers/lpac_install.py`.")
    return [found]


def ensure_installed() -> None:
    """Bring it when it is missing; raises when that fails."""
    if shutil.which("lpac") or HOME.exists():
        return
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _fetch(folder)
        draft = HOME.with_suffix(".draft")
        for package in folder.glob("cache/archives/*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(draft)], check=True)
        shutil.rmtree(draft / "usr/share")
        draft.replace(HOME)


def _fetch(folder: Path) -> None:
    for name in ("state/lists/partial", "cache/archives/partial", "none"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(_source())
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": folder / "none",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    for words in (["update"], ["--yes", "--download-only", "install", "lpac"]):
        subprocess.run([*apt, *words], check=True, env=os.environ | {"LC_ALL": "C"})


def _source() -> str:
    """Debian's mirror and keys as this system's own lists name them."""
    shell = (
        "eval $(apt-config shell L Dir::Etc::sourcelist/f P Dir::Etc::sourceparts/d); cat $L $P/*"
    )
    lists = subprocess.run(["sh", "-c", shell], check=False, capture_output=True, text=True).stdout
    mirror, keys = _MIRROR.search(lists), _KEYS.search(lists)
    if not mirror:
        raise RuntimeError("lpac comes from Debian, and no Debian mirror is set here.")
    signed = f"[signed-by={keys[0]}] " if keys else ""
    return f"deb {signed}{mirror[0]} {_SUITE} main\n"


if __name__ == "__main__":
    ensure_installed()
