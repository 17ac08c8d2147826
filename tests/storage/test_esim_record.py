"""What a store says of a sold eSIM: off by hand, archived, labels, notes; and what it logs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.kernel.errors import IdempotencyConflict, Refused
from store_app.desk.assignments import assign_esim, end_assignment
from store_app.desk.auto_refills import set_esim_refill
from store_app.desk.context import Desk
from store_app.desk.esim_record import (
    archive_esim,
    esim_log,
    label_esim,
    note_esim,
    resume_esim,
    suspend_esim,
)
from store_app.desk.esims import explain_esim, list_esims, show_esim
from store_app.desk.orders import refund_order, refund_verdict
from store_app.desk.people import add_user
from store_app.desk.sales import refill, refill_options, sell, top_up
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import show_wallet
from tests.office import BUNDLE, DAY, HOUR, assign, bill, later, open_office, sound, use
from tests.paygo import paygo
from tests.shop import add_plans, add_stock, at, iccid, small_shop
from tests.subscriptions import GB, MB


@pytest.fixture
def sold(desk: Desk) -> tuple[Desk, str]:
    """A shop and the eSIM that it has sold to Ana, whose wallet holds 50.00."""
    small_shop(desk)
    add_user(desk, "ana@example.com")
    top_up(desk, "ana@example.com", amount="50.00", pay="manual", key="t")
    sale = sell(desk, sku="ES-5GB-30D", pay="wallet", customer="ana@example.com", key="s")
    return desk, sale.iccid or ""


def changes(desk: Desk, card: str) -> list[tuple[str, str, str]]:
    """The log without when and who."""
    return [(one.field, one.old, one.new) for one in esim_log(desk, card)]


def test_an_esim_without_a_refill_for_years_is_archived(sold: tuple[Desk, str]) -> None:
    """The operator's terms: counted from the last sale or refill, once, and not a day early."""
    desk, card = sold
    refill(later(desk, 365), card, refill="1GB", pay="wallet", key="r")
    assert maintain(later(desk, 365 + 1095)).archived == 0
    done = later(desk, 365 + 1096)
    assert (maintain(done).archived, maintain(done).archived) == (1, 0)
    view = show_esim(done, card)
    assert (view.status, view.word_reason) == ("archived", "no refill for 1096 days")
    assert changes(done, card)[-1] == ("service", "", "archived")
    sound(done)


def test_a_suspension_by_hand_stands_above_the_balance(sold: tuple[Desk, str]) -> None:
    """It is off whatever is left, says why and what to do; resumed, the balance decides again."""
    desk, card = sold
    said = suspend_esim(desk, card, reason="stolen", key="k")
    assert (said.status, said.status_reason) == ("suspended", "suspended by hand")
    view = show_esim(desk, card)
    assert (view.word, view.word_reason, view.data_left_bytes) == ("suspended", "stolen", 5 * GB)
    assert "Resume it" in view.next_action
    assert suspend_esim(desk, card, reason="stolen", key="k").replayed
    with pytest.raises(IdempotencyConflict):
        suspend_esim(desk, card, reason="lost", key="k")
    with pytest.raises(Refused) as refusal:
        suspend_esim(desk, card)
    assert refusal.value.code == "suspended"
    assert resume_esim(desk, card).status == "activation_ready"
    with pytest.raises(Refused) as refusal:
        resume_esim(desk, card)
    assert refusal.value.code == "not_suspended"
    assert changes(desk, card) == [("service", "", "suspended"), ("service", "suspended", "")]
    assert sound(desk)


def test_usage_of_a_suspended_esim_counts_and_its_clock_runs(sold: tuple[Desk, str]) -> None:
    """What the network served was served; the days go on, and no data is sold for it (ADR 86)."""
    desk, card = sold
    suspend_esim(desk, card)
    use(later(desk, 1), card, GB, desk.clock() + HOUR)
    view = show_esim(later(desk, 1), card)
    assert (view.status, view.data_left_bytes) == ("suspended", 4 * GB)
    assert refill_refused(desk, card) == "suspended"
    assert show_wallet(desk, "ana@example.com").balance_minor == 3_750
    over = later(desk, 31)
    assert show_esim(over, card).status_reason == "suspended by hand"
    assert resume_esim(over, card).status_reason == "expired"
    assert sound(over)


def refill_refused(desk: Desk, card: str) -> str:
    """The code with which a refill is refused."""
    with pytest.raises(Refused) as refusal:
        refill(desk, iccid=card, refill="1GB", pay="wallet", key="r")
    with pytest.raises(Refused):
        refill_options(desk, card)
    return refusal.value.code


def test_an_automatic_refill_waits_for_the_resumption(sold: tuple[Desk, str]) -> None:
    """Nothing is bought for an eSIM that is off by hand; once it is on again it is."""
    desk, card = sold
    set_esim_refill(desk, card, threshold="900", refill="1GB", pay="wallet")
    suspend_esim(desk, card)
    use(later(desk, 1), card, 4_500 * MB, desk.clock() + HOUR)
    assert maintain(later(desk, 1)).refilled == 0
    resume_esim(later(desk, 1), card)
    assert maintain(later(desk, 1)).refilled == 1
    assert show_esim(later(desk, 1), card).data_left_bytes == 1_500 * MB
    assert sound(desk)


def test_archived_is_the_end_of_it(sold: tuple[Desk, str]) -> None:
    """What is left is revoked by a posting, nothing is sold for it, and it stays refundable."""
    desk, card = sold
    with pytest.raises(Refused) as refusal:
        archive_esim(desk, card, reason=" ")
    assert refusal.value.field == "reason"
    suspend_esim(desk, card)
    assert archive_esim(desk, card, reason="lost", key="a").status == "archived"
    assert archive_esim(desk, card, reason="lost", key="a").replayed
    told = [(one.kind, one.data_bytes, one.reason) for one in explain_esim(desk, card)]
    assert told[-1] == ("revoked", -5 * GB, "archived: lost")
    assert refill_refused(desk, card) == "archived"
    for change in (suspend_esim, resume_esim):
        with pytest.raises(Refused) as refusal:
            change(desk, card)
        assert refusal.value.code == "ended"
    assert show_esim(desk, card).status_reason == "archived by hand"
    assert sound(desk)
    order = show_esim(desk, card).order or ""
    assert refund_verdict(desk, order).allowed
    refund_order(desk, order, key="back", reason="kind")
    assert sound(desk)


def test_archived_paygo_owes_no_more_months(desk: Desk) -> None:
    """The MRC that is due is taken first; the months after cost nothing."""
    open_office(desk)
    add_plans(desk, paygo(mrc="1.00", mrc_anchor="assignment"))
    add_stock(desk, "PAYGO-EU", 1, first=300)
    top_up(desk, "Acme", amount="10.00", pay="manual", key="t1")
    assign_esim(desk, iccid(300), plan="PAYGO-EU", company="Acme")
    archive_esim(later(desk, 40), iccid(300), reason="done")
    maintain(later(desk, 200))
    assert show_wallet(later(desk, 200), "Acme").balance_minor == 800
    use(later(desk, 41), iccid(300), MB, desk.clock() + 40 * DAY + HOUR)
    assert show_wallet(later(desk, 200), "Acme").balance_minor == 800
    assert sound(later(desk, 200))


def test_archived_by_the_month_is_billed_to_its_end(desk: Desk) -> None:
    """The last bill has the begun period, and the next none; it is not assigned again."""
    open_office(desk)
    card = assign(desk)
    archive_esim(later(desk, 3), card, reason="left")
    assert bill(later(desk, 31)) == [("fee", 1, 1500)]
    assert bill(later(desk, 62)) == []
    with pytest.raises(Refused) as refusal:
        assign_esim(later(desk, 4), card, plan=BUNDLE)
    assert refusal.value.code == "archived"
    assert sound(later(desk, 62))


def test_labels_are_kept_once_and_found(sold: tuple[Desk, str]) -> None:
    """In any capitals; several narrow the list down; a key repeats the answer."""
    desk, card = sold
    said = label_esim(desk, card, add=("Fleet", "fleet", " spring  promo "), key="l")
    assert said.labels == ("Fleet", "spring promo")
    assert label_esim(desk, card, add=("Fleet", "fleet", " spring  promo "), key="l").replayed
    assert [one.name for one in list_esims(desk, labels=("FLEET", "spring promo"))] == [card]
    assert [one.name for one in list_esims(desk, "fleet ana@")] == [card]
    assert list_esims(desk, labels=("fleet", "vans")) == []
    with pytest.raises(Refused) as refusal:
        label_esim(desk, card, add=("vans",), remove=("cars",))
    assert refusal.value.code == "unknown_label"
    assert show_esim(desk, card).labels == ("Fleet", "spring promo")
    assert label_esim(desk, card, remove=("FLEET",)).labels == ("spring promo",)
    assert changes(desk, card)[-1] == ("label", "Fleet", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LPA:1$smdp.example.com$K2-1", "secret"),
        ("1$smdp.example.com$K2-1", "secret"),
        ("x" * 501, "bad_note"),
        ("a\x00b", "bad_note"),
    ],
)
def test_no_note_holds_a_code(sqlite_desk: Desk, text: str, code: str) -> None:
    """What looks like a code, is too long or can't be printed is refused and not repeated."""
    small_shop(sqlite_desk)
    with pytest.raises(Refused) as refusal:
        note_esim(sqlite_desk, iccid(1), text)
    assert refusal.value.code == code
    assert "K2" not in str(refusal.value)
    assert show_esim(sqlite_desk, iccid(1)).note == ""


def test_every_change_of_the_owner_is_logged(desk: Desk) -> None:
    """Who, when, what it was and what it is; an eSIM in stock is noted on too."""
    open_office(desk)
    note_esim(desk, iccid(100), "scratched")
    assign(desk)
    end_assignment(at(desk, desk.clock() + timedelta(hours=1)), iccid(100))
    log = esim_log(desk, iccid(100))
    assert [(one.field, one.old, one.new) for one in log] == [
        ("note", "", "scratched"),
        ("plan", "", BUNDLE),
        ("company", "", "Acme"),
        ("plan", BUNDLE, ""),
    ]
    assert {one.actor for one in log} == {"tester"}
    assert log[-1].at == desk.clock() + timedelta(hours=1)


def test_at_most_twenty_labels(sqlite_desk: Desk) -> None:
    """The twenty-first is refused with all that came with it."""
    small_shop(sqlite_desk)
    label_esim(sqlite_desk, iccid(1), add=tuple(f"l{n}" for n in range(19)))
    with pytest.raises(Refused) as refusal:
        label_esim(sqlite_desk, iccid(1), add=("a", "b"))
    assert refusal.value.code == "too_many_labels"
    with pytest.raises(Refused) as refusal:
        label_esim(sqlite_desk, iccid(1), add=("  ",))
    assert refusal.value.code == "bad_label"
    assert len(show_esim(sqlite_desk, iccid(1)).labels) == 19
