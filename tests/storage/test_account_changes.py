"""Changes of companies and end users: taken over, refused whole, and kept with who made them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.kernel.errors import NotFound, Refused
from store_app.desk.account_log import account_log
from store_app.desk.catalogue import import_plans
from store_app.desk.context import Desk
from store_app.desk.people import (
    add_company,
    add_user,
    list_users,
    set_company,
    set_user,
    show_company,
    show_user,
)
from store_app.desk.sales import sell, top_up
from store_app.desk.upkeep import doctor
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.shop import at, small_shop

ANA = "ana@example.com"


def told(desk: Desk, named: str) -> list[tuple[str, str, str, str]]:
    """Field, old, new and who of each change."""
    return [(one.field, one.old, one.new, one.actor) for one in account_log(desk, named)]


def test_each_changed_field_is_kept(desk: Desk) -> None:
    """When, what, from what, to what, by whom; what was not changed is not there."""
    add_company(desk, "Acme", credit_limit="20.00")
    later = at(desk, desk.clock() + timedelta(hours=1))
    set_company(later, "Acme", credit_limit="50", vat_rate="7.5", details={"city": "Madrid"})
    set_company(later, "Acme", credit_limit="50.00", details={"city": "Madrid"})
    assert told(desk, "acme") == [
        ("vat_rate", "", "7.5", "tester"),
        ("credit_limit", "20.00", "50.00", "tester"),
        ("city", "", "Madrid", "tester"),
    ]
    assert {one.at for one in account_log(desk, "Acme")} == {later.clock()}
    assert [check for check in doctor(desk) if not check.ok] == []


def test_a_refused_change_changes_and_keeps_nothing(desk: Desk) -> None:
    """One field that can't be read: none of them is taken over."""
    add_company(desk, "Acme")
    with pytest.raises(Refused):
        set_company(desk, "Acme", vat_rate="5", details={"country": "XX"})
    assert (show_company(desk, "Acme").vat_rate, told(desk, "Acme")) == (None, [])


def test_a_user_is_changed(desk: Desk) -> None:
    """Address, name, company and rate; his wallet and eSIMs are his still."""
    shop = small_shop(desk)
    add_company(shop, "Acme")
    add_user(shop, ANA, name="Ana")
    top_up(shop, ANA, amount="20.00", pay="manual", key="t")
    set_user(
        shop, ANA, new_email=" Ana.Lima@example.com ", name="Ana Lima", company="acme", vat_rate="0"
    )
    new = "ana.lima@example.com"
    view = show_user(shop, new)
    assert (view.name, view.company, view.vat_rate) == ("Ana Lima", "Acme", 0)
    assert show_wallet(shop, new).balance_minor == 2_000
    with pytest.raises(NotFound):
        show_user(shop, ANA)
    assert told(shop, new) == [
        ("email", ANA, new, "tester"),
        ("name", "Ana", "Ana Lima", "tester"),
        ("company", "Walk-in", "Acme", "tester"),
        ("vat_rate", "", "0", "tester"),
    ]
    assert set_user(shop, new, company="", vat_rate="").vat_rate is None
    assert sell(shop, sku="ES-5GB-30D", pay="wallet", key="w", customer=new).state == "delivered"


def test_an_address_is_one_persons(desk: Desk) -> None:
    """Another's address is refused; his own in capitals is no change."""
    add_user(desk, ANA)
    add_user(desk, "bo@example.com")
    with pytest.raises(Refused, match="already"):
        set_user(desk, "bo@example.com", new_email=ANA.upper())
    set_user(desk, ANA, new_email=ANA.upper())
    assert told(desk, ANA) == []
    assert len(list_users(desk)) == 2


def test_a_company_is_renamed(desk: Desk) -> None:
    """Taken once, its own in other capitals is fine, and the walk-in one keeps its name."""
    add_company(desk, "Acme")
    add_company(desk, "Harbour")
    assert set_company(desk, "acme", new_name="ACME  Travel").name == "ACME Travel"
    assert set_company(desk, "acme travel", new_name="Acme Travel").name == "Acme Travel"
    with pytest.raises(Refused, match="already"):
        set_company(desk, "Harbour", new_name="ACME TRAVEL")
    add_user(desk, ANA)
    with pytest.raises(Refused, match="keeps its name"):
        set_company(desk, "Walk-in", new_name="Nobody")
    assert [each[0] for each in told(desk, "Acme Travel")] == ["name", "name"]


def test_plans_that_name_a_company_keep_its_name(desk: Desk, tmp_path: Path) -> None:
    """A designated company is not renamed away from its plans."""
    shop = small_shop(desk)
    add_company(shop, "Acme")
    path = tmp_path / "plan.jsonl"
    path.write_text(
        '{"sku": "A-1", "kind": "prepaid", "operator": "Orange", "countries": ["FR"], '
        '"currency": "EUR", "price": "4.00", "data_mb": 1000, "validity_days": 7, '
        '"start": "first_usage", "companies": ["Acme"]}\n'
    )
    assert import_plans(shop, path).created == 1
    with pytest.raises(Refused, match="A-1"):
        set_company(shop, "Acme", new_name="Harbour")
    assert set_company(shop, "Acme", new_name="ACME").name == "ACME"


def test_the_wallets_limit_is_in_the_log_too(desk: Desk) -> None:
    """Set with the details or on its own: one list, by time."""
    shop = small_shop(desk)
    add_company(shop, "Acme")
    top_up(shop, "Acme", amount="20.00", pay="manual", key="t")
    set_company(shop, "Acme", minimum="-30.00")
    configure_wallet(at(shop, shop.clock() + timedelta(hours=1)), "Acme", enable=False)
    assert show_wallet(shop, "Acme").minimum_minor == -3_000
    assert told(shop, "Acme") == [
        ("wallet_minimum", "0.00", "-30.00", "tester"),
        ("wallet_pays", "yes", "no", "tester"),
    ]
