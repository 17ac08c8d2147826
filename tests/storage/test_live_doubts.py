"""Live orders that go wrong: what nobody knows waits for a clerk, and the money goes back once."""

from __future__ import annotations

import pytest
from sqlmodel import select

from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.suppliers.tables import DownloadOrderRow
from store_app.desk.card_orders import stranded_orders
from store_app.desk.context import Desk
from store_app.desk.orders import check_order, refund_order
from store_app.desk.replacements import replace_order
from store_app.desk.shifts import close_shift, open_shift
from store_app.desk.suppliers import fulfil_order
from store_app.desk.upkeep import maintain
from store_app.desk.wallets import show_wallet
from tests.live_shop import SKU, buy, is_sound, later, live_shop, only, refusal
from tests.peers.smdp_peer import Served
from tests.shop import add_stock
from tests.shop import iccid as card


@pytest.fixture
def shop(sqlite_desk: Desk, served: Served) -> Desk:
    """The shop without uploaded stock."""
    return live_shop(sqlite_desk, served)


def download(desk: Desk) -> DownloadOrderRow:
    """The only profile that was ever ordered."""
    with snapshot(desk.engine) as session:
        return session.exec(select(DownloadOrderRow)).one()


def test_money_does_not_wait_for_a_lost_cancellation(shop: Desk, served: Served) -> None:
    """The ICCID is kept, and the upkeep gives the profile back later."""
    served.smdp.faults["confirmOrder"] = ["Failed 8.2.7/2.2"]
    served.smdp.faults["cancelOrder"] = ["HTTP 500"] * 2
    refusal(shop)
    assert (only(shop).state, download(shop).state) == ("refunded", "cancelling")
    is_sound(shop)
    maintain(later(shop))
    assert (served.smdp.states(), download(shop).state) == (["available"], "cancelled")
    is_sound(shop)


@pytest.mark.parametrize("fault", ["HTTP 500", "Pending", "no header", "reset after", "hang after"])
def test_an_unknown_order_waits_for_a_clerk(shop: Desk, served: Served, fault: str) -> None:
    """It is in the queue with its reason, and nothing orders a second one: key, look or upkeep."""
    served.smdp.faults["downloadOrder"] = [fault]
    assert refusal(shop).code == "checking"
    assert stranded_orders(shop) == [only(shop).order]
    assert "nobody knows" in only(shop).waiting
    check_order(later(shop), only(shop).order)
    maintain(later(shop))
    assert refusal(later(shop)).code == "checking"
    assert served.smdp.count("downloadOrder") == 1
    assert only(shop).state == "paid"
    is_sound(shop)


def test_a_clerk_names_the_profile_that_was_ordered(shop: Desk, served: Served) -> None:
    """The supplier told its number: it is confirmed and delivered, without a second order."""
    served.smdp.faults["downloadOrder"] = ["reset after"]
    refusal(shop)
    (iccid,) = served.smdp.profiles
    done = fulfil_order(shop, only(shop).order, iccid=iccid + "F")
    assert (done.state, done.iccid, served.smdp.count("downloadOrder")) == ("delivered", iccid, 1)
    assert buy(shop).replayed
    is_sound(shop)


def test_a_clerk_says_that_nothing_was_ordered(shop: Desk, served: Served) -> None:
    """Only then it is ordered anew."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    refusal(shop)
    assert fulfil_order(shop, only(shop).order).state == "delivered"
    assert served.smdp.states() == ["released"]
    is_sound(shop)


def test_money_of_an_unknown_order_goes_back_when_a_clerk_says_so(
    shop: Desk, served: Served
) -> None:
    """What was ordered is still on record; once its number is known it is given back."""
    served.smdp.faults["downloadOrder"] = ["reset after"]
    refusal(shop)
    order = only(shop).order
    assert refund_order(shop, order, key="b1").state == "refunded"
    assert (stranded_orders(shop), download(shop).state) == ([], "unknown")
    is_sound(shop)
    (iccid,) = served.smdp.profiles
    assert fulfil_order(shop, order, iccid=iccid).state == "refunded"
    assert served.smdp.states() == ["available"]
    is_sound(shop)


@pytest.mark.parametrize("fault", ["HTTP 500", "reset after", "reset before", "no header"])
def test_a_lost_confirmation_is_asked_for_again(shop: Desk, served: Served, fault: str) -> None:
    """The ICCID was kept before: the same profile is confirmed, and found done if it was."""
    served.smdp.faults["confirmOrder"] = [fault]
    sale = buy(shop)
    (profile,) = served.smdp.profiles.values()
    assert (sale.state, sale.iccid, profile.state) == ("delivered", profile.iccid, "released")
    assert profile.matching_id in sale.activation_code
    assert served.smdp.count("downloadOrder") == 1
    is_sound(shop)


def test_a_confirmation_that_stays_lost_waits_and_comes_later(shop: Desk, served: Served) -> None:
    """Paid and in the queue; the upkeep brings it, and the key then tells of the sale."""
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    assert refusal(shop).code == "checking"
    assert stranded_orders(shop) == [only(shop).order]
    assert download(shop).iccid in served.smdp.profiles
    maintain(shop)
    assert (only(shop).state, stranded_orders(shop)) == ("delivered", [])
    assert buy(shop).iccid in served.smdp.profiles
    is_sound(shop)


def test_a_clash_takes_a_new_matching_id(shop: Desk, served: Served) -> None:
    """8.2.6/3.3 is no reason to give up."""
    served.smdp.faults["confirmOrder"] = ["Failed 8.2.6/3.3"]
    assert buy(shop).state == "delivered"
    asked = [body["matchingId"] for name, body in served.smdp.asked if name == "confirmOrder"]
    assert len(set(asked)) == 2


def test_a_wallet_gets_its_money_back(shop: Desk, served: Served) -> None:
    """The upkeep may do it too, because nobody has to hand out cash."""
    from store_app.desk.people import add_user
    from store_app.desk.sales import top_up

    add_user(shop, "ana@example.com")
    top_up(shop, "ana@example.com", pay="manual", amount="50.00", key="t1")
    before = show_wallet(shop, "ana@example.com").balance_minor
    served.smdp.faults["downloadOrder"] = ["Failed 8.2.5/3.7"]
    assert refusal(shop, pay="wallet", customer="ana@example.com").code == "sold_out"
    assert show_wallet(shop, "ana@example.com").balance_minor == before
    is_sound(shop)


def test_cash_without_a_drawer_waits_for_a_clerk(shop: Desk, served: Served) -> None:
    """Where no cash can be handed out the order stays in the queue; a clerk gives it back later."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500", "Failed 8.2.5/3.7"]
    refusal(shop)
    order = only(shop).order
    close_shift(shop, counted="115.13")
    assert fulfil_order(shop, order).state == "paid"
    assert stranded_orders(shop) == [order]
    is_sound(shop)
    open_shift(shop, float_amount="100.00")
    assert refund_order(shop, order, key="b1").state == "refunded"
    assert stranded_orders(shop) == []
    is_sound(shop)


def test_an_order_that_nobody_knows_of_is_delivered_from_stock(shop: Desk, served: Served) -> None:
    """A clerk swaps the profile: one eSIM, and what was ordered after all goes back."""
    served.smdp.faults["downloadOrder"] = ["HTTP 500"]
    assert refusal(shop).code == "checking"
    order = only(shop).order
    with pytest.raises(Refused) as refused:
        replace_order(later(shop), order, key="r")
    assert refused.value.code == "sold_out"
    assert only(shop).state == "paid"
    add_stock(shop, SKU, 1, first=50)
    done = replace_order(later(shop), order, key="r")
    assert (done.iccid, only(shop).state, download(shop).given_up) == (card(50), "delivered", True)
    assert buy(later(shop)).iccid == card(50)
    assert replace_order(later(shop), order, key="r").replayed
    is_sound(shop)


def test_a_refused_confirmation_gives_the_profile_back(shop: Desk, served: Served) -> None:
    """The profile is available again at the supplier, and the money is back."""
    served.smdp.faults["confirmOrder"] = ["Failed 8.2.7/2.2"]
    assert "confirmation code" in refusal(shop).message
    assert (served.smdp.states(), only(shop).state) == (["available"], "refunded")
    (iccid,) = served.smdp.profiles
    assert (download(shop).state, download(shop).iccid) == ("cancelled", iccid)
    is_sound(shop)
