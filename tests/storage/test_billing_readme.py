"""The example of the billing core's README runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_runs(tmp_path: Path) -> None:
    """Copied out of the page, it makes a store, feeds usage and prints the balance."""
    page = (ROOT / "checkout/billing/README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    applied, state = done.stdout.splitlines()
    assert applied == "1"
    assert "left_bytes=4250000000" in state
    assert "status='active'" in state
