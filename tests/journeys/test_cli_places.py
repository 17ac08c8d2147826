"""The real program in a real terminal, and the same shop on a database server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ptyprocess import PtyProcessUnicode

from tests.journeys.shop_program import PLANS, SPAIN, Shop, finish, run, start, stock_lines
from tests.peers.postgres_peer import PostgresPeer


def _at_a_terminal(shop: Shop, *words: str) -> str:
    """Everything that the program shows on a terminal of its own; it must succeed."""
    program = [sys.executable, "-m", "store_app", "--store", str(shop.path), *words]
    terminal, shown = PtyProcessUnicode.spawn(program), ""
    while True:
        try:
            shown += terminal.read()
        except EOFError:
            break
    assert terminal.wait() == 0, shown
    return shown


def test_a_sale_at_a_terminal_ends_with_its_qr_code(shop: Shop) -> None:
    """Receipt first, then the code in black and white, as high as its payload needs."""
    shown = _at_a_terminal(shop, "sell", "--plan", SPAIN, "--pay", "cash")
    assert "R1-000001" in shown
    assert shown.count("▀") > 100
    assert len([line for line in shown.splitlines() if "48;5;231m" in line]) in range(15, 24)


def test_an_import_at_a_terminal_shows_how_far_it_is(shop: Shop, tmp_path: Path) -> None:
    """A line that goes away when the answer comes, for those who watch."""
    file = tmp_path / "more.csv"
    file.write_text(stock_lines(40, first=500))
    words = ("stock", "import", str(file), "--operator", "Telefonica", "--plan", SPAIN)
    shown = _at_a_terminal(shop, *words)
    assert "Reading rows" in shown
    assert "40" in shown.rpartition("Accepted")[2]


def test_the_real_program_works_a_shop_from_nothing(tmp_path: Path) -> None:
    """One document on stdout each, exit codes as promised, in processes of their own."""
    store = ("--store", str(tmp_path / "s.db"), "--json")
    (tmp_path / "plans.toml").write_text(PLANS)
    assert finish(start(*store, "plans", "list")).refusal == "no_store"
    assert finish(start(*store, "init")).document["schema"] >= 1
    done = finish(start(*store, "plans", "import", str(tmp_path / "plans.toml")))
    assert (done.exit_code, done.document["created"], done.err) == (0, 2, "")
    assert finish(start(*store, "sell", "--plan", SPAIN, "--pay", "wallet")).exit_code == 1
    assert finish(start(*store, "sell", "--plan")).exit_code == 2


def test_a_shop_on_a_server_is_worked_the_same_way(
    postgres: PostgresPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From `init` to a sound doctor on PostgreSQL; its password is never shown."""
    (tmp_path / "plans.toml").write_text(PLANS)
    (tmp_path / "stock.csv").write_text(stock_lines(3))
    with postgres.database(empty=True) as url:
        monkeypatch.setenv("ESIM_STORE_URL", url)
        assert run("plans", "list", "--json").refusal == "not_upgraded"
        assert run("init", "--json").exit_code == 0
        upload = ("stock", "import", str(tmp_path / "stock.csv"), "--operator", "Telefonica")
        sell = ("sell", "--plan", SPAIN, "--pay", "cash", "--key", "k1")
        for words in (
            ("plans", "import", str(tmp_path / "plans.toml")),
            (*upload, "--plan", SPAIN, "--approve"),
            ("shift", "open", "--float", "0"),
            sell,
            sell,
            ("doctor",),
        ):
            said = run(*words, "--json")
            assert said.exit_code == 0, said
        assert len(run("order", "list", "--json").document["orders"]) == 1


@pytest.mark.parametrize(
    ("store", "code"),
    [
        ("mysql://shop", "bad_store"),
        ("postgresql://", "bad_store"),
        ("postgresql://clerk:hunter2@127.0.0.1:1/shop", "unreachable"),
    ],
)
def test_a_store_that_cannot_be_is_refused_without_its_password(store: str, code: str) -> None:
    """What is wrong is said in a sentence; the password is not."""
    said = run("plans", "list", "--store", store, "--json")
    assert (said.exit_code, said.refusal) == (1, code)
    assert "hunter2" not in said.out + said.err


def test_init_fills_a_demonstration_store(tmp_path: Path) -> None:
    """A demo shop has plans, stock, customers and a past."""
    shop = Shop(tmp_path / "demo.db")
    shop.ask("init", "--demo")
    assert len(shop.ask("plans", "list")["plans"]) > 5
    assert shop.ask("order", "list")["orders"]
    assert shop.ask("esim", "list")["esims"]
    assert all(check["ok"] for check in shop.ask("doctor")["checks"])
    for words in (("order", "list"), ("esim", "list"), ("wallet", "list"), ("plans", "list")):
        assert len(shop.run(*words).out.splitlines()) > 3
