"""The usage feed against its targets, as ratios of one run; run it from the project root.

`python -m tests.bench.bench_usage --help` tells what can be measured.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from catalog.kernel.database import open_engine
from tests.bench.usage_store import (
    Workload,
    add_history,
    bound,
    by_orm,
    clerk,
    copied,
    fed,
    fill,
    lock_times,
    peak_megabytes,
    raw_rows,
    write_file,
)
from tests.peers.postgres_peer import PostgresPeer

_SPAWN = multiprocessing.get_context("spawn")
_ORM_RECORDS = 500


def main(wanted: argparse.Namespace) -> Iterator[str]:
    """The table of targets, line by line."""
    load = Workload(wanted.records, wanted.lines)
    rows = load.records * 101 // 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "usage.csv"
        write_file(file, load)
        stored, base = raw_rows(file), _base(folder / "base.db", load)
        busy = f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"
        yield f"{rows:,} rows, {load.lines:,} lines, medians of {wanted.repeats}, {busy}\n"
        raw = _median(wanted, lambda place: bound(stored, place / "raw.db"), folder)
        yield _rate("bound: raw rows", rows, raw)
        whole = _median(wanted, lambda place: _sqlite(file, base, place), folder)
        yield _rate("SQLite, all at once", rows, whole, raw / whole, 0.5)
        again = _median(wanted, lambda place: _sqlite(file, base, place, times=2), folder) - whole
        yield _rate("the same file again", rows, again)
        yield from _with_clerk(wanted, file, base, folder, raw)
        orm = by_orm(open_engine(str(folder / "orm.db")), _ORM_RECORDS)
        per_record = orm / _ORM_RECORDS * rows
        yield _rate("ORM, a commit for each", rows, per_record)
        yield _line("against the ORM", per_record / whole, 200)
        if wanted.history:
            full = _base(folder / "old.db", load, wanted.history)
            old = _median(wanted, lambda place: _sqlite(file, full, place), folder)
            title = f"SQLite with {wanted.history:,} old records"
            yield _rate(title, rows, old, whole / old, 0.6)
        if wanted.postgres:
            yield from _on_postgres(wanted, file, load, stored)
        if wanted.memory:
            yield from _memory(load, folder)


def _median(wanted: argparse.Namespace, work: Callable[[Path], float], folder: Path) -> float:
    return median(_in_folder(work, folder) for _ in range(wanted.repeats))


def _in_folder(work: Callable[[Path], float], folder: Path) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return work(Path(place))


def _base(store: Path, load: Workload, history: int = 0) -> Path:
    """A store that each run has a copy of."""
    engine = open_engine(str(store))
    fill(engine, load.lines)
    if history:
        add_history(engine, history)
    engine.dispose()
    return store


def _copied(base: Path, place: Path) -> str:
    """A copy of a store that is on the disk, so that nobody else has to wait for it later."""
    store = place / "store.db"
    shutil.copy(base, store)
    with store.open("rb") as written:
        os.fsync(written.fileno())
    return str(store)


def _sqlite(file: Path, base: Path, place: Path, times: int = 1) -> float:
    engine = open_engine(_copied(base, place))
    spent = sum(fed(file, engine, at_once=True) for _ in range(times))
    engine.dispose()
    return spent


def _with_clerk(
    wanted: argparse.Namespace, file: Path, base: Path, folder: Path, raw: float
) -> Iterator[str]:
    """In slices while a clerk sells: the rate, the lock, and how long a sale took."""
    spent, locks, sales = [], list[float](), list[float]()
    for _ in range(wanted.repeats):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            store = _copied(base, Path(place))
            engine = open_engine(store)
            stop, times = _SPAWN.Event(), _SPAWN.Queue()
            seller = _SPAWN.Process(target=clerk, args=(store, stop, times))
            seller.start()
            with lock_times(engine) as held:
                spent.append(fed(file, engine, at_once=False))
            stop.set()
            sales += times.get(timeout=60)
            seller.join()
            locks += held
            engine.dispose()
    rows, whole = wanted.records * 101 // 100, median(spent)
    yield _rate("SQLite in slices, a clerk sells", rows, whole, raw / whole, 0.2)
    p50, p99 = _percentiles(locks)
    yield f"{'  write lock, ms':36}{p50:8.1f} p50 {p99:8.1f} p99   {_ok(p99 <= 50)} (50)\n"
    p50, p99 = _percentiles(sales)
    yield f"{'  sales meanwhile, ms':36}{p50:8.1f} p50 {p99:8.1f} p99   {len(sales)} sales\n"


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return 1000 * ordered[len(ordered) // 2], 1000 * ordered[len(ordered) * 99 // 100]


def _on_postgres(
    wanted: argparse.Namespace, file: Path, load: Workload, stored: list[Any]
) -> Iterator[str]:
    peer, rows = PostgresPeer("bench"), load.records * 101 // 100
    try:
        bare, spent = [], []
        for _ in range(wanted.repeats):
            with peer.database(empty=True) as url:
                engine = open_engine(url)
                bare.append(copied(stored, engine))
                engine.dispose()
            with peer.database(empty=True) as url:
                engine = open_engine(url)
                fill(engine, load.lines)
                spent.append(fed(file, engine, at_once=True))
                engine.dispose()
        copy, whole = median(bare), median(spent)
        yield _rate("bound: COPY", rows, copy)
        yield _rate("PostgreSQL", rows, whole, copy / whole, 0.25)
    finally:
        peer.stop()


def _memory(load: Workload, folder: Path) -> Iterator[str]:
    """The peak of two files, one three times as long as the other."""
    peaks = []
    for times in (1, 3):
        long = Workload(load.records * times, load.lines)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            file, store = Path(place) / "usage.csv", str(Path(place) / "store.db")
            write_file(file, long)
            engine = open_engine(store)
            fill(engine, load.lines)
            engine.dispose()
            answer = _SPAWN.Queue()
            process = _SPAWN.Process(target=peak_megabytes, args=(str(file), store, answer))
            process.start()
            peaks.append(answer.get(timeout=600))
            process.join()
        yield f"{f'  peak memory of {long.records:,}':36}{peaks[-1]:8,.0f} MB\n"
    growth = peaks[1] / peaks[0]
    yield f"{'memory, three times the file':36}{growth:8.2f} times      {_ok(growth < 1.3)} (1.3)\n"


def _rate(
    name: str, rows: int, seconds: float, ratio: float | None = None, target: float = 0
) -> str:
    rate = f"{name:36}{rows / seconds:12,.0f}/s"
    if ratio is None:
        return rate + "\n"
    return f"{rate}  {ratio:6.2f} {_ok(ratio >= target)} ({target})\n"


def _line(name: str, ratio: float, target: float) -> str:
    return f"{name:36}{'':14}  {ratio:6.0f} {_ok(ratio >= target)} ({target})\n"


def _ok(is_met: bool) -> str:
    return "ok    " if is_met else "not ok"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--history", type=int, default=100_000_000, help="0 leaves it out")
    parser.add_argument("--no-postgres", dest="postgres", action="store_false")
    parser.add_argument("--no-memory", dest="memory", action="store_false")
    for line in main(parser.parse_args()):
        sys.stdout.write(line)
        sys.stdout.flush()
