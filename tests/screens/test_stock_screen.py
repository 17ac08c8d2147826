"""The stock: levels in words, uploads with a dry run first, decisions with a question."""

from __future__ import annotations

import csv
import doctest
import shlex
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, Select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError
from catalog.kernel.tables import RequestRow
from catalog.stock.import_stock import StockImport
from catalog.stock.summary import StockLevel
from store_app.desk.catalogue import import_plans
from store_app.desk.context import Desk
from store_app.desk.stock import import_stock, list_batches, stock_summary
from store_app.row_error_file import write_errors
from store_app.screens import file_dialog, stock_words
from store_app.screens.file_dialog import Progress, Reporter
from store_app.screens.stock import StockScreen
from store_app.screens.stock_words import level_rows, typed_path
from store_app.shell import Shell
from store_app.widgets.lazy_list import Toned
from tests.screens.counter_store import PLANS, fill_plans, iccid, stock_file
from tests.screens.shown import dialog, shown, status
from tests.screens.waiting import until

SIZES = [(80, 24), (120, 40)]


def host(desk: Desk) -> Shell:
    """The shell with this place alone."""
    return Shell({"stock": lambda: StockScreen(desk)})


@pytest.fixture
def store(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """Two plans, one of them sold out, and one approved upload of three profiles."""
    fill_plans(sqlite_desk, tmp_path, count=3)
    return sqlite_desk


async def read(pilot: Pilot[None]) -> None:
    """The screen when the stock has been read."""
    await until(pilot, lambda: "Reading" not in shown(pilot) and "Plan" in shown(pilot))


async def checked(pilot: Pilot[None], path: str, operator: str = "telefonica") -> None:
    """Ask for an upload of this path and wait for the verdict."""
    await read(pilot)
    await pilot.press("u")
    await dialog(pilot, "Upload a stock file")
    pilot.app.screen.query_one("#field-0", Input).value = path
    pilot.app.screen.query_one("#field-3", Input).value = operator
    await pilot.press("f10")
    await dialog(pilot, "Checked:")


@pytest.mark.parametrize("size", SIZES)
async def test_levels_and_uploads(store: Desk, size: tuple[int, int]) -> None:
    """Low and sold out stand in words beside the numbers."""
    async with host(store).run_test(size=size) as pilot:
        await read(pilot)
        await until(pilot, lambda: "B-000001" in shown(pilot) and "sold out" in shown(pilot))
        lines = shown(pilot).splitlines()
        spain = next(line for line in lines if "ES-5GB-30D" in line)
        france = next(line for line in lines if "FR-1GB-7D" in line)
        assert spain.split()[-4:] == ["3", "0", "0", "low"]
        assert "“+9 generic”: 9 more that fit any plan" in lines[1]
        assert france.rstrip().endswith("sold out")
        assert "approved" in shown(pilot)


async def test_an_empty_store_says_what_to_do(sqlite_desk: Desk) -> None:
    """Both lists name the next step."""
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "plans import FILE" in shown(pilot))
        assert "Press u to upload" in shown(pilot)


async def test_upload_after_a_dry_run(store: Desk, tmp_path: Path) -> None:
    """Verdict, question, upload, approval: each step before anything is kept."""
    file = stock_file(tmp_path, "more stock.csv", range(2, 8))
    file.write_text(file.read_text() + "123,LPA:1$bad\n")
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, f"'{file}' ")
        assert "5 accepted, 2 rejected (1 of them duplicates)" in shown(pilot)
        await until(pilot, lambda: "there already: in batch B-000001" in shown(pilot))
        assert len(list_batches(store)) == 1
        await pilot.press("u")
        await dialog(pilot, "5 profiles will wait for approval; 2 rows are refused.")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: "B-000002: 5 profiles wait" in status(pilot))
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "batches")
        await pilot.press("enter")
        await dialog(pilot, "a Approve")
        assert "Roll back" not in shown(pilot)
        await pilot.press("a")
        await dialog(pilot, "Approve B-000002?")
        assert pilot.app.focused is pilot.app.screen.query_one("#no")
        await pilot.press("y")
        await until(pilot, lambda: "B-000002 is approved: 5 profiles kept" in status(pilot))
    generic = [level for level in stock_summary(store) if level.sku is None]
    assert [level.available for level in generic] == [5]


async def test_cards_are_uploaded_by_the_keys_alone(store: Desk, tmp_path: Path) -> None:
    """The kind is chosen with the arrows; rows without a code are accepted, and it is said."""
    file = tmp_path / "cards.csv"
    file.write_text(f"iccid\n{iccid(7)}\n{iccid(8)}\n")
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, str(file))
        assert "0 accepted, 2 rejected" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: status(pilot) == "Nothing was uploaded.")
        await pilot.press("u")
        await dialog(pilot, "Upload a stock file")
        pilot.app.screen.query_one("#field-0", Input).value = str(file)
        assert "File: type, paste or drag" in shown(pilot), "the first label scrolled away"
        await pilot.press("enter", "tab", "enter", "down", "enter")
        assert pilot.app.screen.query_one("#field-2", Select).value == "sim"
        await pilot.press("tab", *"telefonica", "enter")
        await dialog(pilot, "physical SIMs")
        await dialog(pilot, "2 accepted, 0 rejected")
        await pilot.press("u", "y")
        await until(pilot, lambda: "B-000002: 2 profiles wait" in status(pilot))
    with snapshot(store.engine) as session:
        kinds = session.exec(select(EsimRow.line_kind).where(EsimRow.matching_id == "")).all()
    assert list(kinds) == ["sim", "sim"]


async def test_one_operator_is_filled_in_and_enter_goes_on(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    """A store of one operator need not be told; Enter in the last field checks the file."""
    plans = tmp_path / "plans.toml"
    plans.write_text(PLANS.replace("Orange", "Telefonica"), encoding="utf-8")
    import_plans(sqlite_desk, plans)
    file = stock_file(tmp_path, "first.csv", range(3))
    async with host(sqlite_desk).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("u")
        await dialog(pilot, "Upload a stock file")
        operator = pilot.app.screen.query_one("#field-3", Input)
        assert (operator.value, operator.placeholder) == ("Telefonica", "name of the operator")
        pilot.app.screen.query_one("#field-0", Input).value = str(file)
        operator.focus()
        await pilot.press("enter")
        await dialog(pilot, "Checked: 3 accepted")


async def test_a_remark_is_told_apart_from_a_refusal(store: Desk, tmp_path: Path) -> None:
    """Accepted rows with a remark stand after the refused ones; each remark is told once."""
    file = stock_file(tmp_path, "more.csv", range(5, 8))
    lower = "".join(f"{iccid(9 + n)},LPA:1$smdp.example.com$test-{n}\n" for n in range(3))
    file.write_text(file.read_text() + lower + "123,LPA:1$bad\n")
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, str(file))
        assert "6 accepted, 1 rejected (0 of them duplicates). 3 remarks." in shown(pilot)
        lines = shown(pilot).splitlines()
        assert any("refused  " in line and " 8  " in line for line in lines)
        assert sum("accepted  " in line for line in lines) == 1, "the same remark is told once"
        assert any("accepted  " in line and " 5  " in line for line in lines)


async def test_a_new_operator_is_told_before_the_upload(store: Desk, tmp_path: Path) -> None:
    """With the verdict, and again in the question; it is taken all the same."""
    file = stock_file(tmp_path, "more.csv", range(5, 8))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, str(file), operator="Telefonca")
        assert "“Telefonca” is new here; it is close to “Telefonica”." in shown(pilot)
        await pilot.press("u")
        await dialog(pilot, "3 profiles will wait for approval")
        assert "is new here" in shown(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "B-000002: 3 profiles wait" in status(pilot))


async def test_esc_after_the_dry_run_keeps_nothing(store: Desk, tmp_path: Path) -> None:
    """One step back, no batch."""
    file = stock_file(tmp_path, "more.csv", range(5, 8))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, file.as_uri())
        assert "Press u to upload" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: status(pilot) == "Nothing was uploaded.")
        assert isinstance(pilot.app.screen, StockScreen)
    assert len(list_batches(store)) == 1


async def test_cancel_in_the_middle_leaves_nothing(
    store: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Esc after three rows of the real upload: the screen lives, no row is kept."""
    monkeypatch.setattr("catalog.stock.import_stock.CHUNK", 1)
    gate, begun = Event(), Event()

    def halting(desk: Desk, path: Path, **options: Any) -> StockImport:
        report = options["progress"]

        def progress(done: int, total: int | None) -> None:
            report(done, total)
            if done == 3 and not options["dry_run"]:
                begun.set()
                assert gate.wait(10)

        return import_stock(desk, path, **{**options, "progress": progress})

    monkeypatch.setattr("store_app.desk.stock.import_stock", halting)
    file = stock_file(tmp_path, "long.csv", range(5, 40))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, str(file))
        await pilot.press("u")
        await dialog(pilot, "Upload the accepted rows?")
        await pilot.press("y")
        await until(pilot, begun.is_set)
        await pilot.press("escape")
        await dialog(pilot, "Cancelling")
        gate.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, StockScreen))
        await until(pilot, lambda: status(pilot) == "Nothing was uploaded.")
    assert [level.available for level in stock_summary(store) if level.sku is None] == []
    assert len(list_batches(store)) == 1


async def test_a_known_file_is_refused_in_the_dialog(store: Desk, tmp_path: Path) -> None:
    """The sentence names the batch; Esc leaves."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("u")
        await dialog(pilot, "Upload a stock file")
        await pilot.press("f10")
        await dialog(pilot, "Which file?")
        await pilot.press("x", "f10")
        await dialog(pilot, "There is no file at")
        pilot.app.screen.query_one("#field-0", Input).value = str(tmp_path / "first.csv")
        pilot.app.screen.query_one("#field-3", Input).value = "Telefonica"
        await pilot.press("f10")
        await dialog(pilot, "already uploaded as batch")
        await pilot.press("u", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, StockScreen))


async def test_roll_back_asks_and_tells(store: Desk) -> None:
    """An approved batch offers only the way back; its unsold profiles go."""
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("tab", "enter")
        await dialog(pilot, "b Roll back")
        assert "Approve" not in shown(pilot)
        await pilot.press("b")
        await dialog(pilot, "Roll back B-000001?")
        await pilot.press("y")
        await until(pilot, lambda: "rolled back: 0 profiles kept, 3 removed" in status(pilot))
    with snapshot(store.engine) as session:
        keys = session.exec(select(RequestRow.key).where(RequestRow.verb == "stock rollback")).all()
    assert len(keys) == 1


async def test_refused_rows_are_saved_once(store: Desk, tmp_path: Path) -> None:
    """The file lies beside the stock file; an existing one is never overwritten."""
    file = stock_file(tmp_path, "bad.csv", range(1))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await checked(pilot, str(file))
        assert not pilot.app.screen.check_action("submit", ())
        await pilot.press("s")
        await dialog(pilot, "Save the refused rows")
        await pilot.press("f10")
        await dialog(pilot, "Checked:")
        saved = tmp_path / "bad-errors.csv"
        with saved.open(encoding="utf-8", newline="") as lines:
            assert next(csv.DictReader(lines))["line"] == "2"
        await pilot.press("s")
        await dialog(pilot, "Save the refused rows")
        await pilot.press("f10")
        await dialog(pilot, "is there already")


async def test_all_refused_rows_of_a_batch_are_saved(
    store: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that the list is too short for."""
    monkeypatch.setattr("store_app.screens.stock.SHOWN_ERRORS", 1)
    text = f"ICCID,LPA\n1,x\n2,x\n{iccid(50)},LPA:1$smdp.example.com$SAVED-50\n"
    (tmp_path / "bad.csv").write_text(text)
    import_stock(store, tmp_path / "bad.csv", operator="Telefonica")
    async with host(store).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "bad.csv" in shown(pilot))
        await pilot.press("tab", "enter")
        await dialog(pilot, "1 accepted, 2 rejected")
        await pilot.press("s")
        await dialog(pilot, "Save the refused rows")
        saved = tmp_path / "saved.csv"
        pilot.app.screen.query_one(Input).value = str(saved)
        await pilot.press("f10")
        await dialog(pilot, "1 accepted, 2 rejected")
        with saved.open(encoding="utf-8", newline="") as lines:
            assert [each["line"] for each in csv.DictReader(lines)] == ["2", "3"]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """What the system says, nothing written."""
    with pytest.raises(Refused, match="Nothing was written"):
        write_errors(tmp_path / "none" / "errors.csv", [RowError(2, "iccid", "wrong")])


@given(name=st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1).map(str.strip))
@settings(max_examples=50)
def test_a_path_is_read_however_it_was_pasted(name: str) -> None:
    """Plain, quoted, and as an address."""
    path = f"/somewhere/x{name}.csv"
    for text in (path, f" '{path}' ", f'"{path}"', f"file://{quote(path)}"):
        assert str(typed_path(text)) == path


def test_a_dragged_path_with_backslashes(tmp_path: Path) -> None:
    """Terminals escape blanks when a file is dragged into them."""
    file = stock_file(tmp_path, "my stock.csv", range(1))
    assert typed_path(str(file).replace(" ", "\\ ")) == file


@pytest.mark.parametrize("module", [stock_words, file_dialog])
def test_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    """The documentation of the modules is true."""
    assert not doctest.testmod(module).failed


@pytest.mark.parametrize("name", ["a b (1).csv", "it's & more.csv", 'quote"d.csv', "x;y$z.csv"])
def test_any_name_survives_the_shell(tmp_path: Path, name: str) -> None:
    """Quoted as a shell would, escaped sign by sign, or as an address."""
    file = stock_file(tmp_path, name, range(1))
    escaped = "".join(
        sign if sign.isalnum() or sign in "/._-" else f"\\{sign}" for sign in str(file)
    )
    for text in (str(file), shlex.quote(str(file)), escaped, file.as_uri(), f"{escaped} "):
        assert typed_path(text) == file


async def test_pasted_rows_are_uploaded(store: Desk, tmp_path: Path) -> None:
    """With no file of theirs left behind, and nothing before there are rows."""
    rows = stock_file(tmp_path, "rows.csv", range(5, 9)).read_text()
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        await pilot.press("v")
        await dialog(pilot, "Paste the rows")
        await pilot.press("f10")
        await until(pilot, lambda: "no rows yet" in shown(pilot))
        pilot.app.post_message(Paste(rows))
        await until(pilot, lambda: iccid(8) in shown(pilot))
        await pilot.press("f10")
        await dialog(pilot, "Upload the pasted rows")
        pilot.app.screen.query_one("#field-2", Input).value = "telefonica"
        await pilot.press("f10")
        await dialog(pilot, "Checked: 4 accepted")
        await pilot.press("u", "y")
        await until(pilot, lambda: "B-000002: 4 profiles wait" in status(pilot))


async def test_a_file_is_found_in_folders(store: Desk, tmp_path: Path) -> None:
    """Enter on it goes on as if it had been typed; hidden ones are not shown."""
    folder = tmp_path / "deliveries"
    folder.mkdir()
    stock_file(folder, "march.csv", range(5, 7))
    stock_file(folder, ".secret.csv", range(7, 9))
    async with host(store).run_test(size=(80, 24)) as pilot:
        await read(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, StockScreen)
        screen.folder = folder
        await pilot.press("o")
        await dialog(pilot, "march.csv")
        assert "secret" not in shown(pilot)
        await pilot.press("down", "enter")
        await dialog(pilot, "Upload a stock file")
        assert pilot.app.screen.query_one("#field-0", Input).value == str(folder / "march.csv")
        await pilot.press("escape")
        await read(pilot)
        await pilot.press("o")
        await dialog(pilot, "march.csv")
        await pilot.press("backspace")
        await until(pilot, lambda: "deliveries" in shown(pilot))
        await pilot.press("escape")
        await read(pilot)


def test_progress_is_posted_twenty_times_a_second_at_most() -> None:
    """A thousand chunks in one second make 21 messages, and the last one is among them."""

    class Pump:
        """Collects what is posted."""

        def __init__(self) -> None:
            self.posted: list[Progress] = []

        def post_message(self, message: Progress) -> None:
            """Keep it."""
            self.posted.append(message)

    ticks = iter(number / 1000 for number in range(1002))
    pump = Pump()
    report = Reporter(pump, lambda: next(ticks))  # type: ignore[arg-type] # all it uses
    for number in range(1, 1001):
        report(number * 10, 10_000)
    assert len(pump.posted) <= 21
    assert (pump.posted[-1].done, pump.posted[-1].rate) == (10_000, 10_000)
    assert pump.posted[1].can_replace(pump.posted[0])


@pytest.mark.parametrize(
    ("own", "generic", "word"),
    [(9, 0, ""), (3, 0, "low"), (0, 0, "sold out"), (0, 4, "low"), (0, 9, "+9 generic")],
)
def test_generic_stock_counts_before_a_plan_is_sold_out(own: int, generic: int, word: str) -> None:
    """What the operator's generic profiles can serve is not called sold out."""
    levels = [
        StockLevel("ES", "Telefonica", own, 0, 0),
        StockLevel(None, "Telefonica", generic, 0, 0),
    ]
    cell = level_rows(levels)[0][-1]
    assert (cell.text if isinstance(cell, Toned) else cell) == word
