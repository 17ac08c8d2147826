"""Suppliers, live sales and the listener from the command line."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.journeys.shop_program import PLANS, SPAIN, Shop
from tests.peers.own_process import free_port
from tests.peers.smdp_peer import PROFILE_TYPE, REQUESTER, Served

EID = "89049032123451234512345678901235"
NO_FILES = ("supplier", "add", "x", "--url", "https://a.example", "--smdp-address", "a.example")


def add(served: Served, *more: str) -> tuple[str, ...]:
    """The words that add the peer as a supplier."""
    files = ("--ca", str(served.ca), "--cert", str(served.cert), "--key", str(served.key))
    host = ("--smdp-address", "rsp.fallback.example.com", "--timeout", "2")
    return ("supplier", "add", "norvia", "--url", served.url, *files, *host, *more)


def live(shop: Shop, served: Served, folder: Path) -> Shop:
    """The shop with a French plan that is ordered live; there is no stock of it."""
    shop.ask(*add(served, "--requester", REQUESTER))
    terms = f'supplier = "norvia"\nprofile_type = "{PROFILE_TYPE}"\n'
    (folder / "live.toml").write_text(PLANS + terms)
    shop.ask("plans", "import", str(folder / "live.toml"))
    return shop


def test_a_supplier_is_added_tested_shown_and_removed(
    shop: Shop, served: Served, tmp_path: Path
) -> None:
    """Its files are named and not kept; the test orders nothing."""
    live(shop, served, tmp_path)
    assert shop.ask("supplier", "test", "norvia") == {"name": "norvia", "ok": True}
    assert served.smdp.profiles == {}
    (view,) = shop.ask("supplier", "list")["suppliers"]
    assert (view["name"], view["plans"], view["unfinished"]) == ("norvia", ["FR-1GB-7D"], [])
    assert view["key"] == str(served.key)
    assert "norvia" in shop.run("supplier", "show", "norvia").out
    assert served.key.read_bytes().splitlines()[1] not in shop.path.read_bytes()
    shop.ask("supplier", "remove", "norvia")
    assert shop.refused("supplier", "show", "norvia") == "unknown_supplier"
    assert shop.ask("plans", "show", "FR-1GB-7D")["live"] is False
    assert shop.refused("sell", "--plan", "FR-1GB-7D", "--pay", "cash") == "sold_out"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("supplier", "add", "bad name", "--url", "https://a.example.com"), "bad_supplier"),
        (("supplier", "add", "x", "--url", "http://a.example.com"), "bad_supplier"),
        (("supplier", "add", "x", "--url", "offline"), "not_offered"),
        ((*NO_FILES, "--requester", "1.2.3"), "supplier_files"),
        ((*NO_FILES, "--requester", "with blanks"), "bad_supplier"),
        ((*NO_FILES, "--requester", "1.2.3", "--protocol", "a b"), "bad_supplier"),
        (("supplier", "test", "nobody"), "unknown_supplier"),
        (("listen",), "not_listening"),
    ],
)
def test_what_can_not_work_is_refused(shop: Shop, words: tuple[str, ...], code: str) -> None:
    """Before anything is kept, with a code for programs."""
    assert shop.refused(*words) == code


def test_a_key_that_others_may_read_is_refused(shop: Shop, served: Served) -> None:
    """With the command that mends it."""
    served.key.chmod(0o644)
    said = shop.run("--json", *add(served, "--requester", REQUESTER))
    assert (said.exit_code, said.refusal) == (1, "open_key_file")
    assert "chmod 600" in said.document["error"]["message"]


def test_a_live_plan_is_sold_by_one_command(shop: Shop, served: Served, tmp_path: Path) -> None:
    """One document with the code; the same key again is the same sale."""
    live(shop, served, tmp_path)
    (card,) = [one for one in shop.ask("plans", "list")["plans"] if one["sku"] != SPAIN]
    assert (card["available"], card["live"]) == (0, True)
    words = ("sell", "--plan", "FR-1GB-7D", "--pay", "cash", "--key", "k1")
    sale, again = shop.ask(*words), shop.ask(*words)
    assert (sale["state"], sale["iccid"] in served.smdp.profiles) == ("delivered", True)
    assert sale["activation_code"].startswith("LPA:1$smdp.live.example.com$")
    assert (again["order"], again["replayed"]) == (sale["order"], True)
    assert served.smdp.count("downloadOrder") == 1
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])


def test_a_supplier_may_demand_a_phone_and_a_code(
    shop: Shop, served: Served, tmp_path: Path
) -> None:
    """Without the EID nothing is sold; with it the code to scan asks for another, shown apart."""
    live(shop, served, tmp_path)
    shop.ask(*add(served, "--requester", REQUESTER, "--wants-eid", "--confirmation"))
    assert "a confirmation code, the phone's EID" in shop.run("supplier", "show", "norvia").out
    words = ("sell", "--plan", "FR-1GB-7D", "--pay", "cash", "--key", "k1")
    assert shop.refused(*words) == "eid_needed"
    assert shop.refused(*words, "--eid", EID[:-1]) == "bad_eid"
    sale = shop.ask(*words, "--eid", EID)
    (profile,) = served.smdp.profiles.values()
    assert (profile.eid, sale["activation_code"][-3:]) == (EID, "$$1")
    assert profile.confirmation_code in shop.run(*words, "--eid", EID).out
    assert profile.confirmation_code not in sale["activation_code"]


def test_the_queue_names_what_a_supplier_owes(shop: Shop, served: Served, tmp_path: Path) -> None:
    """Paid and unknown: listed with the reason, told by a clerk, delivered without another."""
    live(shop, served, tmp_path)
    served.smdp.faults["downloadOrder"] = ["reset after"]
    words = ("sell", "--plan", "FR-1GB-7D", "--pay", "cash", "--key", "k1")
    assert shop.refused(*words) == "checking"
    (waits,) = shop.ask("order", "queue")["orders"]
    assert (waits["state"], "nobody knows" in waits["waiting"]) == ("paid", True)
    (owed,) = shop.ask("supplier", "show", "norvia")["unfinished"]
    assert (owed["order"], owed["state"]) == (waits["order"], "unknown")
    assert shop.refused("supplier", "remove", "norvia") == "in_use"
    assert shop.run("order", "fulfil", waits["order"]).exit_code == 2
    (iccid,) = served.smdp.profiles
    done = shop.ask("order", "fulfil", waits["order"], "--iccid", iccid)
    assert (done["state"], done["iccid"]) == ("delivered", iccid)
    assert shop.ask("order", "queue")["orders"] == []
    assert shop.ask(*words)["replayed"]
    assert served.smdp.count("downloadOrder") == 1
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])


def test_listening_ends_with_an_interrupt(shop: Shop, tmp_path: Path) -> None:
    """It says where it listens, and goes when it is told to."""
    word = tmp_path / "word"
    word.write_text("a-word-of-the-supplier")
    word.chmod(0o600)
    port = str(free_port())
    process = shop.start("listen", "--secret-file", str(word), "--port", port)
    assert process.stderr is not None
    assert f"http://127.0.0.1:{port}" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "a-word" not in out + err
    assert process.returncode in (0, 130)


def test_a_live_replacement_that_nobody_knows_of_is_fulfilled(
    shop: Shop, served: Served, tmp_path: Path
) -> None:
    """It waits in the queue with the eSIM's number; the supplier's number brings it."""
    live(shop, served, tmp_path)
    old = shop.ask("sell", "--plan", "FR-1GB-7D", "--pay", "cash")["iccid"]
    served.smdp.faults["downloadOrder"] = ["reset after"]
    replace = ("esim", "replace", old, "--reason", "deleted", "--key", "r1")
    assert shop.refused(*replace) == "checking"
    (waits,) = shop.ask("order", "queue")["replacements"]
    assert (waits["iccid"], waits["state"]) == (old, "unknown")
    assert f"replaces {old}" in shop.run("order", "queue").out
    assert shop.run("esim", "fulfil", old).exit_code == 2
    (iccid,) = set(served.smdp.profiles) - {old}
    done = shop.ask("esim", "fulfil", old, "--iccid", iccid)
    assert (done["iccid"], done["former_iccid"]) == (iccid, old)
    assert shop.ask(*replace)["iccid"] == iccid
    assert shop.ask("order", "queue")["replacements"] == []
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])
