"""Subscriptions on both engines: late usage, advance and prepayment, credits, calendars."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from catalog.kernel.database import transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.settings import set_setting
from store_app.desk.assignments import assign_esim, end_assignment
from store_app.desk.context import Desk
from store_app.desk.esims import explain_esim, show_esim
from store_app.desk.invoice_payments import pay_invoice
from store_app.desk.invoices import approve_invoice, list_invoices, run_bills, show_invoice
from store_app.desk.pools import add_pool
from store_app.desk.sales import top_up
from store_app.desk.upkeep import doctor
from store_app.desk.wallets import show_wallet
from tests.office import BUNDLE, DAY, HOUR, assign, bill, issued, later, open_office, sound, use
from tests.shop import add_plans, at, iccid
from tests.subscriptions import GB, MB, plan


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A shop with every subscription plan, eight free profiles, and the company Acme."""
    return open_office(desk)


def test_late_usage_changes_a_bill_that_is_not_issued(office: Desk) -> None:
    """Within the grace and before the issue it counts in its period; approval is asked again."""
    start = office.clock()
    card = assign(office)
    end = later(office, 31)
    assert bill(end) == [("fee", 1, 1500)]
    (view,) = list_invoices(end)
    approve_invoice(end, view.ref)
    use(later(office, 32), card, 10 * GB + 1, start + 30 * DAY)
    (view,) = list_invoices(end)
    assert (view.state, view.total_minor) == ("pre_bill", 1550)
    use(later(office, 32), card, 1, start + 30 * DAY, "e2")
    assert list_invoices(end)[0].total_minor == 1550
    assert run_bills(later(office, 32)).invoices == []
    assert sound(later(office, 32))


@pytest.mark.parametrize("days", [32, 36])
def test_later_usage_is_adjusted_on_the_next_bill(office: Desk, days: int) -> None:
    """After the issue, or after the grace: what it would have cost comes one bill later."""
    start = office.clock()
    card = assign(office)
    bill(later(office, 31))
    if days < 34:
        issued(later(office, 31))
    use(later(office, days), card, 10 * GB + 1, start + 30 * DAY)
    assert list_invoices(office)[0].total_minor == 1500
    assert sound(later(office, days))
    assert bill(later(office, 61)) == [("fee", 1, 1500), ("overage", 1, 50)]
    (newest, *_rest) = list_invoices(office)
    words = [one.item for one in show_invoice(office, newest.ref).items]
    assert words[0].startswith("Adjustment of an earlier period")
    assert sound(later(office, 61))


def test_late_usage_after_the_end_makes_a_bill_of_its_own(office: Desk) -> None:
    """An account that is closed takes one more step."""
    start = office.clock()
    card = assign(office)
    use(office, card, 1, start)
    end_assignment(later(office, 20), card)
    assert bill(later(office, 31)) == [("fee", 1, 1500)]
    issued(later(office, 31))
    assert bill(later(office, 200)) == []
    use(later(office, 201), card, 10 * GB, start + HOUR, "late")
    assert bill(later(office, 201)) == [("overage", 1, 50)]
    assert bill(later(office, 400)) == []
    assert sound(later(office, 400))


def test_usage_of_a_killed_import_is_on_its_bill(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records that only landed are missed by the doctor, and applied before anything is billed."""
    card = assign(office)

    def die(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("checkout.billing.usage_feed.apply_batch", die)
        with pytest.raises(KeyboardInterrupt):
            use(office, card, 10 * GB + 1, office.clock())
    red = [check.name for check in doctor(later(office, 1)) if not check.ok]
    assert red == ["usage that has landed is in the balances"]
    assert bill(later(office, 31)) == [("fee", 1, 1500), ("overage", 1, 50)]
    assert sound(later(office, 31))


def test_at_one_instant_fees_are_told_before_usage_and_it_before_overage(office: Desk) -> None:
    """What was imported and billed at the same moment is explained in the order it counts."""
    card = assign(office)
    end = later(office, 31)
    use(end, card, 10 * GB + 1, office.clock())
    bill(end)
    kinds = [(one.recorded_at == end.clock(), one.kind) for one in explain_esim(end, card)]
    assert [kind for is_now, kind in kinds if is_now] == ["allowance", "fee", "served", "overage"]


@pytest.mark.parametrize("kind", ["static_pool", "dynamic_pool"])
def test_a_member_is_told_what_its_pool_has(office: Desk, kind: str) -> None:
    """What the pool gave less what all took is what is left, in each period, whoever joins when."""
    add_pool(office, "Fleet", plan=kind.upper(), company="Acme")
    own = BUNDLE if kind == "dynamic_pool" else None
    cards = [assign(later(office, 10 * n), n, own, pool="Fleet") for n in range(3)]
    for days, (card, size) in enumerate(zip(cards * 2, range(1, 7), strict=True), start=21):
        use(later(office, days), card, size * MB, later(office, days).clock(), f"e{days}")
    for days in (25, 40):
        desk = later(office, days)
        for card in cards:
            view, entries = show_esim(desk, card), explain_esim(desk, card)
            ends = f"{view.period_ends_at:%Y-%m-%d}"
            pool = [one for one in entries if one.kind in ("pool", "others") and ends in one.reason]
            left = sum(one.data_bytes for one in pool) - view.data_used_bytes
            assert left == view.data_left_bytes
            assert {one.source for one in pool} == {"Fleet"}
    end_assignment(later(office, 41), cards[0])
    assert [one.kind for one in explain_esim(later(office, 80), cards[0])].count("pool") >= 2
    assert sound(later(office, 80))


def test_usage_in_any_order_gives_the_same_bill(office: Desk) -> None:
    """One file or many, forwards or backwards, counters or amounts."""
    start = office.clock()
    cards = [assign(office, n) for n in range(3)]
    sizes = [3 * GB, 5 * GB, 2 * GB + 1]
    total = 0
    for n, size in enumerate(sizes):
        total += size
        use(later(office, 5), cards[0], size, start + n * HOUR, f"a{n}")
        use(later(office, 5), cards[2], total, start + n * HOUR, f"c{n}", counter=True)
    for n, size in reversed(list(enumerate(sizes))):
        use(later(office, 5), cards[1], size, start + n * HOUR, f"b{n}")
    views = [show_esim(later(office, 5), card) for card in cards]
    assert {view.data_used_bytes for view in views} == {10 * GB + 1}
    assert bill(later(office, 31)) == [("fee", 3, 4500), ("overage", 3, 150)]
    assert sound(later(office, 31))


def test_a_fee_in_advance_is_settled_when_the_period_closes(office: Desk) -> None:
    """The fee first; a change credits the old plan and debits the new one by the same days."""
    add_plans(office, plan("monthly_bundle", sku="ADV", billing="advance", prorate=True))
    big = {"sku": "BIG", "price": "31.00", "billing": "advance", "prorate": True}
    add_plans(office, plan("monthly_bundle", **big))
    card = assign(office, sku="ADV")
    assert bill(office) == [("fee", 1, 1500)]
    assert bill(later(office, 30)) == []
    assign_esim(later(office, 10), card, plan="BIG")
    made = bill(later(office, 31))
    assert sorted(made) == [("fee", 1, -1016), ("fee", 1, 2100), ("fee", 1, 3100)]
    (newest, *_rest) = list_invoices(office)
    items = show_invoice(office, newest.ref).items
    assert [one.item.rpartition(", ")[2] for one in items if one.item.startswith("Credit: ")] == [
        "21 of 31 days"
    ]
    assert sound(later(office, 31))


def test_everything_at_one_instant(office: Desk) -> None:
    """Billed, changed, pooled and ended while the clock stands: the next bill settles it."""
    add_plans(office, plan("monthly_bundle", sku="ADV", billing="advance", prorate=True))
    add_plans(office, plan("monthly_bundle", sku="BIG", billing="advance", price="30.00"))
    add_plans(office, plan("dynamic_pool", sku="POOL", billing="advance"))
    add_pool(office, "Vans", plan="POOL", company="Acme")
    card = assign(office, sku="ADV")
    assert bill(office) == [("fee", 1, 1500)]
    assign_esim(office, card, plan="BIG")
    assign_esim(office, iccid(101), plan=BUNDLE, pool="Vans")
    use(office, card, 5, office.clock())
    assert sound(office)
    end_assignment(office, card)
    assert sound(office)
    made = sorted(bill(later(office, 31)))
    assert made == [("fee", 1, -1500), ("fee", 2, 3000), ("overage", 1, 50)]
    assert sound(later(office, 31))


def test_a_credit_pays_the_next_invoice(office: Desk) -> None:
    """Ended after its fee was paid in advance: the rest is the company's credit."""
    add_plans(office, plan("monthly_bundle", sku="ADV", billing="advance", prorate=True))
    card = assign(office, sku="ADV")
    bill(office)
    (first,) = issued(office)
    pay_invoice(office, str(first.number), amount="15.00", method="bank", key="p1")
    end_assignment(later(office, 10), card)
    assert bill(later(office, 31)) == [("fee", 1, -1016)]
    (credit,) = issued(later(office, 31))
    assert (credit.total_minor, credit.state) == (-1016, "paid")
    assign(later(office, 31), 1)
    assert bill(later(office, 62)) == [("fee", 1, 1500)]
    (next_one,) = issued(later(office, 62))
    assert (next_one.state, next_one.paid_minor) == ("part_paid", 1016)
    assert [one["method"] for one in show_invoice(office, next_one.ref).payments] == ["credit"]
    assert sound(later(office, 62))


def test_calendar_periods_bill_a_company_on_one_day(office: Desk) -> None:
    """Assigned on different days, billed together on the 1st, each for its days."""
    terms = {"sku": "CAL", "bill_cycle": "calendar", "prorate": True}
    add_plans(office, plan("monthly_bundle", **terms))
    for number, days in enumerate((0, 10, 20)):
        assign(later(office, days), number, "CAL")
    first_of_april = at(office, datetime.fromisoformat("2026-04-01T00:00:00+00:00"))
    assert sorted(bill(first_of_april)) == [("fee", 1, 532), ("fee", 1, 1016), ("fee", 1, 1500)]
    assert len(list_invoices(office)) == 1
    assert sound(first_of_april)


def test_months_are_the_operators(office: Desk) -> None:
    """A calendar month ends at midnight of the operator's zone, and so does a day."""
    transact(office.engine, lambda s: set_setting(s, "time_zone", "Pacific/Auckland"))
    add_plans(office, plan("monthly_bundle", sku="CAL", bill_cycle="calendar"))
    card = assign(office, sku="CAL")
    assert show_esim(office, card).period_ends_at == datetime.fromisoformat(
        "2026-03-31T11:00:00+00:00"
    )
    fast = assign(office, 1, "UNLIMITED")
    use(office, fast, GB, office.clock())
    assert show_esim(office, fast).throttled
    assert show_esim(at(office, office.clock() + 50 * 60 * timedelta(seconds=1)), fast).throttled
    assert not show_esim(at(office, office.clock() + HOUR), fast).throttled


def test_service_that_is_paid_first_starts_with_the_payment(office: Desk) -> None:
    """Unpaid: suspended, what is used is overrun. Paid by whatever way: it runs by itself."""
    add_plans(office, plan("monthly_bundle", sku="PRE", billing="pre"))
    card = assign(office, sku="PRE")
    assert show_esim(office, card).status_reason == "invoice unpaid"
    bill(office)
    (view,) = issued(office)
    assert show_esim(office, card).status == "suspended"
    assert use(office, card, 7, office.clock()).overrun_bytes == 7
    pay_invoice(office, str(view.number), amount="10.00", method="bank", key="p1")
    assert show_esim(office, card).status == "suspended"
    pay_invoice(office, str(view.number), amount="5.00", method="bank", key="p2")
    assert show_esim(office, card).status == "activation_ready"
    assert use(office, card, 5, office.clock(), "e2").overrun_bytes == 0
    assert show_esim(office, card).status == "active"
    assert show_esim(later(office, 31), card).status == "suspended"
    assert sound(office)


@pytest.mark.parametrize("amount", ["0", "-5.00"])
def test_a_payment_is_above_zero(office: Desk, amount: str) -> None:
    """Nothing, or less, is refused in those words and not with what is open."""
    assign(office)
    bill(later(office, 31))
    (view,) = issued(later(office, 31))
    with pytest.raises(Refused, match="an amount above zero; nothing was paid") as refusal:
        pay_invoice(office, str(view.number), amount=amount, method="bank", key="p1")
    assert (refusal.value.code, refusal.value.field) == ("bad_amount", "amount")


def test_a_bundle_without_a_price_for_more_stops(office: Desk) -> None:
    """When its data is used up it is suspended until the next period begins."""
    none = {"overage_size_mb": None, "overage_price": None}
    add_plans(office, plan("monthly_bundle", sku="STOP", **none))
    card = assign(office, sku="STOP")
    assert use(office, card, 10 * GB - 1, office.clock()).suspended == 0
    assert use(office, card, 6, office.clock(), "e2").suspended == 1
    assert use(office, card, 0, office.clock(), "e3").suspended == 0
    view = show_esim(office, card)
    assert (view.status, view.status_reason) == ("suspended", "data of the period used up")
    assert (view.overrun_bytes, view.overage_minor) == (5, 0)
    assert show_esim(later(office, 31), card).status == "active"
    assert bill(later(office, 31)) == [("fee", 1, 1500)]


def test_a_pool_stops_with_all_its_lines(office: Desk) -> None:
    """Members that were used before stop with it, those never used or gone do not."""
    none = {"overage_size_mb": None, "overage_price": None}
    add_plans(office, plan("static_pool", sku="STOP", **none))
    add_pool(office, "Fleet", plan="STOP", company="Acme")
    cards = [assign(office, number, None, pool="Fleet") for number in range(4)]
    for number in (0, 1, 3):
        assert use(office, cards[number], 1, office.clock(), f"e{number}").suspended == 0
    end_assignment(later(office, 1), cards[3])
    assert use(later(office, 2), cards[0], 50 * GB, later(office, 2).clock(), "big").suspended == 2
    seen = [show_esim(later(office, 2), card).status for card in cards]
    assert seen == ["suspended", "suspended", "activation_ready", "archived"]
    assert use(later(office, 2), cards[2], 1, later(office, 2).clock(), "first").suspended == 1


@pytest.mark.parametrize("step", ["not billed", "pre_bill", "approved", "issued", "part_paid"])
def test_usage_never_makes_a_paid_period_unpaid(office: Desk, step: str) -> None:
    """Whatever is told late, of whatever bill: who waits for a payment waited for it before."""
    none = {"overage_size_mb": None, "overage_price": None}
    add_plans(office, plan("monthly_bundle", sku="PRE", billing="pre", **none))
    start, card = office.clock(), assign(office, sku="PRE")
    bill(office)
    (first,) = issued(office)
    pay_invoice(office, str(first.number), amount="15.00", method="bank", key="p1")
    end = later(office, 31)
    if step != "not billed":
        bill(end)
    if step == "approved":
        approve_invoice(end, list_invoices(end, state="pre_bill")[0].ref)
    if step in ("issued", "part_paid"):
        (second,) = issued(end)
    if step == "part_paid":
        pay_invoice(end, str(second.number), amount="1.00", method="bank", key="p2")
    assert show_esim(end, card).status_reason == "invoice unpaid"
    done = use(end, card, 10 * GB, start + 30 * DAY)
    assert (done.applied, done.suspended, done.overrun_bytes) == (1, 0, 0)
    done = use(end, card, 1, end.clock(), "now")
    assert (done.applied, done.suspended, done.overrun_bytes) == (1, 0, 1)
    assert show_esim(end, card).status_reason == "invoice unpaid"


def test_a_wallet_that_was_taxed_pays_no_tax_again(office: Desk) -> None:
    """VAT is taken once: with the deposit, or with the invoice."""
    transact(office.engine, lambda s: set_setting(s, "vat_rate", "21"))
    assign(office)
    bill(later(office, 31))
    (view,) = issued(later(office, 31))
    assert (view.net_minor, view.tax_minor, view.total_minor) == (1500, 315, 1815)
    number = str(view.number)
    with pytest.raises(NotFound):
        pay_invoice(office, number, amount="18.15", method="wallet")
    top_up(office, "Acme", amount="10.00", pay="manual", key="t1")
    with pytest.raises(Refused) as refusal:
        pay_invoice(office, number, amount="18.15", method="wallet")
    assert refusal.value.code == "wallet_too_low"
    paid = pay_invoice(office, number, amount="6.05", method="wallet", key="p1")
    assert (paid["wallet_minor"], paid["state"]) == (500, "part_paid")
    assert show_wallet(office, "Acme").balance_minor == 500
    assert pay_invoice(office, number, amount="6.05", method="wallet", key="p1")["replayed"]
    assert pay_invoice(office, number, amount="12.10", method="bank")["state"] == "paid"
    assert sound(office)
