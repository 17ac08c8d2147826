"""kill -9 in a bill run, and two runs at once: every bill is as if nothing had happened."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from catalog.kernel.clock import iso
from catalog.kernel.database import open_engine
from store_app.desk.context import Desk
from store_app.desk.invoices import list_invoices, run_bills, show_invoice
from store_app.desk.people import add_company
from store_app.desk.pools import add_pool
from tests.conftest import NOW
from tests.crash.bills_that_die import run
from tests.crash.own_processes import ended, started
from tests.office import assign, later, open_office, sound, use
from tests.shop import add_plans, add_stock
from tests.subscriptions import GB, plan

AS_OF = iso(NOW + timedelta(days=93)) or ""
BATCH = 4
"""Subscriptions in one transaction: with 14 accounts and three months many are needed."""
MOMENTS = (1, 2, 3, 5, 8, 13, 21, 34)
"""Early, late, before and after commits, and between the lines of a transaction."""


def fill(desk: Desk) -> None:
    """Two companies with lines of every kind and both pools, and usage in two of three months."""
    open_office(desk)
    add_company(desk, "Bolt", vat_rate="18")
    add_plans(desk, plan("monthly_bundle", sku="ADV", billing="advance", prorate=True))
    add_stock(desk, "MONTHLY_BUNDLE", 12, first=108)
    for kind in ("static_pool", "dynamic_pool"):
        add_pool(desk, kind, plan=kind.upper(), company="Acme")
    cards = [assign(desk, number) for number in range(4)]
    cards += [assign(desk, 4 + number, "PAY_PER_MB") for number in range(3)]
    cards += [assign(later(desk, 3), 7 + number, "ADV") for number in range(3)]
    cards += [assign(desk, 10 + number, "UNLIMITED") for number in range(2)]
    cards += [assign(desk, 12 + number, None, pool="static_pool") for number in range(2)]
    cards += [assign(desk, 14 + number, pool="dynamic_pool") for number in range(2)]
    for days in (5, 40):
        for number, card in enumerate(cards):
            desk_then = later(desk, days)
            use(desk_then, card, 11 * GB + number, desk_then.clock(), f"{days}/{number}")


def bills(desk: Desk) -> Counter[Any]:
    """Every bill without the name that chance gave it: its day, its totals, all that is on it."""
    found: Counter[Any] = Counter()
    for view in list_invoices(desk):
        items = sorted(
            (one.item, one.kind, one.quantity, one.unit_price_minor, one.amount_minor)
            for one in show_invoice(desk, view.ref).items
        )
        facts = (view.company, view.bill_on, view.net_minor, view.tax_minor, view.total_minor)
        found[(*facts, tuple(items))] += 1
    return found


@pytest.fixture(scope="module")
def undisturbed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Counter[Any]:
    """The bills of a run that nobody killed."""
    path = tmp_path_factory.mktemp("undisturbed") / "store.db"
    shutil.copyfile(sqlite_template, path)
    engine = open_engine(str(path))
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1")
    fill(desk)
    run_bills(desk, AS_OF)
    expected = bills(desk)
    engine.dispose()
    assert sum(expected.values()) > 4
    return expected


@pytest.fixture
def office(desk: Desk) -> Desk:
    """The same office on each engine, not billed yet."""
    fill(desk)
    desk.engine.dispose()  # children open the store for themselves
    return desk


def begin(desk: Desk, moment: int) -> BaseProcess:
    """Start the command in a process that dies at a moment."""
    return started(run, desk, moment, BATCH, AS_OF)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_was_killed_is_finished_by_the_next(
    office: Desk, undisturbed: Counter[Any], moment: int
) -> None:
    """Killed anywhere: the next run makes what is missing, nothing twice, all to the cent."""
    assert ended(begin(office, moment)) == -9
    assert ended(begin(office, 0)) == 0
    assert bills(office) == undisturbed
    assert run_bills(office, AS_OF).invoices == []
    assert sound(later(office, 93))


def test_two_runs_at_once_share_the_work(office: Desk, undisturbed: Counter[Any]) -> None:
    """Two processes bill at the same time: each period is billed by one of them."""
    runs = [begin(office, 0) for _ in range(2)]
    assert [ended(each) for each in runs] == [0, 0]
    ended(begin(office, 0))
    assert bills(office) == undisturbed
    assert sound(later(office, 93))


def test_two_runs_at_once_of_which_one_dies(office: Desk, undisturbed: Counter[Any]) -> None:
    """What one had in hand when it was killed is taken by the other, or by the next."""
    runs = [begin(office, 7), begin(office, 0)]
    assert [ended(each) for each in runs] in ([-9, 0], [0, 0])  # the other may have done it all
    ended(begin(office, 0))
    assert bills(office) == undisturbed
    assert sound(later(office, 93))
