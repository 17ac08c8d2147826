"""A shop with a bit of everything, for the doctor to look at and to be damaged under its eyes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from catalog.suppliers.access import Access
from checkout.billing.usage_feed import feed
from checkout.billing.usage_files import UsageRow
from checkout.payments.offline import OfflineCard
from store_app.desk.assignments import assign_esim
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.credit_notes import credit_invoice, void_invoice
from store_app.desk.invoice_cards import collect_invoice
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import approve_invoice, issue_invoice, run_bills
from store_app.desk.orders import refund_order
from store_app.desk.people import add_company, add_user
from store_app.desk.pools import add_pool
from store_app.desk.replacements import replace_esim
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.saved_cards import save_card
from store_app.desk.shifts import close_shift, move_cash, open_shift
from store_app.desk.suppliers import add_supplier
from store_app.desk.wallets import configure_wallet
from tests.paygo import paygo
from tests.shop import add_plans, add_stock, iccid, plan, small_shop
from tests.subscriptions import plan as subscription

SKU = "ES-5GB-30D"
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def busy_shop(desk: Desk) -> Desk:
    """Sales of every kind, refunds, a closed shift, wallets, bills, a live order, a replacement."""
    small_shop(desk, stock=9, vat_rate="21")
    first = sell(desk, sku=SKU, pay="cash", key="1")
    sold = sell(desk, sku=SKU, pay="cash", key="2")
    refund_order(desk, first.order, key="3")
    move_cash(desk, amount="-5.00", reason="Stamps")
    close_shift(desk, counted="109.00", reason="A coin is missing")
    open_shift(desk, float_amount="50.00")
    add_company(desk, "Harbour")
    top_up(desk, "Harbour", amount="100.00", pay="manual", key="4")
    sell(desk, sku=SKU, pay="company-wallet", company="Harbour", key="5")
    used = (usage(sold.iccid, "u1", 3_000, 0), usage(sold.iccid, "u2", 3_100, 1))
    feed(desk.engine, used, source="operator", now=desk.clock() + timedelta(hours=2))
    later = replace(desk, clock=lambda: desk.clock() + timedelta(hours=3))
    refill(later, sold.order, refill="1GB", pay="cash", key="6")
    _roam(desk)
    configure_wallet(later, "ana@example.com", minimum="20.00")
    _bill(desk)
    _sell_on_invoice(desk)
    _refill_by_itself(desk)
    _order_live(desk)
    replace_esim(desk, sold.order, reason="deleted", key="replace")
    _give_back(later, sold.order)
    return desk


def _give_back(desk: Desk, sold: str) -> None:
    """A refill that was taken back, and a part of a top-up that left its wallet."""
    added = refill(desk, sold, refill="1GB", pay="cash", key="18")
    refund_order(desk, added.order, key="19")
    add_company(desk, "Jetty")
    paid = top_up(desk, "Jetty", amount="30.00", pay="cash", key="20")
    refund_order(desk, paid.order, amount="12.10", key="21")


def _refill_by_itself(desk: Desk) -> None:
    """A wallet that was topped up from a kept card, once, by the demo store's card."""
    add_user(desk, "eve@example.com")
    top_up(desk, "eve@example.com", amount="5.00", pay="manual", key="eve")
    transact(desk.engine, lambda session: set_setting(session, "demo", "true"))
    save_card(desk, "eve@example.com", agreed=True)
    set_wallet_refill(desk, "eve@example.com", amount="20.00", threshold="10.00")
    transact(desk.engine, lambda session: set_setting(session, "demo", "false"))


def _order_live(desk: Desk) -> None:
    """An eSIM that was never uploaded: the demo's supplier allocated it when it was paid."""
    transact(desk.engine, lambda session: set_setting(session, "demo", "true"))
    add_plans(desk, plan(sku="LIVE", supplier="demo", profile_type="DEMO-TRAVEL"))
    add_supplier(desk, Access(name="demo", url="offline"))
    assert sell(desk, sku="LIVE", pay="cash", key="live").state == "delivered"


def usage(iccid: str | None, event_id: str, megabytes: int, hours: int) -> UsageRow:
    """Usage in Spain, so many hours after the shop was opened."""
    at = NOW + timedelta(hours=hours)
    return UsageRow(1, event_id, str(iccid), at, megabytes * 1_000_000, "ES")


def _roam(desk: Desk) -> None:
    """A PAYGO eSIM that has used more than its wallet could pay."""
    add_plans(desk, paygo(mrc="1.00"))
    add_stock(desk, "PAYGO-EU", 1, first=100)
    add_user(desk, "ana@example.com")
    top_up(desk, "ana@example.com", amount="5.00", pay="manual", key="7")
    roaming = sell(desk, sku="PAYGO-EU", pay="wallet", customer="ana@example.com", key="8")
    now, iccid = desk.clock(), roaming.iccid or ""
    rows = [
        UsageRow(2, "a", iccid, now, 12_345_678, "CH"),
        UsageRow(3, "b", iccid, now, 5_000_000, "MC"),
        UsageRow(4, "c", iccid, now, 500_000_000, "ES"),
    ]
    done = feed(desk.engine, rows, source="mno", now=now)
    assert (done.charged_minor, done.suspended) == (300, 1)


def _bill(desk: Desk) -> None:
    """A bundle and a pool of two, used, billed, issued, and paid in part."""
    add_plans(desk, subscription("monthly_bundle"), subscription("static_pool"))
    add_stock(desk, "MONTHLY_BUNDLE", 3, first=200)
    add_company(desk, "Acme")
    add_pool(desk, "Fleet", plan="STATIC_POOL", company="Acme")
    assign_esim(desk, iccid(200), plan="MONTHLY_BUNDLE", company="Acme")
    for number in (201, 202):
        assign_esim(desk, iccid(number), pool="Fleet")
    later = replace(desk, clock=lambda: NOW + timedelta(hours=1))
    rows = [usage(iccid(200 + n), f"s{n}", 30_000, 0) for n in range(3)]
    feed(desk.engine, rows, source="operator", now=later.clock())
    (made,) = run_bills(desk, "2026-04-01T10:00:00Z").invoices
    approve_invoice(desk, made.ref)
    issue_invoice(desk, made.ref)
    pay_invoice(desk, "INV-000001", amount="12.10", method="bank", key="9")


def _sell_on_invoice(desk: Desk) -> None:
    """Four eSIMs on invoice: one credited in part, one waits, one cancelled, one paid by card."""
    add_company(desk, "Quay", credit_limit="20.00")
    sell(desk, sku=SKU, pay="invoice", company="Quay", key="10")
    pay_invoice(desk, "INV-000002", amount="15.13", method="cash", key="11")
    credit_invoice(desk, "INV-000002", amount="3.00", key="12")
    add_company(desk, "Pier")
    for key in ("13", "14"):
        sell(desk, sku=SKU, pay="invoice", company="Pier", key=key, when_paid=True)
    void_invoice(desk, "INV-000004", key="15")
    sell(desk, sku=SKU, pay="invoice", company="Quay", key="16")
    collect_invoice(replace(desk, card=OfflineCard()), "INV-000005", key="17")
