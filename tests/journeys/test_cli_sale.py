"""The counter from the command line: shift, sale, refill, refund, and what comes after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.shop_program import SPAIN, Shop, finish

CASH = ("sell", "--plan", SPAIN, "--pay", "cash")


def test_a_cash_sale_has_every_key(shop: Shop) -> None:
    """Order, profile, code, money and receipt in one document; VAT is on top."""
    sale = shop.ask(*CASH, "--tendered", "20.00", "--key", "k1")
    assert sale["qr_payload"] == sale["activation_code"]
    assert sale["activation_code"].startswith("LPA:1$smdp.example.com$K2-")
    assert (
        sale.items()
        >= {
            "state": "delivered",
            "total_minor": 1513,
            "tax_minor": 263,
            "currency": "EUR",
            "change_minor": 487,
            "replayed": False,
            "key": "k1",
        }.items()
    )
    assert sale["order"].startswith("O-")
    assert sale["receipt"] == "R1-000001"


def test_the_same_key_answers_and_sells_nothing_twice(shop: Shop) -> None:
    """The repetition is the first result, marked."""
    first = shop.ask(*CASH, "--key", "k1")
    again = shop.ask(*CASH, "--key", "k1")
    assert again == first | {"replayed": True}
    assert shop.ask("stock", "summary")["plans"][0]["sold"] == 1


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    """One key is one request; the first one stands."""
    shop.ask(*CASH, "--key", "k1")
    assert shop.refused(*CASH, "--tendered", "20.00", "--key", "k1") == "idempotency_conflict"
    assert len(shop.ask("order", "list")["orders"]) == 1


def test_a_missing_key_is_made_and_told_before_the_sale(shop: Shop) -> None:
    """The fresh key is on stderr and in the document, and repeats the sale."""
    said = shop.run(*CASH, "--json")
    key = said.document["key"]
    assert said.err == f"key {key}\n"
    assert shop.ask(*CASH, "--key", key)["order"] == said.document["order"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("sell", "--plan", "NOPE", "--pay", "cash"), "unknown_plan"),
        (("sell", "--plan", "FR-1GB-7D", "--pay", "cash"), "sold_out"),
        ((*CASH, "--tendered", "1.00"), "tendered_too_small"),
        ((*CASH, "--tendered", "lots"), "bad_amount"),
        (("sell", "--plan", SPAIN, "--pay", "card"), "not_offered"),
        (("order", "show", "O-NOPE"), "unknown_order"),
        (("esim", "show", "8934070000000009999"), "unknown_esim"),
        (("esim", "qr", "8934070000000000015"), "not_sold"),
        (("shift", "open", "--float", "1.00"), "shift_open"),
        (("order", "receipt", "R1-999999"), "unknown_receipt"),
    ],
)
def test_refusals_have_codes(shop: Shop, words: tuple[str, ...], code: str) -> None:
    """What a program can branch on; nothing is sold."""
    assert shop.refused(*words) == code
    assert shop.ask("order", "list") == {"orders": []}


def test_a_refusal_is_forgotten_and_the_key_may_succeed(shop: Shop) -> None:
    """Too little cash first, enough the second time: another body, the same key."""
    assert shop.refused(*CASH, "--tendered", "1.00", "--key", "k1") == "tendered_too_small"
    assert shop.ask(*CASH, "--tendered", "20.00", "--key", "k1")["replayed"] is False


def test_cash_needs_a_shift(shop: Shop) -> None:
    """Without an open drawer no cash is taken."""
    shop.ask("shift", "close", "--counted", "100.00")
    assert shop.refused(*CASH) == "no_open_shift"


def test_a_sale_in_words_is_receipt_and_code(shop: Shop) -> None:
    """What the clerk reads out; no QR where no terminal is."""
    said = shop.run(*CASH, "--tendered", "20.00")
    assert "R1-000001" in said.out
    assert "smdp.example.com" in said.out
    assert "carddata=" in said.out
    assert "\x1b" not in said.out


def test_a_shift_is_counted_to_the_cent(shop: Shop) -> None:
    """Float, sales and movements add up; the Z is numbered, kept, and never changes."""
    shop.ask(*CASH, "--key", "k1")
    moved = ("shift", "movement", "--amount", "-20.00", "--reason", "stamps", "--key", "m1")
    assert shop.ask(*moved)["replayed"] is False
    assert shop.ask(*moved)["replayed"] is True
    x_report = shop.ask("shift", "x")
    assert (x_report["number"], x_report["expected_minor"]) == (None, 10000 + 1513 - 2000)
    assert shop.ask("shift", "show")["shift"] == x_report["shift"]
    closed = shop.ask("shift", "close", "--counted", "95.00", "--reason", "miscounted")
    assert closed.items() >= {"number": 1, "expected_minor": 9513, "variance_minor": -13}.items()
    assert closed["totals"]["by_tender"][0]["total_minor"] == 1513
    printed = shop.run("shift", "z")
    assert "95.13 EUR" in printed.out
    assert shop.ask("shift", "z", "1")["totals"] == closed["totals"]
    assert shop.ask("shift", "show") == {"shift": None}
    assert "No shift" in shop.run("shift", "show").out
    assert shop.refused("shift", "x") == "no_open_shift"


def test_an_order_is_shown_and_listed(shop: Shop) -> None:
    """By reference, by state, by method; the newest first."""
    first, second = (shop.ask(*CASH)["order"] for _ in range(2))
    view = shop.ask("order", "show", first)
    assert set(view) >= {"order", "state", "payments", "refunds", "iccid"}
    assert view["payments"][0]["amount_minor"] == 1513
    orders = shop.ask("order", "list", "--method", "cash", "--state", "delivered")["orders"]
    assert {order["order"] for order in orders} == {first, second}
    assert shop.ask("order", "list", "--method", "card") == {"orders": []}
    assert len(shop.ask("order", "list", "--limit", "1")["orders"]) == 1
    assert first in shop.run("order", "list").out
    assert "15.13 EUR  succeeded" in shop.run("order", "show", first).out


def test_check_and_resume_leave_a_finished_order_alone(shop: Shop) -> None:
    """Looking again changes nothing; a delivered order is not cancelled but refunded."""
    order = shop.ask(*CASH)["order"]
    assert shop.ask("order", "check", order)["state"] == "delivered"
    assert shop.ask("order", "resume", order)["state"] == "delivered"
    assert shop.refused("order", "cancel", order) == "not_cancellable"


def test_a_receipt_is_printed_again_as_it_was(shop: Shop) -> None:
    """By order or by its own number."""
    sale = shop.ask(*CASH)
    by_order = shop.ask("order", "receipt", sale["order"])
    assert by_order["receipt"] == sale["receipt"]
    assert shop.ask("order", "receipt", sale["receipt"])["text"] == by_order["text"]
    assert sale["receipt"] in shop.run("order", "receipt", sale["order"]).out


def test_a_refund_tells_its_verdict_before_money_moves(shop: Shop) -> None:
    """Dry run first, then once per key; the eSIM's code is shown no more."""
    sale = shop.ask(*CASH)
    verdict = shop.ask("order", "refund", sale["order"], "--dry-run")
    assert (verdict["allowed"], verdict["refundable_minor"]) == (True, 1513)
    done = shop.ask("order", "refund", sale["order"], "--key", "r1")
    assert [refund["amount_minor"] for refund in done["refunds"]] == [1513]
    assert "drawer" in shop.run("order", "show", sale["order"]).out
    assert shop.ask("order", "refund", sale["order"], "--key", "r1")["replayed"] is True
    assert shop.ask("shift", "x")["expected_minor"] == 10000
    assert shop.refused("esim", "qr", sale["iccid"]) == "not_sold"
    assert shop.refused("order", "refund", sale["order"]) == "not_refundable"
    assert shop.refused("refill", sale["iccid"], "--list") == "archived"


def test_an_esim_is_shown_without_its_code(shop: Shop) -> None:
    """Status, balance and owner; times in UTC; the matching id nowhere."""
    sale = shop.ask(*CASH)
    shown = shop.run("esim", "show", sale["iccid"], "--json")
    keys = (
        "iccid status profile_state plan company end_user data_left_bytes data_used_bytes "
        "days_left activated_at expires_at overrun_bytes as_of source"
    )
    assert set(shown.document) >= set(keys.split())
    assert shown.document["status"] == "activation_ready"
    words = shop.run("esim", "show", sale["iccid"]).out
    assert "K2-" not in shown.out + words
    assert "not yet reported as installed" in words
    assert [esim["iccid"] for esim in shop.ask("esim", "list")["esims"]] == [sale["iccid"]]
    assert shop.ask("esim", "list", "nobody@example.com") == {"esims": []}
    assert "5 GB" in shop.run("esim", "list").out.splitlines()[1]


@pytest.mark.parametrize(("name", "magic"), [("c.png", b"\x89PNG"), ("c.SVG", b"<?xml")])
def test_a_code_becomes_a_picture_for_this_user_only(
    shop: Shop, tmp_path: Path, name: str, magic: bytes
) -> None:
    """PNG or SVG by the suffix; others on the machine can't read it."""
    sale, out = shop.ask(*CASH), tmp_path / name
    out.touch(0o644)
    done = shop.ask("esim", "qr", sale["iccid"], "--out", str(out))
    assert done == {"payload": sale["qr_payload"], "out": str(out)}
    assert out.read_bytes().startswith(magic)
    assert out.stat().st_mode & 0o077 == 0


def test_a_code_becomes_text_for_the_terminal(shop: Shop) -> None:
    """`-` prints black and white half blocks; with JSON only payload and out."""
    sale = shop.ask(*CASH)
    assert "▀" in shop.run("esim", "qr", sale["iccid"]).out
    done = shop.ask("esim", "qr", sale["iccid"], "--out", "-")
    assert done == {"payload": sale["qr_payload"], "out": "-"}


@pytest.mark.parametrize("name", ["code.pdf", "code", "folder.png"])
def test_a_picture_is_not_written_anywhere_else(shop: Shop, tmp_path: Path, name: str) -> None:
    """Unknown suffixes and directories are wrong usage."""
    (tmp_path / "folder.png").mkdir()
    sale = shop.ask(*CASH)
    said = shop.run("esim", "qr", sale["iccid"], "--out", str(tmp_path / name), "--json")
    assert (said.exit_code, said.document["error"]["field"]) == (2, "out")


def _usage(iccid: str, event: str, data_bytes: int) -> str:
    head = "event_id,iccid,started_at,bytes,country\n"
    return f"{head}{event},{iccid},2026-03-01T10:00:00Z,{data_bytes},ES\n"


def test_usage_is_counted_once_and_explained(shop: Shop, tmp_path: Path) -> None:
    """A record starts the clock, takes data, and shows in the explanation."""
    iccid = shop.ask(*CASH)["iccid"]
    file = tmp_path / "cdr.csv"
    file.write_text(_usage(iccid, "e1", 1_000_000_000))
    words = ("usage", "import", str(file), "--source", "telefonica")
    done = shop.ask(*words)
    keys = "events applied duplicates unknown rejected charged_minor overrun_bytes suspended errors"
    assert set(done) >= set(keys.split())
    assert (done["events"], done["applied"]) == (1, 1)
    assert shop.ask(*words)["duplicates"] == 1
    view = shop.ask("esim", "show", iccid)
    assert (view["status"], view["data_left_bytes"]) == ("active", 4_000_000_000)
    assert view["expires_at"] == "2026-03-31T10:00:00Z"
    entries = shop.ask("esim", "explain", iccid)["entries"]
    assert entries[-1]["left_bytes"] == 4_000_000_000
    assert "-1 GB" in shop.run("esim", "explain", iccid).out
    assert "Applied" in shop.run(*words).out


def test_usage_comes_through_a_pipe(shop: Shop, tmp_path: Path) -> None:
    """`-` reads JSON lines or CSV from stdin of the real program."""
    iccid = shop.ask(*CASH)["iccid"]
    file = tmp_path / "cdr.csv"
    file.write_text(_usage(iccid, "e1", 1_000))
    words = ("usage", "import", "-", "--source", "feed", "--json")
    with file.open() as stdin:
        said = finish(shop.start(*words, stdin=stdin))
    assert said.exit_code == 0, said
    assert said.document["applied"] == 1


def test_an_esim_is_refilled_once_per_key(shop: Shop) -> None:
    """The refills are listed with their totals; the data is there at once."""
    iccid = shop.ask(*CASH)["iccid"]
    (offer,) = shop.ask("refill", iccid, "--list")["refills"]
    assert (offer["id"], offer["total_minor"]) == ("1GB", 484)
    assert "4.84 EUR" in shop.run("refill", iccid, "--list").out
    words = ("refill", iccid, "--refill", "1GB", "--pay", "cash", "--key", "f1")
    done = shop.ask(*words)
    assert done["data_left_bytes"] == 6_000_000_000
    assert {"order", "expires_at", "receipt"} <= set(done)
    assert shop.ask(*words) == done | {"replayed": True}
    assert shop.refused("refill", iccid, "--refill", "9GB", "--pay", "cash") == "unknown_refill"
    assert "7 GB" in shop.run("refill", iccid, "--refill", "1GB", "--pay", "cash").out


def test_a_wallet_pays(shop: Shop) -> None:
    """An end user's wallet is topped up once per key and pays a sale without tax on top."""
    shop.ask("user", "add", "ana@example.com")
    words = ("wallet", "top-up", "ana@example.com", "--amount", "50.00", "--pay", "cash")
    done: dict[str, Any] = shop.ask(*words, "--key", "t1")
    assert (done["balance_minor"], done["total_minor"]) == (5000, 6050)
    assert shop.ask(*words, "--key", "t1")["replayed"] is True
    sell = ("sell", "--plan", SPAIN, "--pay", "wallet", "--customer", "ana@example.com")
    assert shop.ask(*sell)["total_minor"] == 1250
    wallet = shop.ask("wallet", "show", "ana@example.com")
    keys = {"balance_minor", "minimum_minor", "held_minor", "currency", "history"}
    assert set(wallet) >= keys
    assert (wallet["balance_minor"], len(wallet["history"])) == (3750, 2)
    assert "37.50 EUR" in shop.run("wallet", "show", "ana@example.com").out
    assert "37.50 EUR" in shop.run("wallet", "list").out
    assert "87.50 EUR" in shop.run(*words).out
    for _ in range(7):
        shop.ask(*sell)
    assert shop.refused(*sell) == "wallet_too_low"
