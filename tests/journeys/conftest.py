"""A shop to run commands on: made once with the commands themselves, copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.journeys.shop_program import PLANS, SPAIN, Shop, stock_lines

NOW = "2026-03-01T10:00:00Z"


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two plans, 30 approved profiles of one, and an open shift with 100.00."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "plans.toml").write_text(PLANS)
    (folder / "stock.csv").write_text(stock_lines(30))
    shop = Shop(folder / "store.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESIM_STORE_NOW", NOW)
        shop.ask("init", "--currency", "EUR", "--vat-rate", "21")
        shop.ask("plans", "import", str(folder / "plans.toml"))
        upload = ("stock", "import", str(folder / "stock.csv"), "--operator", "Telefonica")
        shop.ask(*upload, "--plan", SPAIN, "--approve")
        shop.ask("shift", "open", "--float", "100.00")
    return shop.path


@pytest.fixture
def shop(shop_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A copy of that store, its clock standing on the first of March 2026, 10:00 UTC."""
    monkeypatch.setenv("ESIM_STORE_NOW", NOW)
    shutil.copyfile(shop_template, tmp_path / "shop.db")
    return Shop(tmp_path / "shop.db")
