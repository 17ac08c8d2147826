"""What a month is: data at full speed, its VAT, the operator's clock, readings of two months."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from store_app.desk import invoices
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.upkeep import doctor
from store_app.desk.usage import import_usage
from tests.golden import Use, instant
from tests.golden_subscriptions import (
    BEFORE,
    DAY_2,
    FEB,
    FEB_10,
    MARCH_1,
    MARCH_2,
    MB,
    START,
    Assign,
    Bill,
    Step,
    opened,
)
from tests.model.records import Row
from tests.model.usage_files import usage_file
from tests.shop import at, iccid


@pytest.mark.parametrize(
    ("steps", "look", "left"),
    [
        ([Assign(START, "DAILY"), Use(DAY_2, 29 * MB - 1)], "2024-02-01 23:59:59", 1),
        ([Assign(START, "DAILY"), Use(DAY_2, 30 * MB)], "2024-02-01 23:59:59", 0),
        ([Assign(START, "DAILY"), Use(DAY_2, 30 * MB)], "2024-02-02 00:00:00", 29 * MB),
        ([Assign(START, "MONTHLY"), Use(DAY_2, 29 * MB)], BEFORE, 0),
        ([Assign(START, "MONTHLY"), Use(DAY_2, 29 * MB)], FEB, 29 * MB),
        (
            [
                Assign(START, "MONTHLY-PARTS"),
                Use(DAY_2, 10 * MB),
                Assign(FEB_10, "MONTHLY-BIG"),
            ],
            FEB_10,
            38 * MB,
        ),
        ([Assign(START, "BUNDLE"), Use(DAY_2, MB), Assign(FEB_10, "MONTHLY")], FEB_10, 29 * MB),
    ],
)
def test_high_speed(
    sqlite_desk: Desk, tmp_path: Path, steps: list[Step], look: str, left: int
) -> None:
    """What is left at full speed, on a day or in a month; plans in one month share it by days."""
    opened(sqlite_desk, tmp_path).play(steps)
    view = show_esim(at(sqlite_desk, instant(look)), iccid(1))
    assert (view.high_speed_left_bytes, view.throttled) == (left, not left)


def test_vat_is_rounded_once_a_bill(sqlite_desk: Desk, tmp_path: Path) -> None:
    """5 % of 2.90 would be 0.15 twice; of both together it is 0.29."""
    transact(sqlite_desk.engine, lambda session: set_setting(session, "vat_rate", "5"))
    office = opened(sqlite_desk, tmp_path)
    office.play([Assign(START, "MB"), Assign(START, "MB", of=1), Bill(FEB)])
    (view,) = invoices.list_invoices(at(sqlite_desk, instant(FEB)))
    assert (view.net_minor, view.tax_minor, view.total_minor) == (580, 29, 609)


@pytest.mark.parametrize(
    ("began", "ends"),
    [
        ("2024-02-29 12:00:00", "2024-03-29 12:00:00"),
        ("2024-03-10 10:00:00", "2024-04-10 09:00:00"),
        ("2024-09-30 10:00:00", "2024-10-30 11:00:00"),
        ("2024-02-10 23:30:00", "2024-03-10 23:30:00"),
    ],
)
def test_months_follow_the_operators_clock(
    sqlite_desk: Desk, tmp_path: Path, began: str, ends: str
) -> None:
    """In Amsterdam an hour is lost in March and comes back in October."""
    transact(sqlite_desk.engine, lambda s: set_setting(s, "time_zone", "Europe/Amsterdam"))
    opened(sqlite_desk, tmp_path).play([Assign(began, "BUNDLE")])
    view = show_esim(at(sqlite_desk, instant(began)), iccid(1))
    assert view.period_ends_at == instant(ends)


def test_readings_of_one_file_count_by_their_start(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Two of two months, with event ids that sort the other way round, in either order."""
    office = opened(sqlite_desk, tmp_path)
    office.play([Assign(START, "BUNDLE"), Assign(START, "BUNDLE", of=1)])
    now = at(sqlite_desk, instant(MARCH_2))
    for number in (1, 2):
        rows = [
            Row(f"{number}-e9", iccid(number), instant(DAY_2), 3, "NL", counter=True),
            Row(f"{number}-e10", iccid(number), instant(MARCH_1), 5, "NL", counter=True),
        ]
        file = usage_file(tmp_path, rows if number == 1 else rows[::-1])
        import_usage(now, file, source=f"mno{number}")
        assert show_esim(now, iccid(number)).data_used_bytes == 2
    assert [check for check in doctor(now) if not check.ok] == []
