"""Another profile for what was bought: exact to the byte and the cent, once, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from catalog.esim.record import SECRET
from catalog.esim.tables import EsimRow
from catalog.kernel.errors import IdempotencyConflict, NotFound, Refused
from catalog.stock.exchange import PROFILE
from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esim_record import archive_esim, esim_log, suspend_esim
from store_app.desk.esims import explain_esim, identify_esim, show_esim
from store_app.desk.order_views import show_order
from store_app.desk.orders import refund_order, refund_verdict
from store_app.desk.pools import add_pool, show_pool
from store_app.desk.replacements import Replaced, replace_esim, replace_order
from store_app.desk.reports import take_report
from store_app.desk.sales import refill, sell, top_up
from store_app.desk.shifts import open_shift
from store_app.desk.stock import stock_summary
from store_app.desk.wallets import show_wallet
from tests.office import BUNDLE, DAY, HOUR, bill, later, open_office, sound, use
from tests.paygo import paygo
from tests.shop import add_plans, add_stock, iccid, plan, small_shop
from tests.stock_files import upload
from tests.subscriptions import GB, MB


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A shop with three free profiles."""
    return small_shop(desk)


def sold(desk: Desk, key: str = "s") -> str:
    """The ICCID of an eSIM bought for cash."""
    return sell(desk, sku="ES-5GB-30D", pay="cash", key=key).iccid or ""


def replaced(desk: Desk, card: str, key: str = "r") -> Replaced:
    """The eSIM with another profile."""
    return replace_esim(desk, card, reason="deleted", key=key)


def test_what_is_left_goes_on_to_the_byte(shop: Desk) -> None:
    """Balance, clock, history and order stay; number and code are new; nothing is charged."""
    card = sold(shop)
    refill(shop, iccid=card, refill="1GB", pay="cash", key="f")
    use(later(shop, 1), card, 1_234_567_891, shop.clock() + HOUR)
    now = later(shop, 2)
    before, code, told = show_esim(now, card), esim_code(now, card), explain_esim(now, card)
    done = replaced(now, card)
    after = show_esim(now, done.iccid or "")
    assert done.iccid != card
    assert (done.former_iccid, done.replayed) == (card, False)
    assert esim_code(now, done.iccid or "").payload == done.qr_payload != code.payload
    changed = {name for name, value in asdict(before).items() if asdict(after)[name] != value}
    assert changed == {"iccid"}
    assert explain_esim(now, done.iccid or "") == told
    assert show_order(now, before.order or "").iccid == done.iccid
    old = show_esim(now, card)
    assert (old.status, old.order, old.sold_at) == ("archived", None, None)
    assert old.note == f"its eSIM is {done.iccid} now"
    with pytest.raises(Refused) as refusal:
        esim_code(now, card)
    assert refusal.value.code == "not_sold"
    assert [row for row in stock_summary(now) if (row.available, row.sold) == (1, 1)]
    assert sound(now)


def test_one_key_replaces_once(shop: Desk) -> None:
    """The same request again tells of the same profile; another one is refused."""
    card = sold(shop)
    first = replaced(shop, card)
    again = replaced(shop, card)
    assert again == replace(first, replayed=True)
    with pytest.raises(IdempotencyConflict):
        replace_esim(shop, card, reason="lost", key="r")
    third = replaced(shop, first.iccid or "", key="r2")
    assert replaced(shop, card).qr_payload == ""
    assert len({card, first.iccid, third.iccid}) == 3
    assert sound(shop)


def test_usage_of_the_old_card_is_the_lines_until_then(shop: Desk) -> None:
    """Late records count as ever, the same one once; what the old card uses later is nobody's."""
    card, start = sold(shop), shop.clock()
    use(later(shop, 1), card, GB, start + HOUR)
    new = replaced(later(shop, 2), card).iccid or ""
    now = later(shop, 3)
    assert use(now, card, GB, start + 25 * HOUR, "late").applied == 1
    assert use(now, card, GB, start + HOUR, "e1").duplicates == 1
    after = use(now, card, GB, start + 49 * HOUR, "after")
    assert (after.applied, after.rejected, after.unknown) == (0, 1, 0)
    assert "another profile by then" in after.errors[0].reason
    assert use(now, new, MB, start + 50 * HOUR, "new").applied == 1
    view = show_esim(now, new)
    assert (view.data_used_bytes, view.overrun_bytes) == (2 * GB + MB, 0)
    assert view.activated_at == start + HOUR
    assert sound(now)


def test_its_sale_is_told_with_the_profile_that_it_has(shop: Desk) -> None:
    """The key of the sale gives the new number and its code, never one without the other."""
    card = sold(shop)
    done = replaced(shop, card)
    again = sell(shop, sku="ES-5GB-30D", pay="cash", key="s")
    assert (again.iccid, again.qr_payload, again.replayed) == (done.iccid, done.qr_payload, True)


def test_a_refund_after_a_replacement_looks_at_both(shop: Desk) -> None:
    """Untouched it is simply refundable; what was downloaded before counts."""
    card = sold(shop)
    order = show_esim(shop, card).order or ""
    new = replaced(shop, card).iccid or ""
    assert not refund_verdict(shop, order).needs_supervisor
    body = f'{{"iccid": "{card}", "profileType": "x", "timestamp": "2026-03-01T10:00:00Z",'
    body += '"notificationPointId": 3, "notificationPointStatus": {"status": "Executed-Success"}}'
    take_report(shop, body.encode())
    assert show_esim(shop, new).profile_state == "released"
    verdict = refund_verdict(shop, order)
    assert verdict.needs_supervisor
    assert verdict.rule.startswith("A profile that it had before was downloaded.")
    refund_order(shop, order, key="b", supervisor="Mia", reason="slow")
    assert show_esim(shop, new).status_reason == "refunded"
    assert show_order(shop, order).state == "refunded"
    with pytest.raises(Refused) as refusal:
        replaced(shop, new, key="r2")
    assert refusal.value.code == "ended"
    assert sound(shop)


def test_nothing_left_changes_nothing(shop: Desk) -> None:
    """Sold out is said; an archived eSIM, one in stock and an unknown one are not replaced."""
    cards = [sold(shop, f"s{n}") for n in range(3)]
    with pytest.raises(Refused) as refusal:
        replaced(shop, cards[0])
    assert refusal.value.code == "sold_out"
    add_stock(shop, "ES-5GB-30D", 2, first=50)
    assert replaced(shop, cards[0]).former_iccid == cards[0]
    archive_esim(shop, cards[1], reason="lost")
    for card in (cards[1], cards[0]):
        with pytest.raises((Refused, NotFound)):
            replaced(shop, card, key="x")
    for card in (iccid(51), "8944000000000000008"):
        with pytest.raises(NotFound):
            replaced(shop, card, key="x")
    assert sound(shop)


def test_two_want_the_last_profile(shop: Desk) -> None:
    """One of them has it, the other one keeps what it had."""
    cards = [sold(shop, f"s{n}") for n in range(2)]

    def want(number: int) -> str:
        try:
            return replaced(shop, cards[number], key=f"r{number}").iccid or ""
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(want, range(2)))
    assert found[1] == "sold_out"
    assert sound(shop)


def test_a_suspended_esim_stays_so(shop: Desk) -> None:
    """The store's word, labels and note are the eSIM's and not the profile's."""
    card = sold(shop)
    suspend_esim(shop, card, reason="stolen")
    new = replaced(shop, card).iccid or ""
    assert show_esim(shop, new).word_reason == "stolen"
    assert show_esim(shop, card).word == ""
    assert sound(shop)


def test_an_esim_sold_by_its_code_alone(sqlite_desk: Desk, tmp_path: Path) -> None:
    """It has no number before, and may have none afterwards; the order names it."""
    add_plans(sqlite_desk, plan())
    open_shift(sqlite_desk, float_amount="0")
    file = tmp_path / "codes.txt"
    file.write_text("".join(f"LPA:1$smdp.example.com$BARE-{n}\n" for n in range(3)))
    upload(sqlite_desk, file, plan_sku="ES-5GB-30D", approve=True)
    sale = sell(sqlite_desk, sku="ES-5GB-30D", pay="cash", key="s")
    done = replaced(sqlite_desk, sale.order)
    assert (done.iccid, done.former_iccid, done.order) == (None, None, sale.order)
    assert done.qr_payload not in ("", sale.qr_payload)
    identify_esim(sqlite_desk, sale.order, iccid(7))
    assert replaced(sqlite_desk, iccid(7), key="r2").former_iccid == iccid(7)
    assert use(later(sqlite_desk, 1), iccid(7), MB, sqlite_desk.clock() - HOUR).applied == 0
    assert sound(sqlite_desk)


def test_paygo_goes_on_with_its_wallet(desk: Desk) -> None:
    """Rate, remainder, months and payer are the line's; not a cent is lost or charged twice."""
    open_office(desk)
    add_plans(desk, paygo(mrc="1.00"))
    add_stock(desk, "PAYGO-EU", 2, first=300)
    top_up(desk, "Acme", amount="10.00", pay="manual", key="t1")
    assign_esim(desk, iccid(300), plan="PAYGO-EU", company="Acme")
    use(later(desk, 1), iccid(300), 100 * MB + 1, desk.clock() + HOUR)
    new = replaced(later(desk, 2), iccid(300)).iccid or ""
    use(later(desk, 3), new, MB - 1, desk.clock() + 2 * DAY + HOUR, "e2")
    assert show_esim(later(desk, 3), new).charged_minor == 101
    assert show_wallet(later(desk, 3), "Acme").balance_minor == 1_000 - 100 - 101
    assert sound(later(desk, 3))


def test_a_member_of_a_pool_stays_in_it(desk: Desk) -> None:
    """What it used is the pool's, before and after; the bill is one."""
    open_office(desk)
    add_pool(desk, "Fleet", plan="STATIC_POOL", company="Acme", key="p")
    assign_esim(desk, iccid(100), pool="Fleet")
    use(later(desk, 1), iccid(100), GB, desk.clock() + HOUR)
    done = replaced(later(desk, 2), iccid(100))
    assert done.iccid == iccid(101)
    use(later(desk, 3), iccid(101), GB, desk.clock() + 2 * DAY + HOUR, "e2")
    pool = show_pool(later(desk, 3), "Fleet")
    assert pool.data_used_bytes == 2 * GB
    assert [member["iccid"] for member in pool.members] == [iccid(101)]
    assert bill(later(desk, 31)) == [("fee", 1, 10_000)]
    assert sound(later(desk, 31))


def test_an_assigned_bundle_is_billed_once(desk: Desk) -> None:
    """One line, one fee."""
    open_office(desk)
    assign_esim(desk, iccid(100), plan=BUNDLE, company="Acme")
    replaced(later(desk, 2), iccid(100))
    assert bill(later(desk, 31)) == [("fee", 1, 1_500)]
    assert sound(later(desk, 31))


def test_no_code_is_in_the_log_or_in_a_repr(shop: Desk) -> None:
    """Numbers are; what installs the eSIM is not."""
    card = sold(shop)
    old = esim_code(shop, card)
    done = replaced(shop, card)
    log = [*esim_log(shop, card), *esim_log(shop, done.iccid or "")]
    assert {one.field for one in log} == {"iccid"}
    for secret in (old.matching_id, esim_code(shop, done.iccid or "").matching_id):
        assert secret not in f"{log} {done!r}"


def test_every_column_is_the_profiles_or_the_owners() -> None:
    """A column that is added to the record has to be given to one of the two."""
    owners = {"id", "plan_id", "stock_state", "reserved_until", "order_id", "sold_at"}
    owners |= {"company_id", "end_user_id", "note"}
    columns = {column.name for column in inspect(EsimRow).columns}
    assert {*PROFILE} | owners == columns
    assert not {*PROFILE} & owners
    assert {*SECRET} <= {*PROFILE}


def test_an_order_names_what_is_replaced(shop: Desk) -> None:
    """`order replace` is the same; an order that bought none, or is open, is refused."""
    card = sold(shop)
    order = show_esim(shop, card).order or ""
    filled = refill(shop, iccid=card, refill="1GB", pay="cash", key="f").order
    with pytest.raises(NotFound):
        replace_order(shop, filled)
    done = replace_order(shop, order, key="o")
    assert done.former_iccid == card
    assert replace_order(shop, order, key="o").replayed
    refund_order(shop, order, key="b", supervisor="Mia", reason="no")
    with pytest.raises(Refused) as refusal:
        replace_order(shop, order)
    assert refusal.value.code == "not_replaceable"
