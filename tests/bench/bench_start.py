"""From start to the first painted plans, against an empty Textual app; run from the root.

`python -m tests.bench.bench_start [plans] [runs]`
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import ptyprocess

from catalog.kernel.sqlite_file import close_file
from store_app.bootstrap import init, open_desk
from tests.bench.verdict import verdict
from tests.shop import add_plans, plan
from tests.terminal import ROOT

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
EMPTY = "from textual.app import App; from textual.widgets import Label\n"
EMPTY += "class Empty(App):\n    def compose(self): yield Label('Painted')\nEmpty().run()"


def milliseconds(program: list[str], sign: bytes) -> float:
    """The time from the start of a program until a text is on its way to the screen."""
    began = perf_counter()
    process = ptyprocess.PtyProcess.spawn(
        [sys.executable, *program],
        cwd=str(ROOT),
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        dimensions=(24, 80),
    )
    seen = b""
    while sign not in seen:
        seen += process.read(65536)
    spent = 1000 * (perf_counter() - began)
    process.close(force=True)
    return spent


def main(plans: int, runs: int) -> None:
    """Write the medians and their ratios; runs alternate, so that noise meets all alike."""
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "store.db")
        init(store)
        desk = open_desk(store)
        add_plans(desk, *(plan(sku=f"P-{n:05d}", name=f"Plan {n:05d}") for n in range(plans)))
        desk.engine.dispose()
        close_file(Path(store))
        ways = {
            "an empty app": (["-c", EMPTY], b"Painted"),
            "the storefront": (["-m", "store_app", "--store", store], b"eSIM Store"),
            "its first plans": (["-m", "store_app", "--store", store], b"Plan 00001"),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, (program, sign) in ways.items():
                times[name].append(milliseconds(program, sign))
    floor = median(times.pop("an empty app"))
    for name, spent in times.items():
        ratio, beside = median(spent) / floor, f"{median(spent):.0f} / {floor:.0f} ms"
        sys.stdout.write(verdict(f"{name}, in empty apps", ratio, at_most=2.5, beside=beside))


if __name__ == "__main__":
    main(*([int(text) for text in sys.argv[1:]] or [5_000, 9]))
