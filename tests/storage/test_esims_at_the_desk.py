"""Sold eSIMs and their usage at the desk, on both engines."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from catalog.kernel.errors import NotFound, Refused
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esims import esim_usage, explain_esim, list_esims, show_esim
from store_app.desk.people import add_user
from store_app.desk.sales import sell
from store_app.desk.shifts import open_shift
from store_app.desk.usage import import_usage
from store_app.screens.esim_words import state_sentence
from tests.shop import add_plans, add_stock, at, iccid, leave_open, plan, small_shop
from tests.stock_files import row, upload, write

GB = 10**9
HOUR = timedelta(hours=1)


def sold(desk: Desk, *, count: int = 1) -> str:
    """A small shop that has sold some eSIMs; the ICCID of the first."""
    small_shop(desk, stock=count + 1)
    add_user(desk, "ana@example.com", name="Ana")
    sales = [
        sell(
            desk,
            sku="ES-5GB-30D",
            pay="cash",
            tendered="20.00",
            customer="ana@example.com",
            key=f"k{n}",
        )
        for n in range(count)
    ]
    assert sales[0].iccid
    return sales[0].iccid


def usage_file(folder: Path, *rows: str) -> Path:
    """A CSV file of usage."""
    path = folder / "usage.csv"
    header = "event_id,iccid,started_at,bytes,country"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_from_sale_to_balance(desk: Desk, tmp_path: Path) -> None:
    """What is sold, used and left is told in one view."""
    card = sold(desk)
    ready = show_esim(desk, card)
    assert (ready.status, ready.data_left_bytes, ready.days_left) == (
        "activation_ready",
        5 * GB,
        None,
    )
    assert (ready.plan, ready.end_user, ready.stale) == ("ES-5GB-30D", "ana@example.com", False)
    assert ready.order
    start = desk.clock() + HOUR
    later = at(desk, start + 2 * HOUR)
    file = usage_file(tmp_path, f"e1,{card},{start.isoformat()},{GB},ES")
    done = import_usage(later, file, source="mno")
    assert (done.events, done.applied, done.errors) == (1, 1, [])
    view = show_esim(later, f" {card[:4]} {card[4:]}F ")
    assert (view.status, view.data_left_bytes, view.data_used_bytes) == ("active", 4 * GB, GB)
    assert (view.data_total_bytes, view.days_left, view.source) == (5 * GB, 30, "mno")
    assert (view.as_of, view.stale) == (start, True)
    assert view.next_action
    assert [entry.kind for entry in explain_esim(later, card)] == ["sale", "served"]
    assert esim_usage(later, card, days=2)[-1] == (start.date().isoformat(), GB)


def test_stock_is_not_unknown(desk: Desk, tmp_path: Path) -> None:
    """Usage of an eSIM in stock is refused with its reason; of a strange one it is unknown."""
    card = sold(desk)
    spare = next(one for one in (iccid(1), iccid(2)) if one != card)
    when = desk.clock().isoformat()
    rows = [f"e1,{spare},{when},1,ES", f"e2,8944000000000000008,{when},1,ES"]
    done = import_usage(desk, usage_file(tmp_path, *rows), source="mno")
    assert (done.rejected, done.unknown) == (1, 1)
    assert [(error.line, error.field) for error in done.errors] == [(2, "iccid"), (3, "iccid")]
    assert show_esim(desk, spare).as_of is None


def test_bytes_that_are_not_text_spoil_their_row_only(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The other rows of the file are taken."""
    card, when = sold(sqlite_desk), sqlite_desk.clock().isoformat()
    path = usage_file(tmp_path, f"e1,{card},{when},1,ES", f"??,{card},{when},1,ES")
    path.write_bytes(path.read_bytes().replace(b"??", b"\xff\xfe"))
    done = import_usage(sqlite_desk, path, source="mno")
    assert (done.applied, done.rejected) == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_usage_file_in_another_encoding(sqlite_desk: Desk, tmp_path: Path, encoding: str) -> None:
    """What spreadsheets save as Unicode text is read as stock files are."""
    card, when = sold(sqlite_desk), sqlite_desk.clock().isoformat()
    path = usage_file(tmp_path, f"e1,{card},{when},7,ES")
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    assert import_usage(sqlite_desk, path, source="mno").applied == 1
    assert show_esim(sqlite_desk, card).data_used_bytes == 7


def test_standard_input(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a path the records come from standard input, which stays open."""
    card, when = sold(sqlite_desk), sqlite_desk.clock().isoformat()
    text = f'{{"event_id":"e1","iccid":"{card}","started_at":"{when}","bytes":5,"country":""}}\n'
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode())))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert import_usage(sqlite_desk, None, source="mno", cumulative=True).applied == 1
    assert not stdin.buffer.closed
    assert show_esim(sqlite_desk, card).data_used_bytes == 5


def test_a_missing_file_is_refused(sqlite_desk: Desk, tmp_path: Path) -> None:
    """The reason names the file and says that nothing happened."""
    with pytest.raises(Refused) as caught:
        import_usage(sqlite_desk, tmp_path / "none.csv", source="mno")
    assert (caught.value.code, caught.value.field) == ("unreadable_file", "file")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("ana@", 3),
        ("ANA es-5gb", 3),
        ("spain", 3),
        ("walk", 3),
        ("nobody", 0),
        ("%", 0),
        (iccid(1)[-6:], 1),
    ],
)
def test_list_esims(sqlite_desk: Desk, query: str, count: int) -> None:
    """Every word must be in the ICCID, e-mail, plan or company; stock is not listed."""
    sold(sqlite_desk, count=3)
    assert len(list_esims(sqlite_desk, query)) == count


def test_the_list_is_one_query_whatever_its_length(sqlite_desk: Desk) -> None:
    """No eSIM of a list asks the database again."""
    sold(sqlite_desk, count=3)
    asked: list[str] = []
    event.listen(sqlite_desk.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert len(list_esims(sqlite_desk, limit=2)) == 2
    assert len([text for text in asked if text.startswith("SELECT")]) == 1


def test_code_only_of_sold_esims(sqlite_desk: Desk) -> None:
    """A sold eSIM shows its code, never in its repr; one in stock shows none."""
    card = sold(sqlite_desk)
    code = esim_code(sqlite_desk, card)
    assert code.payload == f"LPA:1$smdp.example.com${code.matching_id}"
    assert code.payload in code.apple_link
    assert code.matching_id not in repr(code)
    spare = next(one for one in (iccid(1), iccid(2)) if one != card)
    with pytest.raises(Refused) as caught:
        esim_code(sqlite_desk, spare)
    assert caught.value.code == "not_sold"


def test_what_lies_in_stock_is_not_scanned(sqlite_desk: Desk, tmp_path: Path) -> None:
    """It is approved, sold or assigned first; nobody has its code yet."""
    add_plans(sqlite_desk, plan())
    add_stock(sqlite_desk, "ES-5GB-30D", 1, first=20)
    upload(sqlite_desk, write(tmp_path / "new.csv", [row(700)]))
    waits, ready = show_esim(sqlite_desk, iccid(700)), show_esim(sqlite_desk, iccid(20))
    assert (waits.status, ready.status) == ("pending", "activation_ready")
    assert "Approve its upload" in waits.next_action
    assert "Sell it" in ready.next_action
    open_shift(sqlite_desk, float_amount="100.00")
    leave_open(sqlite_desk, sku="ES-5GB-30D", key="k1")
    held = [show_esim(sqlite_desk, iccid(number)).next_action for number in (20, 700)]
    assert "being paid" in held[0]
    assert "Approve" in held[1]


def test_ready_is_what_has_a_plan(desk: Desk, tmp_path: Path) -> None:
    """Stock for any plan is free before it is sold, and ready from then on."""
    add_plans(desk, plan())
    open_shift(desk, float_amount="100.00")
    upload(desk, write(tmp_path / "any.csv", [row(700)]), approve=True)
    free = show_esim(desk, iccid(700))
    assert (free.status, free.plan) == ("available", None)
    assert "without a plan" in free.next_action
    assert state_sentence(free).startswith("In stock without a plan")
    sale = sell(desk, sku="ES-5GB-30D", pay="cash", tendered="20.00", key="k1")
    assert sale.iccid == iccid(700)
    ready = show_esim(desk, iccid(700))
    assert (ready.status, ready.plan) == ("activation_ready", "ES-5GB-30D")


def test_an_unknown_card_is_not_found(sqlite_desk: Desk) -> None:
    """All that is asked of it says so."""
    for ask in (show_esim, esim_code, explain_esim, esim_usage):
        with pytest.raises(NotFound):
            ask(sqlite_desk, "8944000000000000008")
