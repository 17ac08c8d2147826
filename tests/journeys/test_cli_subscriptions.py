"""Subscriptions and pools from the price list to the paid invoice, with commands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from store_app.screens.bill_words import STATES
from tests.journeys.shop_program import Shop, stock_lines

PLANS = """
[[plan]]
sku = "BUNDLE-10"
kind = "monthly_bundle"
name = "Ten"
operator = "Odido"
countries = ["NL"]
currency = "EUR"
price = "15.00"
data_mb = 10000
overage_size_mb = 100
overage_price = "0.50"
activation_fee = "5.00"
prorate = true

[[plan]]
sku = "METER"
kind = "pay_per_mb"
operator = "Odido"
countries = ["NL"]
currency = "EUR"
rate_per_mb = "0.01"
mrc = "2.00"
mrc_on = "active"

[[plan]]
sku = "ALL"
kind = "unlimited"
operator = "Odido"
countries = ["NL"]
currency = "EUR"
price = "30.00"
high_speed_mb = 1000
per = "day"
throttled_kbps = 512
tethering = "yes"
billing = "pre"

[[plan]]
sku = "SHARED"
kind = "static_pool"
currency = "EUR"
price = "100.00"
data_mb = 2000
overage_size_mb = 1000
overage_price = "3.00"

[[plan]]
sku = "SUM"
kind = "dynamic_pool"
currency = "EUR"
overage_size_mb = 1000
overage_price = "3.00"
prorate = true
"""
CARDS = stock_lines(12, first=2000).splitlines()[1:]
ICCIDS = [line.split(",")[0] for line in CARDS]
BILL_KEYS = {"number", "state", "company", "total_minor", "tax_minor", "due", "ref"}


@pytest.fixture
def office(shop: Shop, tmp_path: Path) -> Shop:
    """The shop with subscription plans, profiles for them, and a company taxed at 21 %."""
    (tmp_path / "subs.toml").write_text(PLANS)
    (tmp_path / "cards.csv").write_text(stock_lines(12, first=2000))
    assert shop.ask("plans", "import", str(tmp_path / "subs.toml"))["created"] == 5
    shop.ask("stock", "import", str(tmp_path / "cards.csv"), "--operator", "Odido", "--approve")
    shop.ask("company", "add", "Acme")
    return shop


def use(shop: Shop, folder: Path, *rows: str) -> dict[str, Any]:
    """Import records of `event,iccid,started_at,bytes,country`."""
    file = folder / "usage.csv"
    file.write_text("\n".join(["event_id,iccid,started_at,bytes,country", *rows]) + "\n")
    return shop.ask("usage", "import", str(file), "--source", "mno")


def sound(shop: Shop) -> bool:
    """Whether the doctor finds nothing."""
    checks = shop.run("--json", "doctor").document["checks"]
    assert [check for check in checks if not check["ok"]] == []
    return True


def billed(shop: Shop, at: str) -> list[dict[str, Any]]:
    """The bills that a run up to an instant has made or added to."""
    found: list[dict[str, Any]] = shop.ask("bill", "run", "--as-of", at)["invoices"]
    return found


def items(shop: Shop, ref: str) -> list[tuple[str, int, int, int]]:
    """What is on a bill: kind, quantity, price, amount."""
    shown = shop.ask("invoice", "show", ref)["items"]
    names = ("kind", "quantity", "unit_price_minor", "amount_minor")
    return sorted(tuple(one[name] for name in names) for one in shown)


def test_a_bundle_from_stock_to_the_paid_invoice(
    office: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assigned, used beyond its data, billed once, approved, issued, paid in two parts."""
    one = ICCIDS[0]
    assigned = ("assign", one, "--plan", "BUNDLE-10", "--company", "Acme", "--key", "a1")
    done = office.ask(*assigned)
    assert (done["iccid"], done["plan"], done["status"]) == (one, "BUNDLE-10", "activation_ready")
    assert office.ask(*assigned)["replayed"] is True
    assert office.refused(*assigned[:-1], "a1", "--user", "x@acme.example") == (
        "idempotency_conflict"
    )
    assert office.ask("esim", "qr", one, "--out", str(tmp_path / "code.png"))["payload"]
    used = use(office, tmp_path, f"e1,{one},2026-03-01T10:00:00Z,10250000000,NL")
    assert (used["applied"], used["charged_minor"], used["overrun_bytes"]) == (1, 0, 0)
    view = office.ask("esim", "show", one)
    assert (view["status"], view["data_left_bytes"], view["days_left"]) == ("active", 0, 31)
    assert (view["overage_bytes"], view["overage_minor"]) == (250_000_000, 150)
    assert view["period_ends_at"] == view["expires_at"] == "2026-04-01T10:00:00Z"

    assert billed(office, "2026-04-01T09:59:59Z") == []
    (bill,) = billed(office, "2026-04-01T10:00:00Z")
    assert bill.keys() >= BILL_KEYS
    assert (bill["state"], bill["number"], bill["due"]) == ("pre_bill", None, None)
    assert billed(office, "2026-04-01T10:00:00Z") == []
    assert items(office, bill["ref"]) == [
        ("activation", 1, 500, 500),
        ("fee", 1, 1500, 1500),
        ("overage", 3, 50, 150),
    ]
    net = 500 + 1500 + 150
    assert (bill["tax_minor"], bill["total_minor"]) == (452, net + 452)
    (usage,) = office.ask("invoice", "show", bill["ref"])["usage"]
    assert (usage["iccid"], usage["country"], usage["bytes"]) == (one, "NL", 10_250_000_000)

    assert office.refused("invoice", "issue", bill["ref"]) == "not_approved"
    assert office.ask("invoice", "approve", bill["ref"])["state"] == "approved"
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-04-02T10:00:00Z")
    issued = office.ask("invoice", "issue", bill["ref"])
    assert (issued["number"], issued["state"]) == ("INV-000001", "open")
    assert issued["due"] == "2026-04-16T10:00:00Z"
    assert office.refused("invoice", "issue", bill["ref"]) == "issued"
    pay = ("invoice", "pay", "INV-000001", "--method", "bank", "--amount")
    assert office.ask(*pay, "20.00", "--key", "p1")["state"] == "part_paid"
    assert office.ask(*pay, "20.00", "--key", "p1")["replayed"] is True
    assert office.refused(*pay, "20.00") == "bad_amount"
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-04-17T10:00:00Z")
    assert [one["state"] for one in office.ask("invoice", "list")["invoices"]] == ["overdue"]
    assert office.ask(*pay, "1.00")["state"] == "overdue"
    for state, count in (("overdue", 1), ("part_paid", 0), ("open", 0)):
        assert len(office.ask("invoice", "list", "--state", state)["invoices"]) == count
    assert office.ask(*pay, "5.02")["state"] == "paid"
    for method in ("cash", "card"):
        more = ("invoice", "pay", "INV-000001", "--amount", "1", "--method", method)
        assert office.refused(*more) == "not_payable"
    assert sound(office)


def test_all_that_wait_are_approved_with_one_command(office: Shop) -> None:
    """With an answer for each; again there is nothing left; a reference and --all are too much."""
    office.ask("assign", ICCIDS[0], "--plan", "BUNDLE-10", "--company", "Acme")
    office.ask("bill", "run", "--as-of", "2026-06-01")
    approve = ("invoice", "approve", "--all")
    assert office.ask(*approve, "--company", "Acme", "--to", "2026-04-01")["invoices"] == []
    first = office.ask(*approve, "--from", "2026-04-01", "--to", "2026-04-02")["invoices"]
    done = office.ask(*approve)["invoices"]
    assert [(one["state"], one["refused"]) for one in first + done] == [("approved", None)] * 2
    assert office.ask(*approve)["invoices"] == []
    assert "None waits" in office.run(*approve).out
    for words in (("approve",), (*approve[1:], "B-1"), ("approve", "B-1", "--company", "Acme")):
        assert office.run("invoice", *words).exit_code == 2


def test_a_state_that_is_none_is_refused_with_those_there_are(shop: Shop) -> None:
    """A slip of the finger is not an empty list; the command knows every state of the screens."""
    said = shop.run("invoice", "list", "--state", "overdeu")
    assert (said.exit_code, said.out) == (2, "")
    assert all(f"'{state}'" in said.err for state in STATES)
    for state in STATES:
        assert shop.ask("invoice", "list", "--state", state)["invoices"] == []


def test_bills_run_up_to_a_day(office: Shop) -> None:
    """A day is its midnight, another word is refused, and a day still to come bills ahead."""
    office.ask("assign", ICCIDS[0], "--plan", "BUNDLE-10", "--company", "Acme")
    assert office.refused("bill", "run", "--as-of", "soon") == "bad_time"
    assert office.ask("bill", "run", "--as-of", "2026-04-01")["invoices"] == []
    (made,) = office.ask("bill", "run", "--as-of", "2026-04-02")["invoices"]
    assert made["bill_on"] == "2026-04-01"


def test_a_static_pool_shares_one_balance(office: Shop, tmp_path: Path) -> None:
    """One price for two members, whose usage is summed before overage."""
    office.ask("pool", "add", "Fleet", "--plan", "SHARED", "--company", "Acme")
    for card in ICCIDS[:2]:
        assert office.ask("assign", card, "--pool", "fleet")["pool"] == "Fleet"
    use(
        office,
        tmp_path,
        f"e1,{ICCIDS[0]},2026-03-01T10:00:00Z,1500000000,NL",
        f"e2,{ICCIDS[1]},2026-03-01T10:01:00Z,1500000001,BE",
    )
    view = office.ask("esim", "show", ICCIDS[0])
    assert (view["pool"], view["data_left_bytes"]) == ("Fleet", 0)
    assert (view["data_used_bytes"], view["overage_minor"]) == (1_500_000_000, 600)
    pool = office.ask("pool", "show", "Fleet")
    assert (pool["data_used_bytes"], len(pool["members"])) == (3_000_000_001, 2)
    assert office.ask("pool", "list")["pools"][0]["pool"] == "Fleet"
    (bill,) = billed(office, "2026-04-01T10:00:00Z")
    assert items(office, bill["ref"]) == [("fee", 1, 10_000, 10_000), ("overage", 2, 300, 600)]
    assert {one["country"] for one in office.ask("invoice", "show", bill["ref"])["usage"]} == {
        "NL",
        "BE",
    }
    assert office.ask("pool", "end", "Fleet")["state"] == "archived"
    assert office.ask("esim", "show", ICCIDS[0])["status"] == "archived"
    assert sound(office)


def test_a_dynamic_pool_grows_with_its_members(
    office: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each member brings data and price; one that joins later brings its days."""
    office.ask("pool", "add", "Vans", "--plan", "SUM", "--company", "Acme")
    assert office.refused("assign", ICCIDS[0], "--pool", "Vans") == "plan_needed"
    office.ask("assign", ICCIDS[0], "--plan", "BUNDLE-10", "--pool", "Vans")
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-11T10:00:00Z")
    office.ask("assign", ICCIDS[1], "--plan", "BUNDLE-10", "--pool", "Vans")
    pool = office.ask("pool", "show", "Vans")
    assert pool["data_included_bytes"] == 10_000_000_000 + 6_774_193_548
    (bill,) = billed(office, "2026-04-01T10:00:00Z")
    assert items(office, bill["ref"]) == [("fee", 1, 1016, 1016), ("fee", 1, 1500, 1500)]
    assert sound(office)


def test_pay_per_mb_is_exact_and_mrc_only_when_active(office: Shop, tmp_path: Path) -> None:
    """The bytes of the period times the rate, in whole minor units."""
    for card in ICCIDS[:2]:
        office.ask("assign", card, "--plan", "METER", "--company", "Acme")
    rows = [f"e{n},{ICCIDS[0]},2026-03-01T10:00:00Z,{333_333},NL" for n in range(4)]
    use(office, tmp_path, *rows)
    view = office.ask("esim", "show", ICCIDS[0])
    assert (view["data_left_bytes"], view["usage_minor"]) == (None, 1)
    (bill,) = billed(office, "2026-04-01T10:00:00Z")
    assert items(office, bill["ref"]) == [("mrc", 1, 200, 200), ("usage", 1, 1, 1)]
    assert sound(office)


def test_a_plan_that_is_paid_first_begins_with_the_money(
    office: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suspended until its invoice is paid, then active by itself; throttled for the day."""
    one = ICCIDS[0]
    done = office.ask("assign", one, "--plan", "ALL", "--company", "Acme")
    assert done["status"] == "suspended"
    assert office.ask("esim", "show", one)["status_reason"] == "invoice unpaid"
    used = use(office, tmp_path, f"e0,{one},2026-03-01T10:00:00Z,5000,NL")
    assert used["overrun_bytes"] == 5000
    (bill,) = billed(office, "2026-03-01T10:00:00Z")
    assert items(office, bill["ref"]) == [("fee", 1, 3000, 3000)]
    office.ask("invoice", "approve", bill["ref"])
    number = office.ask("invoice", "issue", bill["ref"])["number"]
    office.ask("wallet", "top-up", "Acme", "--amount", "100.00", "--pay", "manual")
    paid = office.ask("invoice", "pay", number, "--amount", "36.30", "--method", "wallet")
    assert (paid["state"], paid["wallet_minor"]) == ("paid", 3000)
    assert office.ask("wallet", "show", "Acme")["balance_minor"] == 7000
    assert office.ask("esim", "show", one)["status"] == "activation_ready"
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-02T10:00:00Z")
    use(office, tmp_path, f"e1,{one},2026-03-02T10:00:00Z,1000000000,NL")
    view = office.ask("esim", "show", one)
    assert (view["status"], view["throttled"], view["throttled_kbps"]) == ("active", True, 512)
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-03T10:00:00Z")
    view = office.ask("esim", "show", one)
    assert (view["throttled"], view["high_speed_left_bytes"]) == (False, 1_000_000_000)
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-04-01T10:00:00Z")
    assert office.ask("esim", "show", one)["status"] == "suspended"
    assert sound(office)


def test_what_is_assigned_is_changed_and_ended(
    office: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change takes effect at its instant; the end stops it; the company may assign it again."""
    one = ICCIDS[0]
    office.ask("assign", one, "--plan", "BUNDLE-10", "--company", "Acme")
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-11T10:00:00Z")
    changed = office.ask("assign", one, "--plan", "METER", "--user", "ana@acme.example")
    assert (changed["plan"], changed["end_user"]) == ("METER", "ana@acme.example")
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-21T10:00:00Z")
    ended = office.ask("assign", one, "--end")
    assert ended["status"] == "archived"
    office.ask("company", "add", "Other")
    taken = office.refused("assign", one, "--plan", "METER", "--company", "Other")
    assert taken == "other_company"
    late = use(office, tmp_path, f"e1,{one},2026-03-21T10:00:00Z,5000,NL")
    assert (late["applied"], late["overrun_bytes"]) == (1, 5000)
    (bill,) = billed(office, "2026-04-01T10:00:00Z")
    assert items(office, bill["ref"]) == [("fee", 1, 484, 484)]
    assert office.ask("assign", one, "--plan", "BUNDLE-10")["status"] == "activation_ready"
    told = office.run("esim", "explain", one).out
    assert "monthly fee" in told
    assert sound(office)


def test_prepaid_and_paygo_are_assigned_without_their_price(office: Shop) -> None:
    """Data is granted, no payment is made, and no subscription is billed."""
    one = stock_lines(1).splitlines()[1].split(",")[0]
    done = office.ask("assign", one, "--plan", "ES-5GB-30D", "--company", "Acme")
    assert (done["plan"], done["status"]) == ("ES-5GB-30D", "activation_ready")
    view = office.ask("esim", "show", one)
    assert (view["data_left_bytes"], view["order"]) == (5_000_000_000, None)
    assert office.refused("assign", one, "--plan", "BUNDLE-10") == "other_operator"
    office.ask("wallet", "top-up", "Acme", "--amount", "9.00", "--pay", "manual")
    refill = ("refill", one, "--refill", "1GB", "--pay", "company-wallet")
    assert office.ask(*refill)["data_left_bytes"] == 6_000_000_000
    assert office.ask("assign", one, "--end")["status"] == "archived"
    assert office.ask("esim", "show", one)["status_reason"] == "assignment ended"
    assert billed(office, "2027-01-01") == []
    assert sound(office)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--plan", "BUNDLE-10"), "company_needed"),
        (("--plan", "BUNDLE-10", "--company", "Walk-in"), "company_needed"),
        (("--plan", "BUNDLE-10", "--user", "new@example.com"), "company_needed"),
        (("--plan", "BUNDLE-10", "--company", "Nobody"), "unknown_company"),
        (("--plan", "NONE", "--company", "Acme"), "unknown_plan"),
        (("--plan", "SHARED", "--company", "Acme"), "pool_needed"),
        (("--pool", "Nowhere", "--company", "Acme"), "unknown_pool"),
        (("--plan", "BUNDLE-10", "--company", "Dollars"), "currency_mismatch"),
        (("--plan", "ES-5GB-30D", "--company", "Acme"), "other_operator"),
        (("--company", "Acme"), "plan_needed"),
        (("--end",), "not_assigned"),
    ],
)
def test_what_cannot_be_assigned(office: Shop, words: tuple[str, ...], code: str) -> None:
    """Each refusal says why, and the eSIM stays in stock."""
    office.ask("company", "add", "Dollars", "--currency", "USD")
    office.run("user", "add", "walk@example.com")
    assert office.refused("assign", ICCIDS[0], *words) == code
    assert office.ask("esim", "list")["esims"] == []
