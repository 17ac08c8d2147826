"""Stock without ICCIDs: sold by its codes, identified later, and followed from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.kernel.errors import NotFound, Refused
from store_app.delivery import read_delivery
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esims import (
    esim_usage,
    explain_esim,
    identify_esim,
    list_esims,
    show_esim,
)
from store_app.desk.order_views import list_orders, show_order
from store_app.desk.orders import receipt_text, refund_order
from store_app.desk.sales import Sale, refill, refill_options, sell
from store_app.desk.shifts import open_shift
from store_app.desk.usage import import_usage
from store_app.doctor import examine
from tests.shop import add_plans, add_stock, iccid, plan
from tests.stock_files import upload

SKU = "ES-5GB-30D"
GB = 10**9
CODES = [f"LPA:1$smdp.example.com$BARE-{number:04d}" for number in range(3)]


@pytest.fixture
def shop(desk: Desk, tmp_path: Path) -> Desk:
    """A shop whose only stock is a bare list of three codes."""
    add_plans(desk, plan())
    open_shift(desk, float_amount="100.00")
    done = upload(desk, listed(tmp_path / "codes.txt", *CODES), plan_sku=SKU, approve=True)
    assert (done.accepted, done.rejected) == (3, 0)
    assert {warning.field for warning in done.warnings} == {"iccid"}
    return desk


def listed(path: Path, *lines: str) -> Path:
    """A file of lines."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sold(desk: Desk, key: str = "k1") -> Sale:
    """One eSIM, sold for cash."""
    return sell(desk, sku=SKU, pay="cash", key=key)


@pytest.mark.parametrize("dry_run", [False, True])
def test_codes_are_known_by_their_matching_id(shop: Desk, tmp_path: Path, dry_run: bool) -> None:
    """Within a file and across files; a code that is nobody's own needs an ICCID."""
    new = "LPA:1$smdp.example.com$NEW"
    rows = (CODES[0].replace("smdp", "SMDP"), new, new, "LPA:1$smdp.example.com$")
    done = upload(shop, listed(tmp_path / "more.txt", *rows), dry_run=dry_run)
    assert (done.accepted, done.rejected, done.duplicates) == (1, 3, 2)
    assert [(error.line, error.field) for error in done.errors] == [
        (1, "activation_code"),
        (3, "activation_code"),
        (4, "iccid"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "LPA:1$smdp.example.com$BARE-1",
        "Activation code\nLPA:1$smdp.example.com$BARE-1",
        "ICCID,SM-DP+ address,Matching ID\n,smdp.example.com,BARE-1",
        '{"activation_code": "LPA:1$smdp.example.com$BARE-1"}',
    ],
)
def test_every_form_of_file_may_lack_the_number(
    sqlite_desk: Desk, tmp_path: Path, text: str
) -> None:
    """A list, a table with and without the column, JSON lines."""
    done = upload(sqlite_desk, listed(tmp_path / "codes", text))
    assert (done.accepted, [warning.field for warning in done.warnings]) == (1, ["iccid"])


def test_a_code_is_sold_without_its_number(shop: Desk) -> None:
    """The payload is the supplier's own; views, receipt and delivery do without the ICCID."""
    sale = sold(shop)
    assert sale.iccid is None
    assert sale.qr_payload in CODES
    assert show_order(shop, sale.order).iccid is None
    assert list_orders(shop)[0].iccid is None
    assert "ICCID" not in receipt_text(shop, sale.receipt)
    assert read_delivery(shop, sale.order).code.payload == sale.qr_payload


def test_the_order_names_the_esim_everywhere(shop: Desk) -> None:
    """Show, code, refill, explanation, usage and search, in any case."""
    sale = sold(shop)
    view = show_esim(shop, sale.order.lower())
    assert (view.iccid, view.name, view.data_left_bytes) == (None, sale.order, 5 * GB)
    assert (esim_code(shop, sale.order).payload, esim_code(shop, sale.order).iccid) == (
        sale.qr_payload,
        None,
    )
    assert [option.id for option in refill_options(shop, sale.order)] == ["1GB"]
    refilled = refill(shop, sale.order, refill="1GB", pay="cash", key="r1")
    assert (refilled.iccid, refilled.data_left_bytes) == (None, 6 * GB)
    assert [entry.kind for entry in explain_esim(shop, sale.order)] == ["sale", "refill"]
    assert show_esim(shop, refilled.order).order == sale.order
    assert len(esim_usage(shop, sale.order)) == 14
    assert [each.name for each in list_esims(shop, sale.order)] == [sale.order]


def test_usage_is_matched_once_the_number_is_known(shop: Desk, tmp_path: Path) -> None:
    """Before, it is unknown; the same file again finds the line."""
    sale, other = sold(shop), sold(shop, "k2")
    record = f"e1,{iccid(7)},{shop.clock().isoformat()},{GB},ES"
    file = listed(tmp_path / "usage.csv", "event_id,iccid,started_at,bytes,country", record)
    assert import_usage(shop, file, source="mno").unknown == 1
    view = identify_esim(shop, sale.order, f" {iccid(7)}F")
    assert f"ICCID{iccid(7):>35}" in receipt_text(shop, sale.receipt)
    assert (view.iccid, view.order) == (iccid(7), sale.order)
    assert identify_esim(shop, sale.order, iccid(7)) == view
    assert import_usage(shop, file, source="mno").applied == 1
    assert show_esim(shop, iccid(7)).data_left_bytes == 4 * GB
    assert show_esim(shop, other.order).data_left_bytes == 5 * GB
    assert show_order(shop, sale.order).iccid == iccid(7)
    assert [check for check in examine(shop.engine, shop.clock()) if not check.ok] == []


@pytest.mark.parametrize(
    ("number", "code"),
    [("123", "bad_iccid"), (iccid(50), "iccid_taken"), (f"{iccid(2)}F", "iccid_taken")],
)
def test_a_wrong_number_is_refused(shop: Desk, number: str, code: str) -> None:
    """One that is no ICCID, one of stock, one of another sold eSIM: nothing has changed."""
    add_plans(shop, plan(sku="OTHER"))
    add_stock(shop, "OTHER", 1, first=50)
    sale = sold(shop)
    identify_esim(shop, sold(shop, "k2").order, iccid(2))
    with pytest.raises(Refused) as refusal:
        identify_esim(shop, sale.order, number)
    assert (refusal.value.code, refusal.value.field) == (code, "iccid")
    assert show_esim(shop, sale.order).iccid is None


def test_a_number_is_told_once(shop: Desk) -> None:
    """A known ICCID is not overwritten."""
    sale = sold(shop)
    identify_esim(shop, sale.order, iccid(7))
    with pytest.raises(Refused) as refusal:
        identify_esim(shop, sale.order, iccid(8))
    assert refusal.value.code == "already_identified"


def test_an_order_without_esim_names_none(shop: Desk) -> None:
    """An order that is unknown finds nothing; a refunded one shows no code."""
    with pytest.raises(NotFound) as missing:
        show_esim(shop, "O-NOPE")
    assert missing.value.code == "unknown_esim"
    sale = sold(shop)
    refund_order(shop, sale.order, key="r1")
    with pytest.raises(Refused, match=sale.order):
        esim_code(shop, sale.order)
    assert show_esim(shop, sale.order).status == "archived"
