"""Files, stocks and looks at them for the bench of the stock."""

from __future__ import annotations

import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event
from stdnum import luhn

from catalog.kernel.bulk import insert_rows
from catalog.kernel.database import open_engine, snapshot, transact
from catalog.kernel.ids import new_ids
from catalog.repository import plan_row
from catalog.stock.batches import Origin, begin_batch
from catalog.stock.blocks import read_blocks
from catalog.stock.frames import COLUMNS
from catalog.stock.loading import AS_NEW
from catalog.stock.lots import ESIMS, LOTS, Lot, new_lot
from catalog.stock.verdicts import Offer, Upload
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.sales import sell
from store_app.desk.shifts import open_shift
from store_app.desk.stock import stock_summary
from store_app.schema import METADATA
from tests.shop import add_plans, add_stock, plan
from tests.stock_files import upload

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
SKU = "ES-5GB-30D"
HOST = "smdp-plus.operator.example"


def card(number: int) -> str:
    """The ICCID of the n-th profile."""
    digits = f"893108{number:012}"
    return digits + str(luhn.calc_check_digit(digits))


def write_stock(path: Path, rows: int) -> None:
    """Profiles in the order of their cards, with matching ids in none."""
    chance = random.Random(7)
    with path.open("w", encoding="ascii") as stream:
        stream.write("ICCID,Activation code,Plan SKU,MSISDN,PIN1,PUK1\n")
        for number in range(rows):
            code = f"LPA:1${HOST}${chance.getrandbits(64):016X}-{number:08}"
            stream.write(f"{card(number)},{code},{SKU},316{number:08},0000,{number:08}\n")


def prepare(engine: Engine) -> Desk:
    """A shop with a plan, three profiles of it, and an open shift."""
    METADATA.create_all(engine)
    desk = Desk(engine, lambda: NOW, "bench", "R1")
    add_plans(desk, plan())
    add_stock(desk, SKU, 3, first=900_000)
    open_shift(desk, float_amount="100.00")
    return desk


def bare(desk: Desk, path: Path) -> float:
    """Seconds to insert the rows of a file as they are stored, in one transaction, unchecked."""
    with snapshot(desk.engine) as session:
        offers = {SKU: Offer(plan_row(session, SKU).id, "")}
    terms = Upload("Telefonica", "", offers, "EUR", NOW.date())
    with path.open("rb") as file:
        parts = [block.profiles for block in read_blocks(file, terms)]
    ready = [
        {name: part[name].to_list() for name in COLUMNS}
        | {"id": new_ids(part.height), "lot": 99, **AS_NEW}
        for part in parts
    ]

    def work(session: Any) -> None:
        for columns in ready:
            insert_rows(session, ESIMS, columns)

    return seconds(lambda: transact(desk.engine, work))


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def uploaded(desk: Desk, path: Path, *, dry_run: bool = False) -> float:
    """Seconds to upload a file with all checks, and to approve it."""
    return seconds(lambda: upload(desk, path, dry_run=dry_run, approve=not dry_run))


@contextmanager
def busiest(engine: Engine) -> Iterator[list[float]]:
    """Seconds that each writing transaction of the engine took."""
    times, began = [0.0], [0.0]

    def begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading")
        began[0] = 0.0 if reading else perf_counter()

    def end(_connection: Any) -> None:
        if began[0]:
            times.append(perf_counter() - began[0])

    event.listen(engine, "begin", begin)
    event.listen(engine, "commit", end)
    yield times
    event.remove(engine, "begin", begin)
    event.remove(engine, "commit", end)


def peak_megabytes(path: str, store: str, answer: Any) -> None:
    """The most memory that uploading a file takes, in a process of its own."""
    uploaded(prepare(open_engine(store)), Path(path))
    answer.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def big_stock(engine: Engine, rows: int) -> None:
    """So many profiles of one plan on sale, in lots of a hundredth part each."""
    origin = Origin("big", "big", "", None, "bench", NOW)
    batch = transact(engine, lambda session: begin_batch(session, origin))
    size = rows // 100
    for first in range(0, rows, size):
        numbers = range(first + 1_000, first + 1_000 + size)
        transact(engine, lambda session, numbers=numbers: _add_lot(session, batch.id, numbers))  # type: ignore[misc]  # bound at once


def _add_lot(session: Any, batch_id: str, numbers: range) -> None:
    plan_id = session.execute(LOTS.select().limit(1)).one().plan_id
    lot = new_lot(session, batch_id, Lot(plan_id, "", None))
    opened = {"is_open": True, "loaded": len(numbers)}
    session.execute(LOTS.update().where(LOTS.c.number == lot).values(opened))
    cards, codes = [card(number) for number in numbers], [f"BIG-{n:010}" for n in numbers]
    own = {"id": new_ids(len(cards)), "iccid": cards, "iccid_key": cards, "matching_id": codes}
    fixed: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    fixed |= dict.fromkeys(("confirmation_required", "reusable"), 0)
    fixed |= {"plan_id": plan_id, "lot": lot, "line_kind": "esim"}
    fixed |= {"smdp_address": HOST, "smdp_key": HOST}
    fixed |= dict.fromkeys(("cost_minor", "install_by"))
    insert_rows(session, ESIMS, fixed | AS_NEW | own)


def looks(desk: Desk, rows: int) -> dict[str, float]:
    """Milliseconds of a summary, of a look at one eSIM, and of a sale."""
    chance = random.Random(3)

    def show() -> None:
        show_esim(desk, card(1_000 + chance.randrange(rows)))

    def sale() -> None:
        sell(desk, sku=SKU, pay="cash", key=f"k{chance.getrandbits(60)}")

    works = {"stock summary": lambda: stock_summary(desk), "eSIM by ICCID": show, "cash sale": sale}
    found = {}
    for name, work in works.items():
        for _ in range(20):
            work()
        found[name] = 1000 * median(seconds(work) for _ in range(200))
    return found
