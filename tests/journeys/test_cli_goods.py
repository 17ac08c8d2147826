"""Plans, stock and codes from the command line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from tests.journeys.shop_program import PLANS, SPAIN, Shop, finish, run, stock_lines


def test_plans_import_reports_every_row(shop: Shop, tmp_path: Path) -> None:
    """Good plans go in, bad ones are listed with line and field, exit code 0."""
    file = tmp_path / "more.toml"
    file.write_text(PLANS + '[[plan]]\nsku = "X"\nkind = "prepaid"\ncurrency = "EUR"\n')
    done = shop.ask("plans", "import", str(file))
    assert (done["created"], done["updated"], done["rejected"]) == (0, 2, 1)
    assert done["errors"]
    assert set(done["errors"][0]) == {"line", "field", "reason"}


@pytest.mark.parametrize(
    "words", [["plans", "import"], ["stock", "import", "--operator", "Telefonica"]]
)
def test_an_unreadable_file_is_refused(shop: Shop, tmp_path: Path, words: list[str]) -> None:
    """A file that is not there is a refusal, exit code 1, not wrong usage."""
    shop.refused(*words, str(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.toml", '[[plan]]\nsku = "X\n', "line 2"),
        ("a.toml", "", "holds no plans"),
        ("a.csv", "colour,size\nred,5\n", "line 1"),
    ],
)
def test_a_broken_plan_file_is_refused_whole(
    shop: Shop, tmp_path: Path, name: str, text: str, told: str
) -> None:
    """Exit code 1, the line in the message, and the price list as it was."""
    file, before = tmp_path / name, shop.ask("plans", "list")
    file.write_text(text)
    said = shop.run("--json", "plans", "import", str(file))
    assert (said.exit_code, said.refusal) == (1, "unreadable_file")
    assert told in said.document["error"]["message"]
    assert shop.ask("plans", "list") == before


def test_stock_that_is_not_sold_shows_no_data(shop: Shop) -> None:
    """Nothing left of nothing would read as used up; what to do with it is said."""
    (row,) = csv.DictReader(io.StringIO(stock_lines(1)))
    iccid = row["iccid"]
    shown = shop.run("esim", "show", iccid).out
    assert iccid in shown
    assert "it lies in stock" in shown
    assert "Data" not in shown


def test_plans_list_searches(shop: Shop) -> None:
    """The query works as in the storefront, in one word or several."""
    assert len(shop.ask("plans", "list")["plans"]) == 2
    (found,) = shop.ask("plans", "list", "spain", "5gb")["plans"]
    assert found["sku"] == SPAIN
    expected = {
        "name": "Spain 5 GB",
        "kind": "prepaid",
        "countries": ["ES"],
        "data_bytes": 5_000_000_000,
        "validity_days": 30,
        "price_minor": 1250,
        "currency": "EUR",
        "available": 30,
    }
    assert found.items() >= expected.items()


def test_plans_in_words_are_columns(shop: Shop) -> None:
    """People see names, sizes and prices, one plan a line."""
    titles, spain, *_ = shop.run("plans", "list").out.splitlines()
    assert titles.split()[:2] == ["SKU", "Name"]
    assert "12.50 EUR" in spain
    assert "5 GB" in spain
    assert shop.run("plans", "list", "xyzzyq").out == "No plan matches.\n"


def test_plans_show_has_every_term(shop: Shop) -> None:
    """One plan with its refills and what could be sold now."""
    plan = shop.ask("plans", "show", SPAIN)
    assert [refill["id"] for refill in plan["refills"]] == ["1GB"]
    assert (plan["sku"], plan["available"]) == (SPAIN, 30)
    assert "1GB" in shop.run("plans", "show", SPAIN).out
    assert shop.refused("plans", "show", "NOPE") == "unknown_plan"


def _upload(file: Path, *more: str) -> list[str]:
    return ["stock", "import", str(file), "--operator", "Orange", "--plan", "FR-1GB-7D", *more]


def test_stock_goes_from_dry_run_to_rollback(shop: Shop, tmp_path: Path) -> None:
    """A dry run keeps nothing; a batch is sold from only after approval; rollback empties it."""
    file = tmp_path / "fr.csv"
    file.write_text(stock_lines(3, first=900) + "junk,smdp.example.com,K2\n")
    assert "dry run" in shop.run(*_upload(file, "--dry-run")).out
    dry = shop.ask(*_upload(file, "--dry-run"))
    assert (dry["batch"], dry["accepted"], dry["rejected"]) == (None, 3, 1)
    done = shop.ask(*_upload(file))
    assert set(done) >= {"batch", "accepted", "rejected", "duplicates", "warnings", "errors"}
    assert [error["line"] for error in done["errors"]] == [5]
    assert _available(shop, "FR-1GB-7D") == 0
    approved = shop.ask("stock", "approve", done["batch"])
    assert (approved["batch"], approved["state"]) == (done["batch"], "approved")
    assert _available(shop, "FR-1GB-7D") == 3
    shop.ask("sell", "--plan", "FR-1GB-7D", "--pay", "cash")
    back = shop.ask("stock", "rollback", done["batch"])
    assert (back["kept"], back["removed"], back["state"]) == (1, 2, "rolled_back")
    assert "rolled back" in shop.run("stock", "batches").out
    assert _available(shop, "FR-1GB-7D") == 0


def test_a_remark_over_many_rows_is_one_line(shop: Shop, tmp_path: Path) -> None:
    """People read it once with its lines; programs get one for each row."""
    file = tmp_path / "fr.csv"
    file.write_text(stock_lines(30, first=900).lower())
    remarks = shop.ask(*_upload(file, "--dry-run"))["warnings"]
    out = shop.run(*_upload(file, "--dry-run")).out
    assert len(remarks) == 30
    assert out.count(remarks[0]["reason"]) == 1
    assert "2-31" in out


def test_stock_comes_over_a_pipe(shop: Shop, tmp_path: Path) -> None:
    """Packed too; the whole of it is read before anything is kept."""
    file = tmp_path / "more.csv.gz"
    file.write_bytes(gzip.compress(stock_lines(3, first=900).encode("cp1252")))
    words = ("--json", "stock", "import", "-", "--operator", "Orange", "--plan", "FR-1GB-7D")
    with file.open(encoding="latin-1") as stdin:
        said = finish(shop.start(*words, stdin=stdin))
    done = json.loads(said.out)
    assert (done["accepted"], done["state"]) == (3, "pending")


def test_a_second_person_approves(shop: Shop, tmp_path: Path) -> None:
    """When the store is set so."""
    file = tmp_path / "more.csv"
    file.write_text(stock_lines(3, first=900))
    shop.ask("settings", "set", "stock_approval", "second_person")
    assert shop.refused(*_upload(file, "--approve")) == "second_person_needed"
    batch = shop.ask(*_upload(file))["batch"]
    assert shop.refused("stock", "approve", batch) == "second_person_needed"


def test_stock_rejected_may_come_again(shop: Shop, tmp_path: Path) -> None:
    """A file is known while its batch stands, and new again after a rejection."""
    file = tmp_path / "fr.csv"
    file.write_text(stock_lines(2, first=900))
    batch = shop.ask(*_upload(file))["batch"]
    shop.refused(*_upload(file))
    assert shop.ask("stock", "reject", batch)["state"] == "rejected"
    assert shop.ask(*_upload(file, "--approve"))["state"] == "approved"


def test_stock_errors_can_be_handed_back(shop: Shop, tmp_path: Path) -> None:
    """The refused rows of a batch, as a document, as lines, and as a CSV file."""
    file, out = tmp_path / "fr.csv", tmp_path / "errors.csv"
    file.write_text(stock_lines(1) + stock_lines(1, first=900))
    batch = shop.ask(*_upload(file))["batch"]
    errors = shop.ask("stock", "errors", batch, "--out", str(out))["errors"]
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [int(row["line"]) for row in rows] == [error["line"] for error in errors]
    assert rows[0]["reason"] == errors[0]["reason"]
    assert errors[0]["reason"] in shop.run("stock", "errors", batch).out
    assert shop.refused("stock", "errors", "B-NOPE")
    assert shop.refused("stock", "errors", batch, "--out", str(file))
    assert file.read_text().startswith("iccid"), "no file is ever overwritten"


def test_a_dry_run_writes_its_refused_rows(shop: Shop, tmp_path: Path) -> None:
    """Where a file can't be made, nothing is uploaded either."""
    file, out = tmp_path / "fr.csv", tmp_path / "errors.csv"
    file.write_text(stock_lines(2, first=900) + "junk,smdp.example.com,K2\n")
    done = shop.ask(*_upload(file, "--dry-run", "--errors", str(out)))
    (row,) = csv.DictReader(out.read_text().splitlines())
    assert (row["line"], row["reason"]) == ("4", done["errors"][0]["reason"])
    for place in (out, tmp_path / "none" / "errors.csv"):
        assert shop.refused(*_upload(file, "--errors", str(place)))
    assert len(shop.ask("stock", "batches")["batches"]) == 1


def test_stock_lists_say_what_is_there(shop: Shop) -> None:
    """Summary by plan and state, batches with who uploaded them."""
    levels = {level["sku"]: level for level in shop.ask("stock", "summary")["plans"]}
    assert set(levels[SPAIN]) >= {"sku", "available", "reserved", "sold"}
    assert levels[SPAIN]["available"] == 30
    (batch,) = shop.ask("stock", "batches")["batches"]
    assert (batch["file_name"], batch["state"], batch["accepted"]) == ("stock.csv", "approved", 30)
    assert batch["uploaded_at"] == "2026-03-01T10:00:00Z"
    assert "stock.csv" in shop.run("stock", "batches").out
    assert SPAIN in shop.run("stock", "summary").out


def _available(shop: Shop, sku: str) -> int:
    levels = {level["sku"]: level for level in shop.ask("stock", "summary")["plans"]}
    return int(levels[sku]["available"])


def test_code_parse_needs_no_store() -> None:
    """A good code comes back in its parts and as it is written."""
    said = run("code", "parse", "--json", " lpa:1$smdp.example.com$K2-7HX0-91ZQ$1.3.6$1 ")
    assert said.exit_code == 0
    assert said.document == said.document | {
        "ok": True,
        "reasons": [],
        "address": "smdp.example.com",
        "matching_id": "K2-7HX0-91ZQ",
        "oid": "1.3.6",
        "confirmation_required": True,
        "written": "LPA:1$smdp.example.com$K2-7HX0-91ZQ$1.3.6$1",
    }
    assert set(said.document["warnings"][0]) == {"field", "message"}


@pytest.mark.parametrize("text", ["", "hello", "LPA:2$smdp.example.com$A", "LPA:1$smdp"])
def test_code_parse_refuses_with_every_reason(text: str) -> None:
    """A refused code exits 1 with `ok: false`, in JSON and in words."""
    said = run("code", "parse", text, "--json")
    assert said.exit_code == 1
    assert (said.document["ok"], said.document["written"]) == (False, None)
    assert said.document["reasons"]
    words = run("code", "parse", text)
    assert words.exit_code == 1
    assert "Refused" in words.out


def test_code_parse_reads_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` keeps a secret out of the shell's history."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("LPA:1$smdp.example.com$K2\n"))
    assert run("code", "parse", "-", "--json").document["matching_id"] == "K2"
