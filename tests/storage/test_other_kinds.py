"""Physical SIMs and satellite terminals: uploaded, listed, given plans, handed over as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from catalog.esim.profile import ProfileState, Status, next_action
from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.kernel.numbering import next_number
from catalog.kernel.row_errors import RowError
from catalog.stock.import_stock import StockImport
from store_app.delivery import read_delivery
from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esim_record import archive_esim, resume_esim, suspend_esim
from store_app.desk.esims import list_esims, show_esim
from store_app.desk.packs import read_pack
from store_app.desk.sales import sell
from store_app.desk.sim_swaps import swap_sim
from store_app.desk.stock import import_stock, stock_summary
from tests.office import BUNDLE, HOUR, bill, later, open_office, sound, use
from tests.shop import iccid
from tests.subscriptions import MB
from tests.swap_shop import swap_shop


def load(desk: Desk, folder: Path, text: str, **options: object) -> StockImport:
    """A file of these rows, approved."""
    path = folder / "stock.csv"
    path.write_text(text, encoding="utf-8")
    transact(desk.engine, lambda session: next_number(session, "stock_batch"))  # the shop's own
    return import_stock(desk, path, operator="Orbit", approve=True, **options)  # type: ignore[arg-type]  # options of the command


def test_a_terminal_by_its_serial_number(desk: Desk, tmp_path: Path) -> None:
    """Its statuses are a terminal's; it is assigned, used, billed, suspended and archived alike."""
    open_office(desk)
    done = load(desk, tmp_path, "serial\nSAT-0001\nSAT-0002\n", kind="terminal")
    assert (done.accepted, done.rejected) == (2, 0)
    view = show_esim(desk, "SAT-0001")
    assert (view.line_kind, view.status) == ("terminal", "available")
    assert "no code" in view.next_action
    assert assign_esim(desk, "SAT-0001", plan=BUNDLE, company="Acme").status == "available"
    assert use(later(desk, 1), "SAT-0001", MB, desk.clock() + HOUR).applied == 1
    assert show_esim(later(desk, 1), "SAT-0001").status == "active"
    assert suspend_esim(desk, "SAT-0001").status == "suspended"
    assert resume_esim(later(desk, 1), "SAT-0001").status == "active"
    assert bill(later(desk, 31)) == [("fee", 1, 1_500)]
    assert archive_esim(later(desk, 32), "SAT-0001", reason="lost").status == "archived"
    assert {one.name for one in list_esims(desk, kind="terminal")} == {"SAT-0001", "SAT-0002"}
    assert "SAT-0002" not in {one.name for one in list_esims(desk)}
    assert sound(later(desk, 32))


def test_a_sim_is_blank_until_it_has_a_number(desk: Desk, tmp_path: Path) -> None:
    """One kind of file may hold all kinds, by a column; a number and a plan make a card ready."""
    open_office(desk)
    text = (
        "iccid,kind,msisdn,activation_code\n"
        f"{iccid(500)},sim,,\n"
        f"{iccid(501)},SIM,34600000501,\n"
        f"{iccid(502)},,,LPA:1$smdp.example.com$KIND-1\n"
    )
    assert load(desk, tmp_path, text).accepted == 3
    kinds = [
        (show_esim(desk, iccid(n)).line_kind, show_esim(desk, iccid(n)).status)
        for n in (500, 501, 502)
    ]
    assert kinds == [("sim", "blank"), ("sim", "available"), ("esim", "available")]
    assert "SIM swap" in show_esim(desk, iccid(500)).next_action
    assert "Assign it" in show_esim(desk, iccid(501)).next_action
    assert "Sell it with a plan" in show_esim(desk, iccid(502)).next_action
    assert assign_esim(desk, iccid(501), plan=BUNDLE, company="Acme").status == "activation_ready"
    assert "no code" in show_esim(desk, iccid(501)).next_action
    assert sound(desk)


def test_cards_are_not_sold_for_any_plan(desk: Desk, tmp_path: Path) -> None:
    """Generic cards wait for a hand; those of a plan are sold and handed over, without a QR."""
    swap_shop(desk)
    load(desk, tmp_path, f"iccid\n{iccid(600)}\n", kind="sim")
    for key in ("a", "b"):
        assert sell(desk, sku="ES-5GB-30D", pay="cash", key=key).qr_payload
    with pytest.raises(Refused) as refusal:
        sell(desk, sku="ES-5GB-30D", pay="cash", key="c")
    assert refusal.value.code == "sold_out"
    assert sum(level.available for level in stock_summary(desk)) == 1
    load(desk, tmp_path, f"iccid\n{iccid(601)}\n", kind="sim", plan_sku="ES-5GB-30D")
    sale = sell(desk, sku="ES-5GB-30D", pay="cash", key="d")
    assert (sale.iccid, sale.qr_payload, sale.activation_code) == (iccid(601), "", "")
    delivery = read_delivery(desk, sale.order)
    assert (delivery.code.line_kind, delivery.code.iccid) == ("sim", iccid(601))
    for ask in (esim_code, read_pack):
        with pytest.raises(Refused) as refusal:
            ask(desk, sale.order)
        assert refusal.value.code == "no_code"
    assert sound(desk)


def test_a_number_goes_from_an_esim_to_a_blank_card(desk: Desk, tmp_path: Path) -> None:
    """The eSIM is a SIM from then on: its kind is its card's."""
    card = swap_shop(desk)
    load(desk, tmp_path, f"iccid\n{iccid(600)}\n", kind="sim")
    with pytest.raises(Refused) as refusal:
        swap_sim(desk, card, iccid(600), key="k")
    assert refusal.value.code == "other_operator"
    transact(desk.engine, lambda session: session.execute(update(EsimRow).values(operator="Orbit")))
    assert swap_sim(desk, card, iccid(600), key="k").state == "done"
    view = show_esim(desk, iccid(600))
    assert (view.line_kind, view.msisdn, view.status) == ("sim", "34600000012", "activation_ready")
    assert sound(desk)


@pytest.mark.parametrize(
    ("row", "kind", "field"),
    [
        ("SAT-1,,,", "sim", "iccid"),
        (",,,", "terminal", ""),
        ("A,,,", "terminal", "serial"),
        ("SAT-F,,,", "terminal", "serial"),
        ("8931000000000000016,,,", "terminal", "serial"),
        ("SAT-1,,LPA:1$a.example.com$X,", "terminal", "activation_code"),
        ("SAT-1,,,phone", "terminal", "kind"),
        ("SAT-1,12,,", "terminal", "iccid"),
    ],
)
def test_what_is_no_line_is_refused(
    sqlite_desk: Desk, tmp_path: Path, row: str, kind: str, field: str
) -> None:
    """With its line, its column and the reason, as any row."""
    text = f"serial,iccid,activation_code,kind\n{row}\nSAT-9,,,terminal\n"
    done = load(sqlite_desk, tmp_path, text, kind=kind)
    assert done.accepted == 1
    found: list[RowError] = done.errors
    assert [error.field for error in found] == ([field] if field else [])


def test_a_serial_number_comes_once(sqlite_desk: Desk, tmp_path: Path) -> None:
    """Beside an ICCID it is a note; the ICCID names the terminal then."""
    text = f"serial,iccid\nSAT-1,\nSAT-1,\nSAT-2,{iccid(700)}\n"
    done = load(sqlite_desk, tmp_path, text, kind="terminal")
    assert (done.accepted, done.duplicates) == (2, 1)
    assert show_esim(sqlite_desk, iccid(700)).note == "serial SAT-2"


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("state", list(ProfileState))
def test_what_has_no_code_is_never_scanned(status: Status, state: ProfileState) -> None:
    """Whatever is reported, a card is handed over and not installed."""
    said = next_action(status, state, has_code=False)
    assert "scan the QR" not in said
    assert said.endswith(".")
