"""What a buyer is given, from the command line: files that one user may read, codes apart."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.handovers import bars_in, codes_in, seen_in_pdf, seen_in_png, seen_in_svg
from tests.journeys.shop_program import SPAIN, Shop

SEEN = {"png": seen_in_png, "svg": seen_in_svg, "pdf": seen_in_pdf}


def sold(shop: Shop) -> dict[str, str]:
    """A sale for cash to somebody."""
    buyer = ("--customer", "ana@example.com")
    return shop.ask("sell", "--plan", SPAIN, "--pay", "cash", *buyer)


def with_a_code(shop: Shop, tmp_path: Path) -> dict[str, str]:
    """A sale of a profile that asks for the confirmation code 4711."""
    for _ in range(30):
        shop.ask("sell", "--plan", SPAIN, "--pay", "cash")
    path = tmp_path / "one.csv"
    path.write_text("ICCID,LPA,Confirmation Code\n8931080000000000017,LPA:1$a.bc$K2-1$$1,4711\n")
    shop.ask("stock", "import", str(path), "--operator", "Telefonica", "--approve")
    return sold(shop)


@pytest.mark.parametrize("named", ["iccid", "order"])
def test_every_file_is_there_and_every_code_is_read(shop: Shop, tmp_path: Path, named: str) -> None:
    """Picture, drawing, page and text in a folder that is made; nobody else may read them."""
    sale, folder = sold(shop), tmp_path / "handed" / "over"
    document = shop.ask("esim", "pack", sale[named], "--out", str(folder))
    assert document["esim"] == sale[named]
    paths = {file["form"]: Path(file["path"]) for file in document["files"]}
    assert list(paths) == ["png", "svg", "pdf", "text"]
    assert {path.stem for path in paths.values()} == {f"esim-{sale['iccid']}"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths.values()} == {0o600}
    for form, seen in SEEN.items():
        read = codes_in(seen(paths[form].read_bytes()))
        assert read == {name: {sale["qr_payload"]} for name in ("zxing", "zbar", "opencv")}
    text = paths["text"].read_text()
    for told in (sale["qr_payload"], sale["order"], sale["receipt"], "5 GB for 30 days"):
        assert told in text
    assert sorted(folder.iterdir()) == sorted(paths.values())


def test_what_the_bars_say_opens_the_esim(shop: Shop, tmp_path: Path) -> None:
    """The number read off the page finds what was sold."""
    sale = sold(shop)
    shop.ask("esim", "pack", sale["order"], "--out", str(tmp_path), "--format", "pdf")
    page = seen_in_pdf((tmp_path / f"esim-{sale['iccid']}.pdf").read_bytes())
    (number,) = bars_in(page)["zbar"]
    assert shop.ask("esim", "show", number)["order"] == sale["order"]


def test_a_confirmation_code_has_a_file_of_its_own(shop: Shop, tmp_path: Path) -> None:
    """It is in no other file, and its own does not install anything."""
    sale = with_a_code(shop, tmp_path)
    folder = tmp_path / "out"
    files = shop.ask("esim", "pack", sale["iccid"], "--out", str(folder))["files"]
    paths = {file["form"]: Path(file["path"]) for file in files}
    slip = paths.pop("confirmation").read_text()
    assert "4711" in slip
    assert "K2-1" not in slip
    assert all(b"4711" not in path.read_bytes() for path in paths.values())
    assert "confirmation code" in paths["text"].read_text()


def test_a_file_that_stood_open_is_closed(shop: Shop, tmp_path: Path) -> None:
    """An earlier one is replaced whole, whatever others were allowed to do with it."""
    sale = sold(shop)
    path = tmp_path / f"esim-{sale['iccid']}.txt"
    path.write_text("old")
    path.chmod(0o644)
    os.link(path, tmp_path / "kept")
    shop.ask("esim", "pack", sale["iccid"], "--out", str(tmp_path), "--format", "text")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sale["qr_payload"] in path.read_text()
    assert (tmp_path / "kept").read_text() == "old"


def test_downloads_is_where_it_goes_otherwise(shop: Shop) -> None:
    """The folder that people look into, and not twice the same form."""
    sale = sold(shop)
    files = shop.ask("esim", "pack", sale["iccid"], "--format", "PNG, png")["files"]
    assert [file["form"] for file in files] == ["png"]
    assert Path(files[0]["path"]).is_file()
    assert sale["iccid"] in shop.run("esim", "pack", sale["iccid"]).out


def test_refusals_write_nothing(shop: Shop, tmp_path: Path) -> None:
    """What is not sold, not known, or no form."""
    sale, out = sold(shop), ("--out", str(tmp_path / "none"))
    assert shop.refused("esim", "pack", sale["iccid"], *out, "--format", "gif") == "bad_form"
    assert shop.refused("esim", "pack", "O-NOPE", *out) == "unknown_order"
    assert shop.refused("esim", "pack", "8934070000000000015", *out) == "not_sold"
    shop.ask("order", "refund", sale["order"], "--key", "back")
    assert shop.refused("esim", "pack", sale["iccid"], *out) == "not_sold"
    assert not (tmp_path / "none").exists()
