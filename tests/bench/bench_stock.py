"""Uploads and large stocks against their targets, as ratios of one run; run it from the root.

`python -m tests.bench.bench_stock --help` tells what can be measured.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from catalog.kernel.database import open_engine
from tests.bench.stock_store import (
    bare,
    big_stock,
    busiest,
    looks,
    peak_megabytes,
    prepare,
    uploaded,
    write_stock,
)
from tests.bench.verdict import verdict
from tests.peers.postgres_peer import PostgresPeer

_SPAWN = multiprocessing.get_context("spawn")


def main(wanted: argparse.Namespace) -> Iterator[str]:
    """The table of targets, line by line."""
    busy = f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"
    yield f"{wanted.rows:,} rows, medians of {wanted.repeats}, {busy}\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "stock.csv"
        write_stock(file, wanted.rows)
        yield from _imports(wanted, file, folder)
        if wanted.memory:
            yield from _memory(wanted.rows, folder)
        yield from _sizes(wanted, folder)


def _imports(wanted: argparse.Namespace, file: Path, folder: Path) -> Iterator[str]:
    """The upload with all checks beside the same rows inserted with none, on each engine."""
    peer = PostgresPeer(f"stock-{os.getpid()}")  # its own: it is stopped at the end
    try:
        for what in ("SQLite", "PostgreSQL")[: 1 + wanted.postgres]:
            times = [_one_import(what, file, folder, peer) for _ in range(wanted.repeats)]
            raw, whole, dry, lock = (median(each) for each in zip(*times, strict=True))
            rate = wanted.rows / whole
            spent = f"bare {raw:.1f} s, upload {whole:.1f} s ({rate:,.0f}/s), dry run {dry:.1f} s"
            yield verdict(
                f"{what}: of a bare insert's speed", raw / whole, at_least=0.5, beside=spent
            )
            yield verdict(f"{what}: dry run, of the same", raw / dry)
            yield verdict(f"{what}: longest transaction, ms", 1000 * lock)
    finally:
        peer.stop()


def _one_import(
    what: str, file: Path, folder: Path, peer: PostgresPeer
) -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        if what == "SQLite":
            stores = [str(Path(place) / name) for name in ("bare.db", "store.db")]
            return _timed(file, *stores)
        with peer.database() as first, peer.database() as second:
            return _timed(file, first, second)


def _timed(file: Path, first: str, second: str) -> tuple[float, float, float, float]:
    engine = open_engine(first)
    raw = bare(prepare(engine), file)
    engine.dispose()
    engine = open_engine(second)
    desk = prepare(engine)
    dry = uploaded(desk, file, dry_run=True)
    with busiest(engine) as held:
        whole = uploaded(desk, file)
    engine.dispose()
    return raw, whole, dry, max(held)


def _memory(rows: int, folder: Path) -> Iterator[str]:
    """The peak of two files, one three times as long as the other."""
    peaks = []
    for times in (1, 3):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            file, store = Path(place) / "stock.csv", str(Path(place) / "store.db")
            write_stock(file, rows * times // 2)
            answer = _SPAWN.Queue()
            process = _SPAWN.Process(target=peak_megabytes, args=(str(file), store, answer))
            process.start()
            peaks.append(answer.get(timeout=1_200))
            process.join()
    spent = f"{peaks[0]:.0f} MB, {peaks[1]:.0f} MB"
    yield verdict("memory, three times the file", peaks[1] / peaks[0], at_most=1.3, beside=spent)


def _sizes(wanted: argparse.Namespace, folder: Path) -> Iterator[str]:
    """What is asked all day, of a small stock and of a large one."""
    desks = []
    for rows in (wanted.large // 100, wanted.large):
        engine = open_engine(str(folder / f"{rows}.db"))
        desks.append((prepare(engine), rows))
        big_stock(engine, rows)
    turns = [[looks(desk, rows) for desk, rows in desks] for _ in range(5)]  # noise meets both
    small, large = (
        {name: median(turn[place][name] for turn in turns) for name in turns[0][place]}
        for place in range(2)
    )
    for desk, _ in desks:
        desk.engine.dispose()
    for name in small:
        spent = f"{small[name]:.2f} ms, {large[name]:.2f} ms of {wanted.large:,}"
        yield verdict(f"{name}, large stock", large[name] / small[name], at_most=1.5, beside=spent)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-postgres", dest="postgres", action="store_false")
    parser.add_argument("--no-memory", dest="memory", action="store_false")
    for line in main(parser.parse_args()):
        sys.stdout.write(line)
        sys.stdout.flush()
