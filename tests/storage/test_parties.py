"""Who stands on an invoice: details of companies, the seller, and reverse charge."""

from __future__ import annotations

import pytest

from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import set_setting
from store_app.desk.context import Desk
from store_app.desk.people import add_company, credit_account, set_company, show_company
from store_app.desk.sales import quote, sell
from tests.office import sound
from tests.shop import small_shop


def test_details_are_kept_as_they_are_written_on_invoices(desk: Desk) -> None:
    """Capitals and blanks of numbers are put right; None leaves what is there."""
    add_company(desk, "Acme", details={"vat_number": "es b-123 45678", "country": "es"})
    view = set_company(desk, "Acme", credit_limit="50.00", details={"city": " Madrid  Norte "})
    assert (view.vat_number, view.country, view.city) == ("ESB12345678", "ES", "Madrid Norte")
    assert show_company(desk, "acme") == view
    assert set_company(desk, "Acme", details={"city": ""}).city == ""


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"vat_number": "12"}, "bad_vat_number"),
        ({"country": "XX"}, "bad_country"),
        ({"email": "nobody"}, "bad_email"),
        ({"street": "x" * 201}, "bad_street"),
    ],
)
def test_what_cannot_be_read_is_refused(desk: Desk, details: dict[str, str], code: str) -> None:
    """With the field, and nothing is added."""
    with pytest.raises(Refused) as refusal:
        add_company(desk, "Acme", details=details)
    assert (refusal.value.code, refusal.value.field) == (code, next(iter(details)))


def test_reverse_charge_needs_a_vat_number_and_charges_none(desk: Desk) -> None:
    """The company accounts for it; the price is net."""
    small_shop(desk, vat_rate="21")
    add_company(desk, "Acme", credit_limit="20.00")
    with pytest.raises(Refused) as refusal:
        set_company(desk, "Acme", reverse_charge=True)
    assert refusal.value.code == "vat_number_needed"
    set_company(desk, "Acme", details={"vat_number": "ESB12345678"}, reverse_charge=True)
    assert quote(desk, "ES-5GB-30D", pay="invoice", company="Acme").total_minor == 1_250
    sale = sell(desk, sku="ES-5GB-30D", pay="invoice", company="Acme", key="k1")
    assert (sale.tax_minor, sale.total_minor) == (0, 1_250)
    account = credit_account(desk, "Acme")
    assert (account.owed_minor, account.left_minor) == (1_250, 750)
    assert sound(desk)


def test_the_walk_in_company_gets_no_credit(desk: Desk) -> None:
    """Nobody would pay its invoices."""
    small_shop(desk)
    sell(desk, sku="ES-5GB-30D", pay="cash", key="k1")
    with pytest.raises(Refused) as refusal:
        set_company(desk, "Walk-in", credit_limit="1.00")
    assert refusal.value.code == "no_credit"


@pytest.mark.parametrize(
    ("name", "text"),
    [("seller_iban", "ES00 0000"), ("seller_country", "XX"), ("seller_vat_number", "1")],
)
def test_the_seller_is_checked_too(desk: Desk, name: str, text: str) -> None:
    """What is wrong on every invoice is refused once."""
    with pytest.raises(Refused) as refusal:
        transact(desk.engine, lambda session: set_setting(session, name, text))
    assert (refusal.value.code, refusal.value.field) == ("bad_setting", name)
