"""PAYGO over the counter: who pays, packs, refunds, and a wallet that many spend from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.kernel.database import transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.settings import set_setting
from store_app.desk.context import Desk
from store_app.desk.esims import EsimView, explain_esim, list_esims, show_esim
from store_app.desk.orders import refund_order
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import Sale, refill, refill_options, sell, top_up
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.usage import import_usage
from store_app.desk.wallets import configure_wallet, show_wallet
from tests.paygo import SKU, paygo
from tests.shop import add_plans, add_stock, at, plan, small_shop

ANA = "ana@example.com"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A shop with a PAYGO plan and profiles for it."""
    small_shop(desk)
    add_plans(desk, paygo())
    add_stock(desk, SKU, 12, first=100)
    return desk


def report(desk: Desk, folder: Path, iccid: str | None, megabytes: int, event: str = "e1") -> int:
    """Usage arrives now; what it was charged."""
    file = folder / f"{event}.csv"
    started = desk.clock().isoformat()
    file.write_text(
        f"event_id,iccid,started_at,bytes,country\n{event},{iccid},{started},{megabytes}000000,ES\n"
    )
    return import_usage(desk, file, source=f"mno-{event}").charged_minor


def sound(desk: Desk) -> bool:
    """Whether the doctor finds nothing."""
    return [check for check in doctor(desk) if not check.ok] == []


def test_a_paygo_sale_from_wallet_to_usage(shop: Desk, tmp_path: Path) -> None:
    """The price is taken once; usage comes out of the same wallet; everything is shown."""
    add_user(shop, ANA)
    top_up(shop, ANA, amount="10.00", pay="cash", key="t1")
    sale = sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k1")
    assert (sale.state, sale.total_minor) == ("delivered", 100)
    view = show_esim(shop, sale.order)
    assert (view.status, view.data_left_bytes, view.days_left) == ("activation_ready", None, None)
    assert report(shop, tmp_path, sale.iccid, 250) == 250
    view = show_esim(shop, sale.order)
    assert (view.status, view.charged_minor, view.data_used_bytes) == ("active", 250, 250 * 10**6)
    assert (view.wallet_balance_minor, view.wallet_available_minor, view.currency) == (
        650,
        650,
        "EUR",
    )
    assert view.rate_words == "0.01 EUR per MB, other rates in CH, not in MC"
    assert view.days_left == 31
    assert list_esims(shop)[0] == replace(view, waiting_records=None)
    told = [(one.kind, one.data_bytes, one.amount_minor) for one in explain_esim(shop, sale.order)]
    assert sorted(told) == [("served", -250 * 10**6, None), ("usage", 0, -250)]
    history = [entry["amount_minor"] for entry in show_wallet(shop, ANA).history]
    assert history == [-250, -100, 1000]
    assert sound(shop)


@pytest.mark.parametrize(
    ("buyer", "code"),
    [
        ({}, "customer_needed"),
        ({"customer": "new@example.com"}, "no_wallet"),
        ({"company": "Acme"}, "no_wallet"),
        ({"customer": "empty@example.com"}, "wallet_too_low"),
        ({"customer": "off@example.com"}, "wallet_disabled"),
    ],
)
def test_a_payer_is_needed(shop: Desk, buyer: dict[str, Any], code: str) -> None:
    """Cash buys the eSIM, but usage needs a wallet above its minimum; nothing is sold."""
    add_company(shop, "Acme")
    for email in ("empty@example.com", "off@example.com"):
        add_user(shop, email)
        top_up(shop, email, amount="5.00", pay="cash", key=f"t-{email}")
    configure_wallet(shop, "empty@example.com", minimum="5.00")
    configure_wallet(shop, "off@example.com", enable=False)
    with pytest.raises(Refused) as refusal:
        sell(shop, sku=SKU, pay="cash", key="k1", **buyer)
    assert refusal.value.code == code
    assert "nothing was sold" in refusal.value.message
    assert list_esims(shop) == []


def test_whose_wallet_pays(shop: Desk, tmp_path: Path) -> None:
    """The end user's own, else the company's; the company's when it is told to pay."""
    add_company(shop, "Acme")
    top_up(shop, "Acme", amount="10.00", pay="manual", key="t1")
    for email in ("rich@acme.example", "poor@acme.example"):
        add_user(shop, email, company="Acme")
    top_up(shop, "rich@acme.example", amount="10.00", pay="manual", key="t2")
    sales = [
        sell(shop, sku=SKU, pay="cash", customer="rich@acme.example", key="k1"),
        sell(shop, sku=SKU, pay="cash", customer="poor@acme.example", key="k2"),
        sell(shop, sku=SKU, pay="company-wallet", customer="rich@acme.example", key="k3"),
    ]
    for number, sale in enumerate(sales):
        report(shop, tmp_path, sale.iccid, 100, f"e{number}")
    assert show_wallet(shop, "rich@acme.example").balance_minor == 900
    assert show_wallet(shop, "Acme").balance_minor == 1000 - 100 - 100 - 100


def test_a_pack_gives_more_than_it_costs(desk: Desk) -> None:
    """50.00 for 45.00, taxed as a deposit is; the same key buys it once."""
    small_shop(desk, vat_rate="21")
    add_plans(desk, paygo())
    add_user(desk, ANA)
    done = top_up(desk, ANA, pack="50", pay="cash", key="p1")
    assert (done.total_minor, done.tax_minor) == (5445, 945)
    assert (done.credit_minor, done.balance_minor) == (5000, 5000)
    assert top_up(desk, ANA, pack="50", pay="cash", key="p1").replayed
    assert [entry["amount_minor"] for entry in show_wallet(desk, ANA).history] == [500, 4500]
    assert sound(desk)


def test_packs_of_one_id_that_differ_need_their_plan(shop: Desk) -> None:
    """Equal packs are one; different ones are asked for; an own eSIM's plan settles it."""
    add_user(shop, ANA)
    add_plans(shop, paygo(sku="SAME"))
    assert top_up(shop, ANA, pack="50", pay="cash", key="p1").balance_minor == 5000
    add_plans(shop, paygo(sku="DEAR", refill=[{"id": "50", "credit": "50.00", "price": "49.00"}]))
    with pytest.raises(Refused) as refusal:
        top_up(shop, ANA, pack="50", pay="cash", key="p2")
    assert (refusal.value.code, refusal.value.field) == ("ambiguous_pack", "plan")
    assert top_up(shop, ANA, pack="50", plan="DEAR", pay="cash", key="p2").total_minor == 4900
    sell(shop, sku=SKU, pay="cash", customer=ANA, key="k1")
    assert top_up(shop, ANA, pack="50", pay="cash", key="p3").total_minor == 4500


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"pack": "99"}, "unknown_pack"),
        ({"pack": "50", "plan": "ES-5GB-30D"}, "unknown_pack"),
        ({"pack": "50", "amount": "5.00"}, "bad_amount"),
        ({}, "bad_amount"),
        ({"amount": "5.00", "plan": SKU}, "bad_amount"),
        ({"pack": "50", "plan": "DOLLAR"}, "currency_mismatch"),
    ],
)
def test_refused_top_ups(shop: Desk, request_: dict[str, Any], code: str) -> None:
    """An unknown pack, both or neither of pack and amount, another currency."""
    add_user(shop, ANA)
    configure_wallet(shop, ANA, enable=True)
    add_plans(shop, paygo(sku="DOLLAR", currency="USD"))
    with pytest.raises((Refused, NotFound)) as refusal:
        top_up(shop, ANA, pay="manual", key="p1", **request_)
    assert refusal.value.code == code


def test_a_paygo_esim_takes_credit_and_no_data(shop: Desk) -> None:
    """A refill is refused with what to do, and none is offered."""
    add_user(shop, ANA)
    top_up(shop, ANA, amount="10.00", pay="cash", key="t1")
    sale = sell(shop, sku=SKU, pay="cash", customer=ANA, key="k1")
    assert refill_options(shop, sale.order) == []
    with pytest.raises(Refused, match="--pack"):
        refill(shop, sale.order, refill="50", pay="cash", key="r1")


def test_mrc_suspends_and_a_top_up_resumes(shop: Desk, tmp_path: Path) -> None:
    """Anniversary unpaid: suspended with its reason; money pays the MRC first, unasked."""
    add_user(shop, ANA)
    add_plans(shop, paygo(mrc="2.00", mrc_anchor="assignment"))
    top_up(shop, ANA, amount="5.00", pay="cash", key="t1")
    sale = sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k1")
    assert show_wallet(shop, ANA).balance_minor == 200
    report(shop, tmp_path, sale.iccid, 150)

    def later(days: int) -> Desk:
        return at(shop, shop.clock() + timedelta(days=days))

    assert maintain(later(30)).charged == 0
    assert seen(show_esim(later(30), sale.order)) == ("active", "")
    assert maintain(later(31)).charged == 0
    assert seen(show_esim(later(31), sale.order)) == ("suspended", "mrc unpaid")
    top_up(later(33), ANA, amount="5.00", pay="cash", key="t2")
    assert show_wallet(shop, ANA).balance_minor == 350
    assert seen(show_esim(later(33), sale.order)) == ("active", "")
    assert maintain(later(62)).charged == 1
    configure_wallet(later(62), ANA, minimum="1.50")
    assert seen(show_esim(later(62), sale.order)) == ("suspended", "wallet at its limit")
    configure_wallet(later(62), ANA, minimum="-9.00")
    assert seen(show_esim(later(62), sale.order)) == ("active", "")
    assert sound(later(62))


def seen(view: EsimView) -> tuple[str, str]:
    """The status and why."""
    return view.status, view.status_reason


def test_an_unused_paygo_sale_is_refunded(shop: Desk, tmp_path: Path) -> None:
    """The price goes back to the wallet it came from and the line ends; used ones need reasons."""
    add_user(shop, ANA)
    top_up(shop, ANA, amount="10.00", pay="cash", key="t1")
    sale = sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k1")
    assert refund_order(shop, sale.order, key="r1").state == "refunded"
    assert show_wallet(shop, ANA).balance_minor == 1000
    assert show_esim(shop, sale.order).status == "archived"
    used = sell(shop, sku=SKU, pay="wallet", customer=ANA, key="k2")
    report(shop, tmp_path, used.iccid, 1)
    with pytest.raises(Refused):
        refund_order(shop, used.order, key="r2")
    assert sound(shop)


def test_usage_and_sales_at_once_never_pass_the_limit(shop: Desk, tmp_path: Path) -> None:
    """Eight hands on one wallet, half report usage and half buy: it ends at or above its limit."""
    transact(shop.engine, lambda session: set_setting(session, "cash_reserve_s", "600"))
    add_company(shop, "Acme")
    top_up(shop, "Acme", amount="61.00", pay="manual", key="t1")
    roaming = sell(shop, sku=SKU, pay="company-wallet", company="Acme", key="k0")
    add_plans(shop, plan(sku="BIG", price="9.00"))
    add_stock(shop, "BIG", 12, first=300)

    def act(number: int) -> int:
        if number % 2:
            return sum(
                report(shop, tmp_path, roaming.iccid, 300, f"e{number}-{i}") for i in range(3)
            )
        try:
            sale = sell(shop, sku="BIG", pay="company-wallet", company="Acme", key=f"k{number}")
        except Refused as refusal:
            return 0 if refusal.code == "wallet_too_low" else 10**9
        return sale.total_minor

    with ThreadPoolExecutor(8) as pool:
        spent = sum(pool.map(act, range(1, 17)))
    wallet = show_wallet(shop, "Acme")
    assert (wallet.balance_minor, wallet.held_minor) == (6000 - spent, 0)
    assert wallet.balance_minor == 0
    assert show_esim(shop, roaming.order).status_reason == "wallet at its limit"
    assert sound(shop)


def test_everything_at_once_on_two_wallets(shop: Desk, tmp_path: Path) -> None:
    """Usage, top-ups, refills, refunds and upkeep cross each other; every cent is accounted for."""
    add_plans(shop, paygo(mrc="0.50", mrc_anchor="assignment"))
    add_stock(shop, "ES-5GB-30D", 30, first=300)
    for name in "AB":
        add_company(shop, name)
        top_up(shop, name, amount="100.00", pay="manual", key=f"t{name}")

    def buy(sku: str, name: str, key: str) -> Sale:
        return sell(later, sku=sku, pay="company-wallet", company=name, key=key)

    later = shop
    roaming = [buy(SKU, name, f"{name}{i}").iccid for name in "AB" for i in range(2)]
    prepaid = [buy("ES-5GB-30D", name, f"p{name}") for name in "AB"]
    later = at(shop, shop.clock() + timedelta(days=70))

    def act(number: int) -> None:
        name, kind = "AB"[number % 2], number % 5
        if kind == 0:
            cards = [*roaming, *(one.iccid for one in prepaid)][:: 1 if number % 2 else -1]
            rows = [f"{number}-{one},{one},{later.clock().isoformat()},3000000,ES" for one in cards]
            file = tmp_path / f"{number}.csv"
            file.write_text("\n".join(["event_id,iccid,started_at,bytes,country", *rows]))
            import_usage(later, file, source=f"mno-{number}")
        elif kind == 1:
            top_up(later, name, amount="1.00", pay="manual", key=f"top-{number}")
        elif kind == 2:
            refill(
                later,
                prepaid[number % 2].order,
                refill="1GB",
                pay="company-wallet",
                key=f"r{number}",
            )
        elif kind == 3:
            refund_order(later, buy("ES-5GB-30D", name, f"k{number}").order, key=f"f{number}")
        else:
            maintain(later)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(40)))
    spent = 2 * 100 + 1250 + 2 * 3 * 50 + 2 * 8 * 3 + 4 * 400
    assert [show_wallet(shop, name).balance_minor for name in "AB"] == [10_400 - spent] * 2
    assert sound(later)
