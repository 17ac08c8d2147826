"""The doctor is silent about a sound store and sees each kind of damage."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from catalog.kernel.database import file_of, open_engine, transact
from catalog.kernel.settings import set_setting
from checkout.billing.line_rows import Line
from checkout.billing.lines import LineState, describe, settle_expiries
from checkout.billing.usage_feed import feed
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.doctor import RULES, Check, examine
from tests.busy_shop import NOW, SKU, busy_shop, usage


@pytest.fixture
def busy_desk(desk: Desk) -> Desk:
    """A shop with a bit of everything, on each engine."""
    return busy_shop(desk)


@pytest.fixture(scope="module")
def busy_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shop in a file, made once."""
    path = tmp_path_factory.mktemp("busy") / "store.db"
    shutil.copyfile(sqlite_template, path)
    engine = open_engine(str(path))
    busy_shop(Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1"))
    engine.dispose()
    return path


@pytest.fixture
def busy_file(busy_template: Path, sqlite_desk: Desk) -> Desk:
    """A copy of it, to be damaged."""
    shutil.copyfile(busy_template, str(file_of(sqlite_desk.engine)))
    return sqlite_desk


def _red(engine: Engine, desk: Desk, *, days: int = 0) -> list[Check]:
    now = desk.clock() + timedelta(days=days)
    return [check for check in examine(engine, now) if not check.ok]


def test_a_sound_store_passes_every_check(busy_desk: Desk) -> None:
    """Sales, refunds, a closed shift, wallets and refills leave nothing to complain about."""
    assert _red(busy_desk.engine, busy_desk) == []
    assert len(examine(busy_desk.engine, busy_desk.clock())) == len(RULES) + 2


def test_time_alone_makes_no_store_sick(busy_desk: Desk) -> None:
    """An expired line that no sweep has seen yet has nothing to spend all the same."""
    assert _red(busy_desk.engine, busy_desk, days=400) == []


def test_usage_told_after_an_expiry_leaves_a_sound_store(busy_desk: Desk) -> None:
    """A line keeps the expiry that had passed; only a replay from there comes to it."""
    engine = busy_desk.engine
    sold = sell(busy_desk, sku=SKU, pay="cash", key="late")
    first = usage(sold.iccid, "late-1", 10, 24 * 10)
    feed(engine, [first], source="operator", now=NOW + timedelta(days=11))
    transact(engine, lambda session: settle_expiries(session, NOW + timedelta(days=41)))
    told = usage(sold.iccid, "late-2", 20, 24 * 5)
    transact(engine, lambda session: set_setting(session, "usage_grace_h", "8784"))
    feed(engine, [told], source="operator", now=NOW + timedelta(days=42))
    assert _red(engine, busy_desk, days=43) == []


def test_checks_have_names_of_their_own(sqlite_desk: Desk) -> None:
    """Each name says one thing and is said once."""
    names = [check.name for check in examine(sqlite_desk.engine, sqlite_desk.clock())]
    assert len(set(names)) == len(names)


_HOLD = (
    "(id, wallet_id, reason, actor, amount_minor, captured_minor, state, created_at, deadline_at)"
)
_HOLD += " SELECT id, id, 'why', 'clerk',"
_OPEN = "0, 'held', '2026-03-01 00:00:00.000000', '2027-03-01 00:00:00.000000' FROM wallet"

_ASKED = "UPDATE payment_attempt SET parameters = json_object('payment_intent_data', "
_ASKED += "json_object('setup_future_usage', 'off_session')) WHERE method = 'card'"

_REPLACED = (
    "INSERT INTO live_replacement SELECT id, id, plan_id, 'done', 'k', '', 'clerk', "
    "'2026-03-01 00:00:00.000000', '2026-03-01 00:00:00.000000' FROM esim LIMIT 1"
)
_SAID = "INSERT INTO esim_service SELECT id, '{}', '', 'clerk', '2026-03-01 00:00:00.000000' "
_SAID += "FROM esim WHERE stock_state = '{}'"

DAMAGE = [
    (_SAID.format("archived", "sold"), "archived by hand has ended"),
    ("UPDATE line SET is_held = NOT is_held", "held back while the store says so"),
    (_SAID.format("suspended", "available"), "somebody's is suspended"),
    ("UPDATE esim SET line_kind = 'sim' WHERE lot IS NOT NULL", "lot is of one kind of line"),
    (_SAID.format("pending", "sold"), "pending as long as its SIM swap"),
    (
        "UPDATE esim SET stock_state = 'sold' WHERE id IN (SELECT former_id FROM esim_replacement)",
        "replaced profile is out of trade",
    ),
    ("UPDATE former_number SET iccid_key = '8900000000000000000'", "leads to the line that had it"),
    ("UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'drawer'", "each account"),
    ("UPDATE ledger_account SET balance = balance - 1 WHERE kind = 'wallet'", "each account"),
    ("UPDATE line SET left_bytes = left_bytes - 1", "data left on each line"),
    ("UPDATE paygo_line SET remainder = 1", "what its records come to"),
    ("UPDATE paygo_line SET mrc_months = 2", "what its records come to"),
    ("UPDATE usage_charge SET bytes = bytes + 1 WHERE number = 1", "what its records come to"),
    ("UPDATE usage_posting SET charged_minor = charged_minor + 1", "was debited what its lines"),
    ("DELETE FROM usage_posting", "what its records come to"),
    ("UPDATE usage_batch SET applied_at = NULL, received_at = 0", "usage that has landed"),
    ("DELETE FROM usage_source", "lost what it belongs to"),
    ("DELETE FROM usage_charge WHERE number = 2", "what its records come to"),
    ("UPDATE line SET overrun_bytes = 0 WHERE kind = 'paygo'", "what its records come to"),
    ("UPDATE posting SET unit = 'USD' WHERE kind = 'refund'", "two accounts of its unit"),
    ("UPDATE posting SET credit_id = debit_id", "two accounts of its unit"),
    ("UPDATE posting SET amount = -amount WHERE kind = 'refund'", "two accounts of its unit"),
    (f"INSERT INTO hold {_HOLD} 1000000, {_OPEN}", "sunk below its limit"),
    ("UPDATE ledger_account SET balance = -1 WHERE kind = 'drawer'", "drawer is below zero"),
    ("DELETE FROM posting WHERE kind = 'esim_refill'", "in the ledger with its total"),
    ("UPDATE esim SET company_id = NULL WHERE stock_state = 'sold'", "each sold eSIM"),
    ("UPDATE esim SET order_id = NULL WHERE stock_state = 'sold'", "each sold eSIM"),
    ("DELETE FROM line", "each sold eSIM"),
    (
        "UPDATE sales_order SET esim_id = (SELECT min(id) FROM esim) WHERE state = 'delivered'",
        "sold twice",
    ),
    ("UPDATE esim SET stock_state = 'available' WHERE stock_state = 'sold'", "delivered purchase"),
    ("UPDATE sales_order SET state = 'placed' WHERE state = 'delivered'", "delivered, queued"),
    ("DELETE FROM payment_attempt", "delivered, queued"),
    (
        "UPDATE payment_attempt SET state = 'stranded', received_minor = amount_minor",
        "card money without goods",
    ),
    ("UPDATE esim SET stock_state = 'reserved' WHERE stock_state = 'available'", "reservation"),
    ("UPDATE refund SET amount_minor = amount_minor + 1", "above what was paid"),
    ("UPDATE sales_order SET refunded_minor = 0", "above what was paid"),
    ("UPDATE refund SET payment_ref = 'pi_1', payment_minor = 1", "than it brought"),
    ("UPDATE data_grant SET taken_back_at = NULL", "none once it is given back"),
    ("UPDATE refund SET state = 'pending' WHERE set_aside_minor > 0", "owed until it is there"),
    ("UPDATE refund SET set_aside_minor = 1 WHERE set_aside_minor > 0", "left a wallet"),
    ("UPDATE number_series SET last = last + 1 WHERE name = 'R1'", "no gaps"),
    ("UPDATE number_series SET last = last + 1 WHERE name = 'R1-C'", "no gaps"),
    ("UPDATE shift SET number = 7 WHERE number = 1", "no gaps"),
    ("DELETE FROM number_series", "no gaps"),
    (
        "UPDATE sales_order SET receipt_number = 'R1-000099' WHERE receipt_number = 'R1-000002'",
        "no gaps",
    ),
    ("UPDATE sales_order SET receipt_number = NULL WHERE method = 'manual'", "belongs to a sale"),
    (
        "UPDATE receipt SET content = json_set(content, '$.total_minor', 1)",
        "add up to its Z report",
    ),
    ("UPDATE shift SET expected_minor = 1 WHERE number = 1", "went through the drawer"),
    ("UPDATE cash_movement SET amount_minor = -600", "went through the drawer"),
    ("DELETE FROM company", "lost what it belongs to"),
    ("DELETE FROM download_order", "each eSIM was uploaded or ordered"),
    ("DELETE FROM supplier", "lost what it belongs to"),
    ("UPDATE sales_order SET state = 'paid' WHERE esim_id IS NOT NULL", "profile on its way"),
    ("UPDATE sales_order SET state = 'cancelled' WHERE state <> 'refunded'", "on its way"),
    ("UPDATE download_order SET state = 'released'", "each eSIM was uploaded or ordered"),
    ("UPDATE download_order SET matching_id = 'OTHER'", "handed over is its buyer's"),
    ("UPDATE download_order SET iccid = iccid || '00'", "call to a supplier was written"),
    ("UPDATE download_order SET calls = '[]'", "call to a supplier was written"),
    ("UPDATE download_order SET order_id = id", "ordered for a sale or a replacement"),
    (_REPLACED, "replacement ordered live is done"),
    ("DELETE FROM receipt", "lost what it belongs to"),
    ("PRAGMA user_version = 7", "this version's"),
    ("UPDATE line SET granted_bytes = granted_bytes + 1", "replay of its grants"),
    (
        "UPDATE line SET served_bytes = served_bytes + 1, lost_bytes = lost_bytes - 1",
        "replay of its grants",
    ),
    ("UPDATE line SET lost_bytes = lost_bytes + 1", "replay of its grants"),
    ("UPDATE line SET revoked_bytes = 0", "replay of its grants"),
    ("UPDATE line SET overrun_bytes = overrun_bytes + 1", "replay of its grants"),
    ("UPDATE line SET used_bytes = used_bytes + 1", "replay of its grants"),
    ("UPDATE line SET activated_at = NULL", "replay of its grants"),
    ("UPDATE line SET activated_at = 1769904000000000", "replay of its grants"),
    ("UPDATE line SET expires_at = NULL", "replay of its grants"),
    ("UPDATE line SET expires_at = 1769904000000000", "replay of its grants"),
    ("UPDATE line SET expires_at = 1801440000000000", "replay of its grants"),
    ("UPDATE line SET ended_at = NULL", "replay of its grants"),
    ("UPDATE line SET validity_days = 31", "replay of its grants"),
    ("DELETE FROM usage_record", "replay of its grants"),
    ("UPDATE usage_record SET bytes = bytes + 1", "replay of its grants"),
    (
        "UPDATE usage_record SET rated_at = 1772366400000000",
        "replay of its grants",
    ),
    ("DELETE FROM data_grant WHERE kind = 'refill'", "replay of its grants"),
    ("UPDATE data_grant SET data_bytes = data_bytes + 1", "replay of its grants"),
    (f"INSERT INTO hold {_HOLD} 1, {_OPEN}", "holds money back for nothing"),
    ("UPDATE wallet SET minimum_minor = 100", "what its changes came to"),
    ("UPDATE wallet_change SET was_enabled = 0", "what its changes came to"),
    ("UPDATE wallet_change SET free_minor = 1000000", "sunk below its limit"),
    ("DELETE FROM hold", "from a wallet has its hold"),
    ("UPDATE hold SET amount_minor = amount_minor + 1", "from a wallet has its hold"),
    ("UPDATE hold SET state = 'voided', captured_minor = 0", "from a wallet has its hold"),
    ("UPDATE hold SET wallet_id = (SELECT max(id) FROM wallet)", "captured hold is in the ledger"),
    ("UPDATE hold SET captured_minor = captured_minor - 1", "captured hold is in the ledger"),
    ("UPDATE sales_order SET net_minor = net_minor - 1, tax_minor = tax_minor + 1", "tax of each"),
    ("UPDATE sales_order SET tax_rate = 1000 WHERE tax_rate > 0", "tax of each"),
    ("UPDATE sales_order SET tax_minor = 0", "tax of each"),
    ("UPDATE receipt SET content = json_set(content, '$.tax_minor', 1)", "each receipt says"),
    ("UPDATE receipt SET content = json_remove(content, '$.method')", "each receipt says"),
    ("UPDATE refund SET tax_minor = tax_minor - 1", "credit note says"),
    ("UPDATE refund SET tax_minor = tax_minor - 1", "share of what was given back"),
    ("UPDATE esim SET iccid_key = '89' || substr(iccid_key, 2)", "found by its number"),
    ("UPDATE esim SET iccid = substr(iccid, 1, 18) || '0'", "found by its number"),
    ("UPDATE esim SET smdp_key = 'other.example.com'", "found by its number"),
    ("UPDATE line SET iccid_key = '9' || iccid_key", "found by the number of its eSIM"),
    ("UPDATE stock_batch SET accepted = accepted + 1", "profiles that it counts"),
    ("DELETE FROM esim WHERE stock_state = 'available'", "each lot has the profiles"),
    ("UPDATE stock_batch SET state = 'pending'", "as its batch was decided"),
    ("UPDATE stock_batch SET state = 'rolled_back'", "as its batch was decided"),
    ("UPDATE stock_lot SET is_open = 0", "as its batch was decided"),
    ("UPDATE stock_count SET taken = taken + 1", "each lot has the profiles"),
    ("UPDATE stock_count SET withdrawn = 1", "each lot has the profiles"),
    ("UPDATE esim SET lot = 99 WHERE stock_state = 'available'", "each lot has the profiles"),
    ("UPDATE shift SET totals = json_set(totals, '$.sales', 9) WHERE number = 1", "sums of its"),
    (
        "UPDATE shift SET totals = json_set(totals, '$.refunds', json('[]')) WHERE number = 1",
        "sums of its",
    ),
    ("UPDATE shift SET counted_minor = counted_minor + 1 WHERE number = 1", "count of each"),
    ("UPDATE shift SET counted_minor = NULL WHERE number = 1", "count of each"),
    ("DELETE FROM invoice_line WHERE kind = 'overage'", "billed once, for what it costs"),
    ("UPDATE invoice_line SET quantity = quantity + 1", "billed once, for what it costs"),
    ("UPDATE invoice_line SET period = 7, step = 8", "billed once, for what it costs"),
    ("UPDATE subscription SET next_step = 3", "billed once, for what it costs"),
    (
        "UPDATE subscription_terms SET terms = json_set(terms, '$.fee_minor', 1)",
        "those that were agreed",
    ),
    ("UPDATE period_usage SET bytes = bytes + 1", "that of its records"),
    ("UPDATE period_usage SET period = 1", "that of its records"),
    ("DELETE FROM period_usage", "that of its records"),
    ("UPDATE line SET served_bytes = 0 WHERE kind = 'subscription'", "periods sum up"),
    (
        "UPDATE assignment SET ends_at = '2027-01-01 00:00', line_id = (SELECT max(id) FROM line)",
        "in one place at a time",
    ),
    (
        "UPDATE period_usage SET subscription_id = (SELECT max(id) FROM subscription)",
        "in one place at a time",
    ),
    (
        "UPDATE invoice SET net_minor = net_minor - 1, tax_minor = tax_minor + 1",
        "sum of its lines",
    ),
    ("UPDATE invoice SET tax_rate = 1", "sum of its lines"),
    ("DELETE FROM posting WHERE kind = 'invoice'", "invoice is in the ledger"),
    ("UPDATE posting SET amount = amount + 1 WHERE kind = 'invoice'", "invoice is in the ledger"),
    ("UPDATE invoice SET number = NULL, issued_at = NULL", "invoice is in the ledger"),
    ("DELETE FROM invoice_payment", "came in and is in the ledger"),
    ("DELETE FROM posting WHERE kind = 'invoice_payment'", "came in and is in the ledger"),
    ("UPDATE invoice SET paid_minor = total_minor", "came in and is in the ledger"),
    ("UPDATE invoice SET state = 'paid'", "came in and is in the ledger"),
    (
        "UPDATE invoice SET number = 'INV-000009' WHERE number = 'INV-000001'",
        "run on without a gap",
    ),
    ("UPDATE number_series SET last = 2 WHERE name = 'INV'", "run on without a gap"),
    ("UPDATE number_series SET last = 3 WHERE name = 'CRN'", "run on without a gap"),
    ("DELETE FROM invoice WHERE number = 'CRN-000001'", "the credit notes of each invoice"),
    ("UPDATE invoice SET credited_minor = 400 WHERE number = 'INV-000002'", "within it"),
    (
        "UPDATE invoice SET tax_minor = tax_minor - 1 WHERE number = 'CRN-000001'",
        "with their share of its VAT",
    ),
    (
        "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'receivable'",
        "owes what its invoices leave open",
    ),
    ("UPDATE invoice SET number = 'CRN-000009' WHERE kind = 'bill'", "numbered as a credit note"),
    ("DELETE FROM invoice_payment WHERE method = 'card'", "for an invoice is noted there"),
    (
        "UPDATE invoice_payment SET method = 'card' WHERE method = 'bank'",
        "card money of an invoice",
    ),
    ("DELETE FROM order_on_invoice", "has one invoice that names it"),
    ("UPDATE sales_order SET method = 'cash' WHERE method = 'invoice'", "that names it"),
    (
        "DELETE FROM invoice_item WHERE invoice_id IN (SELECT invoice_id FROM order_on_invoice)",
        "together, a line each",
    ),
    (
        "UPDATE invoice SET tax_minor = tax_minor + 1, net_minor = net_minor - 1",
        "was printed as it is",
    ),
    ("DELETE FROM order_on_invoice", "each invoice of an order has its order"),
    ("UPDATE order_on_invoice SET limit_minor = 0", "above a company's limit"),
    ("UPDATE sales_order SET refunded_minor = 0 WHERE method = 'invoice'", "by the same amount"),
    ("UPDATE invoice SET credited_minor = 0 WHERE number = 'INV-000004'", "by the same amount"),
    (
        "UPDATE invoice SET paid_minor = total_minor WHERE number = 'INV-000003'",
        "delivered when its invoice is paid",
    ),
    ("DELETE FROM receipt WHERE order_id IS NULL", "lost what it belongs to"),
    ("UPDATE invoice_payment SET receipt_number = 'R1-000099' WHERE method = 'cash'", "no gaps"),
    ("UPDATE refill_episode SET state = 'trying'", "one automatic refill at a time"),
    ("UPDATE refill_episode SET state = 'waiting'", "one automatic refill at a time"),
    ("UPDATE refill_episode SET state = 'paused'", "its letter to who approves it"),
    ("DELETE FROM refill_try", "the refill of one episode"),
    ("UPDATE refill_episode SET state = 'lapsed'", "ended well delivered one order"),
    ("UPDATE sales_order SET state = 'placed' WHERE register_id = 'AUTO'", "delivered one order"),
    ("UPDATE card_consent SET at = '2027-01-01 00:00:00.000000'", "agreed to before"),
    ("UPDATE card_consent SET owner_id = id", "agreed to before"),
    (
        _ASKED,
        "agreed to before",
    ),
    ("UPDATE company SET currency = 'EUX'", "ISO 4217"),
    ("UPDATE plan SET currency = 'eur'", "ISO 4217"),
]


@pytest.mark.parametrize(("statement", "name"), DAMAGE)
def test_each_damage_is_seen(busy_file: Desk, statement: str, name: str) -> None:
    """One wrong statement in the file, and the check that watches over it turns red."""
    path = file_of(busy_file.engine)
    assert path is not None
    busy_file.engine.dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
    red = _red(busy_file.engine, busy_file)
    assert name in " | ".join(check.name for check in red)
    assert all(check.detail for check in red)


def test_two_refills_at_a_time_are_seen(busy_file: Desk) -> None:
    """Without its index the store takes a second one; the doctor does not."""
    path = file_of(busy_file.engine)
    busy_file.engine.dispose()
    columns = "auto_refill_id, 'waiting', opened_at, due_at, 0, '' FROM refill_episode"
    columns += " WHERE state = 'refilled'"
    names = "(id, auto_refill_id, state, opened_at, due_at, tries, reason)"
    with closing(sqlite3.connect(str(path))) as connection, connection:
        connection.execute("DROP INDEX uq_refill_episode_open")
        for letter in "ab":
            made = letter * 32
            connection.execute(f"INSERT INTO refill_episode {names} SELECT '{made}', {columns}")
    red = {check.name: check.detail for check in _red(busy_file.engine, busy_file)}
    assert (
        "automatic refill"
        in red["one automatic refill at a time, and its order is as far as it is"]
    )


def test_every_rule_is_proved_by_a_damage() -> None:
    """A rule that nothing can turn red would prove nothing."""
    shown = [name for _statement, name in DAMAGE]
    unproved = {rule.name for rule in RULES if not any(name in rule.name for name in shown)}
    assert unproved == {"a line that is over has no data to spend"}


def test_a_line_that_gives_data_after_its_end_is_seen(
    busy_file: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check asks what the till would ask, so that a wrong answer there is seen here."""

    def lavish(line: Line, now: datetime) -> LineState:
        return replace(describe(line, now), left_bytes=1)

    monkeypatch.setattr("store_app.invariants.goods.describe", lavish)
    path = file_of(busy_file.engine)
    busy_file.engine.dispose()
    with closing(sqlite3.connect(str(path))) as connection, connection:
        connection.execute("UPDATE line SET expires_at = 1577836800000000")
    red = {check.name for check in _red(busy_file.engine, busy_file)}
    assert "a line that is over has no data to spend" in red


def test_torn_pages_are_reported_and_not_raised(busy_file: Desk) -> None:
    """A damaged file gives red checks with advice; the doctor itself goes on."""
    path = file_of(busy_file.engine)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'posting'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    busy_file.engine.dispose()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    red = {check.name: check.detail for check in _red(busy_file.engine, busy_file)}
    assert "the database is whole" in red
    assert len(red) > 1
