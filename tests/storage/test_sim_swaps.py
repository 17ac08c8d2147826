"""SIM swaps: once, both cards pending, asked again as agreed, all or nothing at the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from catalog.kernel.database import transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.settings import set_setting
from catalog.suppliers.number_moves import Answer, ByHand, Move, OfflineMover, Said, mover_of
from store_app.desk.context import Desk
from store_app.desk.esim_record import archive_esim, esim_log, suspend_esim
from store_app.desk.esims import explain_esim, show_esim
from store_app.desk.orders import refund_verdict
from store_app.desk.replacements import replace_esim
from store_app.desk.sales import refill, sell
from store_app.desk.sim_swaps import show_swap, swap_sim, tell_swap
from store_app.desk.stock import stock_summary
from store_app.desk.upkeep import maintain
from tests.office import HOUR, later, sound, use
from tests.shop import at, iccid
from tests.subscriptions import GB
from tests.swap_shop import SKU, give_number, swap_shop

NEVER, THIRD = "34600000000", "34600000001"


def after(desk: Desk, minutes: int) -> Desk:
    """The desk so many minutes on."""
    return at(desk, desk.clock() + timedelta(minutes=minutes))


def free(desk: Desk) -> int:
    """How many profiles are for sale."""
    return stock_summary(desk)[0].available


def test_the_number_and_the_balance_go_to_the_blank_card(desk: Desk) -> None:
    """At once where the operator does it at once; the old card is archived."""
    card = swap_shop(desk)
    use(later(desk, 1), card, GB, desk.clock() + HOUR)
    told = explain_esim(later(desk, 1), card)
    done = swap_sim(later(desk, 1), card, iccid(2), reason="new phone", key="k")
    assert (done.iccid, done.state, done.tries) == (iccid(2), "done", 1)
    new, old = show_esim(later(desk, 1), iccid(2)), show_esim(later(desk, 1), card)
    assert (new.msisdn, new.data_left_bytes, new.status) == ("34600000012", 4 * GB, "active")
    assert (old.msisdn, old.status, old.order) == ("", "archived", None)
    assert explain_esim(later(desk, 1), iccid(2)) == told
    assert swap_sim(later(desk, 1), card, iccid(2), reason="new phone", key="k").replayed
    words = [(one.field, one.old, one.new) for one in esim_log(desk, iccid(2))]
    assert words == [
        ("service", "", "pending"),
        ("iccid", card, iccid(2)),
        ("service", "pending", ""),
    ]
    assert free(desk) == 1
    assert sound(later(desk, 1))


def test_both_are_pending_meanwhile_and_a_no_restores_them(desk: Desk) -> None:
    """From one hour on, five times, 20 minutes apart; then all is as it was."""
    card = swap_shop(desk, NEVER)
    begun = swap_sim(desk, card, iccid(2), key="k")
    assert (begun.state, begun.tries, begun.due_at) == ("waiting", 1, desk.clock() + HOUR)
    for each in (card, iccid(2)):
        view = show_esim(desk, each)
        assert (view.status, view.status_reason) == ("pending", "SIM swap under way")
    assert free(desk) == 1
    tried = []
    for minute in range(0, 200, 5):
        before = show_swap(desk, card).tries
        maintain(after(desk, minute))
        if show_swap(desk, card).tries > before:
            tried.append(minute)
    assert tried == [60, 80, 100, 120, 140]
    ended = show_swap(desk, card)
    assert (ended.state, ended.tries, ended.iccid) == ("failed", 6, card)
    assert show_esim(after(desk, 200), card).status == "activation_ready"
    assert show_esim(after(desk, 200), iccid(2)).status == "activation_ready"
    assert free(desk) == 2
    assert sound(after(desk, 200))


def test_what_is_pending_is_left_alone(desk: Desk) -> None:
    """No sale, refill, refund, replacement, second swap or word of either card."""
    card = swap_shop(desk, NEVER)
    order = show_esim(desk, card).order or ""
    swap_sim(desk, card, iccid(2), key="k")
    for act in (
        lambda: suspend_esim(desk, card),
        lambda: archive_esim(desk, card, reason="x"),
        lambda: replace_esim(desk, card, key="r"),
        lambda: refill(desk, iccid=card, refill="1GB", pay="cash", key="f"),
        lambda: swap_sim(desk, card, iccid(3), key="k2"),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "pending"
    assert not refund_verdict(desk, order).allowed
    assert sell(desk, sku=SKU, pay="cash", key="s2").iccid == iccid(3)
    with pytest.raises(Refused) as refusal:
        sell(desk, sku=SKU, pay="cash", key="s3")
    assert refusal.value.code == "sold_out"
    assert sound(desk)


def test_an_operator_who_is_slow_is_asked_again(desk: Desk) -> None:
    """Silence is no answer: the third try is heard, and carries the id of the first."""
    card = swap_shop(desk, THIRD)
    swap_sim(desk, card, iccid(2), key="k")
    assert maintain(after(desk, 59)).swapped == 0
    maintain(after(desk, 60))
    assert maintain(after(desk, 80)).swapped == 1
    assert show_swap(desk, iccid(2)).state == "done"
    assert sound(after(desk, 80))


@pytest.mark.parametrize(("done", "number"), [(True, 2), (False, 1)])
def test_an_operator_without_a_program_is_asked_by_a_person(
    desk: Desk, done: bool, number: int
) -> None:
    """Outside a demo store nothing is known until it is told, not even after the last retry."""
    card = swap_shop(desk)
    transact(desk.engine, lambda session: set_setting(session, "demo", "false"))
    begun = swap_sim(desk, card, iccid(2), key="k")
    assert "Ask the operator" in begun.answer
    for minute in range(0, 200, 20):
        maintain(after(desk, minute))
    assert show_swap(desk, card).state == "unknown"
    assert show_esim(desk, card).status == "pending"
    assert sound(after(desk, 200))
    told = tell_swap(after(desk, 200), card, done=done, key="t")
    assert told.iccid == {1: card, 2: iccid(2)}[number]
    assert tell_swap(after(desk, 200), card, done=done, key="t").replayed
    with pytest.raises(Refused) as refusal:
        tell_swap(after(desk, 200), card, done=done)
    assert refusal.value.code == "ended"
    assert sound(after(desk, 200))


def test_what_can_not_be_swapped_is_said(desk: Desk) -> None:
    """No number, a card that is not blank, not free or unknown; nothing is written."""
    card = swap_shop(desk)
    give_number(desk, iccid(3), "34600000099")
    plain = sell(desk, sku=SKU, pay="cash", key="s2").iccid or ""
    assert plain == iccid(2)
    found = []
    for one, to in ((plain, iccid(3)), (card, iccid(3)), (card, plain)):
        with pytest.raises(Refused) as refusal:
            swap_sim(desk, one, to, key="k")
        found.append(refusal.value.code)
    assert found == ["no_number", "not_blank", "not_free"]
    with pytest.raises(NotFound):
        swap_sim(desk, card, "8944000000000000008", key="k")
    with pytest.raises(Refused) as refusal:
        show_swap(desk, card)
    assert refusal.value.code == "no_swap"
    assert sound(desk)


def test_eight_hands_ask_the_operator_once_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the upkeep at the same moment, one asks, and the swap ends once."""
    card = swap_shop(desk, NEVER)
    swap_sim(desk, card, iccid(2), key="k")
    asked: list[Move] = []

    def done(self: OfflineMover, move: Move) -> Answer:
        del self
        asked.append(move)
        return Answer(Said.DONE)

    monkeypatch.setattr(OfflineMover, "move", done)
    with ThreadPoolExecutor(8) as pool:
        ended = sum(one.swapped for one in pool.map(lambda _: maintain(after(desk, 60)), range(8)))
    assert (ended, len(asked), show_swap(desk, card).state) == (1, 1, "done")
    assert sound(after(desk, 60))


def test_only_a_demo_store_has_the_offline_operator() -> None:
    """It says that it is one; elsewhere a person asks."""
    assert mover_of(demo=True).label == "OFFLINE DEMO OPERATOR"
    assert isinstance(mover_of(demo=False), ByHand)
    assert mover_of(demo=False).label == ""
