"""Every command that moves stock answers its key again; codes are sold before their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.shop_program import Shop, stock_lines

PLAN = "FR-1GB-7D"
ICCID = "8934071111111111115"


def _upload(file: Path, *more: str) -> list[str]:
    return ["stock", "import", str(file), "--operator", "Orange", "--plan", PLAN, *more]


def test_stock_commands_repeat_their_answer(shop: Shop, tmp_path: Path) -> None:
    """The same key again is the first document, marked; with another body it is refused."""
    file = tmp_path / "fr.csv"
    file.write_text(stock_lines(3, first=900) + "junk,smdp.example.com,K2\n")
    first = shop.ask(*_upload(file, "--key", "u1"))
    assert (first["key"], first["replayed"]) == ("u1", False)
    assert shop.ask(*_upload(file, "--key", "u1")) == first | {"replayed": True}
    assert shop.refused(*_upload(file, "--approve", "--key", "u1")) == "idempotency_conflict"
    assert shop.refused(*_upload(file)) == "already_uploaded"
    for decision in ("approve", "rollback"):
        words = ("stock", decision, first["batch"], "--key", decision)
        done = shop.ask(*words)
        assert (done["key"], done["replayed"]) == (decision, False)
        assert shop.ask(*words) == done | {"replayed": True}
    assert shop.refused("stock", "reject", first["batch"], "--key", "approve") == (
        "idempotency_conflict"
    )
    assert "key" not in shop.ask(*_upload(file, "--dry-run", "--key", "u2"))


def test_a_fresh_key_is_told(shop: Shop, tmp_path: Path) -> None:
    """As for sales: on stderr before the work, and in the document."""
    file = tmp_path / "fr.csv"
    file.write_text(stock_lines(1, first=900))
    said = shop.run("--json", *_upload(file))
    assert f"key {said.document['key']}\n" in said.err


def test_bare_codes_from_upload_to_balance(shop: Shop, tmp_path: Path) -> None:
    """A list of codes is sold, scanned, identified, and its usage is counted."""
    codes = [f"LPA:1$rsp.example.com$BARE-{number:03d}$$1" for number in range(2)]
    file = tmp_path / "codes.txt"
    file.write_text("".join(f"{code},0417\n" for code in codes))
    done = shop.ask(*_upload(file, "--approve"))
    assert (done["accepted"], done["rejected"]) == (2, 0)
    assert [warning["field"] for warning in done["warnings"]] == ["iccid", "iccid"]
    words = ("sell", "--plan", PLAN, "--pay", "cash", "--key", "k1")
    sale = shop.ask(*words)
    order = sale["order"]
    assert sale["iccid"] is None
    assert shop.ask("esim", "qr", order)["payload"] == sale["qr_payload"]
    assert sale["qr_payload"] in codes
    assert "0417" in shop.run(*words).out
    assert "ICCID" not in shop.run("esim", "show", order).out
    assert order in shop.run("esim", "list").out
    usage = tmp_path / "cdr.csv"
    usage.write_text(
        f"event_id,iccid,started_at,bytes,country\ne1,{ICCID},2026-03-01T10:00:00Z,400000000,FR\n"
    )
    feed = ("usage", "import", str(usage), "--source", "mno")
    assert shop.ask(*feed)["unknown"] == 1
    named = shop.ask("esim", "identify", order, ICCID)
    assert (named["iccid"], named["order"]) == (ICCID, order)
    assert shop.ask(*feed)["applied"] == 1
    shown = shop.ask("esim", "show", order)
    assert (shown["iccid"], shown["data_left_bytes"]) == (ICCID, 600_000_000)
    assert shop.ask("esim", "explain", order) == shop.ask("esim", "explain", ICCID)
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])


@pytest.mark.parametrize(("iccid", "code"), [("123", "bad_iccid"), (ICCID, "already_identified")])
def test_a_number_is_not_changed(shop: Shop, iccid: str, code: str) -> None:
    """What has an ICCID keeps it."""
    order = shop.ask("sell", "--plan", "ES-5GB-30D", "--pay", "cash")["order"]
    assert shop.refused("esim", "identify", order, iccid) == code
