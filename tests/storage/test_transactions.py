"""Transactions on both engines: every kind, every filter, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound
from catalog.kernel.settings import set_setting
from checkout.orders.transactions import Transaction, Wanted, transactions_of
from store_app.desk.assignments import end_assignment
from store_app.desk.context import Desk
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.orders import refund_order
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.transactions import Filters, list_transactions
from tests.office import assign, bill, issued, later, open_office
from tests.shop import add_plans, at, leave_open, small_shop
from tests.subscriptions import plan

SKU = "ES-5GB-30D"
ANA = "ana@example.com"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Six transactions, an hour apart."""
    clock = (at(desk, desk.clock() + timedelta(hours=hour)) for hour in range(20))
    small_shop(desk, stock=6)
    add_company(desk, "Acme")
    add_user(desk, ANA, company="Acme")
    top_up(next(clock), "Acme", amount="50.00", pay="manual", key="1")
    top_up(next(clock), ANA, amount="20.00", pay="cash", key="2")
    first = sell(next(clock), sku=SKU, pay="wallet", customer=ANA, key="3")
    sell(next(clock), sku=SKU, pay="company-wallet", company="Acme", key="4")
    refill(next(clock), first.order, refill="1GB", pay="cash", key="5")
    walk_in = sell(next(clock), sku=SKU, pay="cash", key="6")
    refund_order(next(clock), walk_in.order, key="7")
    return desk


def told(found: list[Transaction]) -> list[tuple[str, int]]:
    """Type and amount of each."""
    return [(one.type, one.amount_minor) for one in found]


def test_all_of_them(shop: Desk) -> None:
    """The newest first; a refund is below zero, goes back the way it came, and keeps its order."""
    found = list_transactions(shop, Filters())
    assert told(found) == [
        ("refund", -1250),
        ("esim_purchase", 1250),
        ("esim_refill", 400),
        ("esim_purchase", 1250),
        ("esim_purchase", 1250),
        ("wallet_refill", 2000),
        ("wallet_refill", 5000),
    ]
    assert [(one.destination, one.method) for one in found[:1] + found[-2:]] == [
        ("drawer", "cash"),
        (ANA, "cash"),
        ("Acme", "manual"),
    ]
    assert found[0].order == found[1].order == found[1].reference != found[0].reference
    assert (found[3].end_user, found[3].company, found[3].method) == (
        None,
        "Acme",
        "company_wallet",
    )
    assert {one.status for one in found} == {"completed"}
    assert (found[1].company, found[2].end_user) == ("Walk-in", ANA)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "refund"}, [0]),
        ({"type": "esim_purchase"}, [1, 3, 4]),
        ({"type": "esim_refill"}, [2]),
        ({"type": "wallet_refill"}, [5, 6]),
        ({"type": "invoice_payment"}, []),
        ({"method": "cash"}, [0, 1, 2, 5]),
        ({"method": "company_wallet"}, [3]),
        ({"method": "card"}, []),
        ({"status": "pending"}, []),
        ({"status": "completed", "type": "refund"}, [0]),
        ({"customer": "ANA@example.com"}, [2, 4, 5]),
        ({"company": "ACME"}, [2, 3, 4, 5, 6]),
        ({"since": "2026-03-01T12:00:00Z"}, [0, 1, 2, 3, 4]),
        ({"until": "2026-03-01T12:00:00Z"}, [5, 6]),
        ({"since": "2026-03-01", "until": "2026-03-02", "type": "refund"}, [0]),
        ({"since": "2026-03-02"}, []),
        ({"company": "Acme", "method": "cash", "type": "wallet_refill"}, [5]),
    ],
)
def test_filters(shop: Desk, given: dict[str, Any], expected: list[int]) -> None:
    """Each alone, and together; a company means its end users too."""
    every = list_transactions(shop, Filters())
    assert list_transactions(shop, Filters(**given)) == [every[index] for index in expected]


@pytest.mark.parametrize("given", [{"customer": "nobody@example.com"}, {"company": "Nobody"}])
def test_somebody_unknown_is_said(shop: Desk, given: dict[str, str]) -> None:
    """A slip of the finger is not an empty list."""
    with pytest.raises(NotFound):
        list_transactions(shop, Filters(**given))


def test_what_is_open_and_what_failed(shop: Desk) -> None:
    """A sale that was broken off waits, and has failed when it is let go."""
    from store_app.desk.upkeep import maintain

    leave_open(shop, sku=SKU, pay="company-wallet", company="Acme", key="8")
    assert len(list_transactions(shop, Filters(status="pending"))) == 1
    done = maintain(at(shop, shop.clock() + timedelta(days=1)))
    assert (done.timed_out, done.reconciled) == (1, 1)
    (failed,) = list_transactions(shop, Filters(status="failed"))
    assert (failed.type, failed.method) == ("esim_purchase", "company_wallet")


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_pages_are_the_whole(shop: Desk, size: int) -> None:
    """Page by page by key gives the same as all at once, with nothing twice."""
    pages = list[Transaction]()
    with snapshot(shop.engine) as session:
        while page := transactions_of(
            session, Wanted(), before=pages[-1] if pages else None, limit=size
        ):
            pages += page
    assert pages == list_transactions(shop, Filters())


@pytest.fixture
def billed(desk: Desk) -> Desk:
    """Acme paid an invoice of 18.15 by bank and out of its taxed wallet, then got a credit."""
    open_office(desk)
    transact(desk.engine, lambda s: set_setting(s, "vat_rate", "21"))
    add_plans(desk, plan("monthly_bundle", sku="ADV", billing="advance", prorate=True))
    card = assign(desk, sku="ADV")
    bill(desk)
    (first,) = issued(desk)
    number = str(first.number)
    top_up(later(desk, 1), "Acme", amount="50.00", pay="manual", key="1")
    pay_invoice(later(desk, 2), number, amount="12.10", method="bank", key="2")
    pay_invoice(later(desk, 3), number, amount="6.05", method="wallet", key="3")
    end_assignment(later(desk, 10), card)
    assert bill(later(desk, 31)) == [("fee", 1, -1016)]
    issued(later(desk, 31))
    assign(later(desk, 31), 1)
    bill(later(desk, 62))
    (second,) = issued(later(desk, 62))
    assert second.paid_minor > 0
    return later(desk, 62)


def test_money_for_invoices(billed: Desk) -> None:
    """Bank and wallet are listed, a credit is not; VAT that the deposit paid is not told twice."""
    found = list_transactions(billed, Filters())
    assert told(found) == [
        ("invoice_payment", 500),
        ("invoice_payment", 1210),
        ("wallet_refill", 6050),
    ]
    wallet, bank, _deposit = found
    assert (wallet.method, bank.method) == ("company_wallet", "bank")
    assert (bank.reference, bank.destination, bank.order) == ("INV-000001", "INV-000001", None)
    assert (bank.currency, bank.company, bank.end_user) == ("EUR", "Acme", None)
    assert bank.at == at(billed, billed.clock() - timedelta(days=60)).clock()
    assert {one.status for one in found} == {"completed"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "invoice_payment"}, [0, 1]),
        ({"type": "wallet_refill"}, [2]),
        ({"method": "bank"}, [1]),
        ({"method": "company_wallet"}, [0]),
        ({"method": "cash"}, []),
        ({"status": "completed"}, [0, 1, 2]),
        ({"status": "pending"}, []),
        ({"company": "acme", "type": "invoice_payment"}, [0, 1]),
        ({"company": "Walk-in"}, []),
        ({"customer": ANA}, []),
        ({"since": "2026-03-04"}, [0]),
        ({"since": "2026-03-03", "until": "2026-03-04"}, [1]),
    ],
)
def test_filters_of_money_for_invoices(
    billed: Desk, given: dict[str, Any], expected: list[int]
) -> None:
    """The same filters as for sales; another company and an end user paid no invoice."""
    add_user(billed, ANA)
    every = list_transactions(billed, Filters())
    assert list_transactions(billed, Filters(**given)) == [every[index] for index in expected]


def test_pages_across_the_kinds(billed: Desk) -> None:
    """Orders and money for invoices follow each other by key."""
    pages = list[Transaction]()
    while page := list_transactions(
        billed, Filters(), before=pages[-1] if pages else None, limit=1
    ):
        pages += page
    assert pages == list_transactions(billed, Filters())
