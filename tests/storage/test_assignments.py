"""Subscription lines in many hands: moved, owned, raced for; bill runs at once and killed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog.kernel.errors import Refused
from store_app.desk.assignments import assign_esim, end_assignment
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esims import explain_esim, show_esim
from store_app.desk.invoices import (
    list_invoices,
    run_bills,
    show_invoice,
)
from store_app.desk.people import add_company
from store_app.desk.pools import add_pool, end_pool, list_pools, show_pool
from store_app.desk.sales import top_up
from store_app.desk.wallets import show_wallet
from tests.office import BUNDLE, DAY, HOUR, assign, bill, later, open_office, sound, use
from tests.paygo import paygo
from tests.shop import add_plans, add_stock, iccid
from tests.subscriptions import GB, MB


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A shop with every subscription plan, eight free profiles, and the company Acme."""
    return open_office(desk)


def test_a_line_moves_between_plan_and_pools(office: Desk) -> None:
    """Each move ends one stretch and begins the next; the pool keeps what was used in it."""
    add_pool(office, "Fleet", plan="STATIC_POOL", company="Acme", key="p")
    add_pool(office, "Vans", plan="DYNAMIC_POOL", company="Acme")
    card = assign(office)
    use(later(office, 1), card, GB, office.clock() + HOUR)
    assign_esim(later(office, 2), card, pool="Fleet")
    use(later(office, 3), card, 2 * GB, office.clock() + 2 * DAY + HOUR, "e2")
    assign_esim(later(office, 4), card, plan=BUNDLE, pool="Vans")
    use(later(office, 5), card, 3 * GB, office.clock() + 4 * DAY + HOUR, "e3")
    assert show_pool(later(office, 5), "Fleet").data_used_bytes == 2 * GB
    assert show_pool(later(office, 5), "Fleet").members == []
    assert show_esim(later(office, 5), card).data_left_bytes == 7 * GB
    made = bill(later(office, 31))
    assert sorted(made) == [("fee", 1, 10_000), ("fee", 2, 3_000)]
    end_pool(later(office, 31), "Vans")
    assert [pool.state for pool in list_pools(later(office, 31))] == ["active", "archived"]
    with pytest.raises(Refused) as refusal:
        assign_esim(later(office, 32), card, plan=BUNDLE, pool="Vans")
    assert refusal.value.code == "ended"
    assert sound(later(office, 32))


def test_an_assigned_esim_is_its_companys(office: Desk) -> None:
    """Its code is shown, it is explained, and nobody else gets it."""
    card = assign(office, user="ana@acme.example")
    assert esim_code(office, card).payload.startswith("LPA:1$")
    use(later(office, 1), card, 5, office.clock() + HOUR)
    bill(later(office, 31))
    told = [(one.kind, one.data_bytes, one.amount_minor) for one in explain_esim(office, card)]
    assert told == [("allowance", 10 * GB, None), ("served", -5, None), ("fee", 0, -1500)]
    add_company(office, "Other")
    with pytest.raises(Refused) as refusal:
        assign_esim(office, card, plan=BUNDLE, company="Other")
    assert refusal.value.code == "other_company"


def test_paygo_is_assigned_without_its_price(office: Desk) -> None:
    """It needs a wallet for its usage, and takes nothing for itself (decision 6)."""
    add_plans(office, paygo())
    add_stock(office, "PAYGO-EU", 1, first=300)
    with pytest.raises(Refused) as refusal:
        assign_esim(office, iccid(300), plan="PAYGO-EU", company="Acme")
    assert refusal.value.code == "no_wallet"
    top_up(office, "Acme", amount="10.00", pay="manual", key="t1")
    done = assign_esim(office, iccid(300), plan="PAYGO-EU", company="Acme")
    assert done.status == "activation_ready"
    assert use(office, iccid(300), 100 * MB, office.clock()).charged_minor == 100
    assert show_wallet(office, "Acme").balance_minor == 900
    with pytest.raises(Refused) as refusal:
        assign_esim(office, iccid(300), plan=BUNDLE)
    assert refusal.value.code == "in_use"
    end_assignment(office, iccid(300))
    assert assign_esim(office, iccid(300), plan=BUNDLE).status == "activation_ready"
    assert sound(office)


def test_one_profile_has_one_owner_whoever_is_quicker(office: Desk) -> None:
    """Eight companies at once want the same card; one has it."""
    for number in range(8):
        add_company(office, f"C{number}")

    def want(number: int) -> str:
        try:
            assign_esim(office, iccid(100), plan=BUNDLE, company=f"C{number}", key=f"k{number}")
        except Refused as refusal:
            return refusal.code
        return "mine"

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(want, range(8)))
    assert found == ["mine", *["other_company"] * 7]
    assert sound(office)


def test_many_bill_runs_at_once_bill_each_period_once(office: Desk) -> None:
    """Four hands bill three months while usage comes in; every period is billed once."""
    start = office.clock()
    add_company(office, "Other")
    cards = [assign(office, n) for n in range(6)]
    assign_esim(office, iccid(106), plan="PAY_PER_MB", company="Other")
    for n, card in enumerate(cards):
        use(office, card, (n + 6) * 2 * GB, start, f"e{n}")
    end = later(office, 93)

    def act(number: int) -> int:
        if number % 2:
            return use(end, cards[number], MB, start + 70 * DAY, f"late{number}").applied
        return run_bills(end, batch=2).subscriptions

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(6)))
    run_bills(end)
    lines = [one for view in list_invoices(end) for one in show_invoice(end, view.ref).items]
    fees = [one.quantity for one in lines if one.kind == "fee"]
    assert sum(fees) == 6 * 3
    assert run_bills(end).subscriptions == 0
    assert sound(end)


def test_a_killed_bill_run_is_taken_up(office: Desk) -> None:
    """What was committed stands, the rest is done by the next run; the bill is the same."""
    for number in range(6):
        assign(office, number)
    end = later(office, 31)

    def dying(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_bills(end, batch=2, report=dying)
    assert list_invoices(end)[0].net_minor == 4 * 1500
    run_bills(end)
    (view,) = list_invoices(end)
    assert view.net_minor == 6 * 1500
    assert sound(end)
