"""Live ordering: paid, ordered once, delivered; or the money back, or a clerk's queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot
from catalog.kernel.errors import Unavailable
from catalog.suppliers.tables import DownloadOrderRow
from store_app.desk.context import Desk
from store_app.desk.esim_codes import esim_code
from store_app.desk.esims import show_esim
from store_app.desk.order_views import show_order
from store_app.desk.orders import check_order, receipt_text, refund_order
from store_app.desk.replacements import replace_order
from store_app.desk.sales import quote, refill
from store_app.desk.shifts import x_report
from store_app.desk.suppliers import fulfil_order
from store_app.desk.upkeep import maintain
from tests.card_shop import with_card
from tests.live_shop import FALLBACK, SKU, buy, is_sound, later, live_shop, only, refusal
from tests.peers.smdp_peer import ADDRESS, Served, smdp_peer
from tests.shop import add_stock
from tests.shop import iccid as card
from tests.stripe_double import StripeDouble


@pytest.fixture
def shop(sqlite_desk: Desk, served: Served) -> Desk:
    """The shop without uploaded stock."""
    return live_shop(sqlite_desk, served)


def test_a_plan_without_stock_is_ordered_when_it_is_paid(desk: Desk, served: Served) -> None:
    """One sale: paid, ordered, confirmed and released; its code is the supplier's."""
    shop = live_shop(desk, served)
    assert quote(shop, SKU).live
    sale = buy(shop, tendered="20.00")
    assert (sale.state, sale.total_minor, sale.change_minor) == ("delivered", 1513, 487)
    (profile,) = served.smdp.profiles.values()
    assert (sale.iccid, profile.state) == (profile.iccid, "released")
    assert sale.activation_code == f"LPA:1${ADDRESS}${profile.matching_id}"
    view = show_esim(shop, profile.iccid)
    assert (view.status, view.profile_state, view.order) == (
        "activation_ready",
        "released",
        sale.order,
    )
    assert view.data_left_bytes == 5_000_000_000
    is_sound(shop)


def test_the_same_key_tells_of_the_same_sale(shop: Desk, served: Served) -> None:
    """A repetition orders nothing and says the same."""
    first, second = buy(shop), buy(shop)
    assert (first.replayed, second.replayed) == (False, True)
    assert (first.order, first.iccid, first.activation_code) == (
        second.order,
        second.iccid,
        second.activation_code,
    )
    assert served.smdp.count("downloadOrder") == 1


def test_uploaded_stock_goes_first(sqlite_desk: Desk, served: Served) -> None:
    """The supplier is asked for nothing as long as there is a profile on the shelf."""
    shop = live_shop(sqlite_desk, served, stock=1)
    buy(shop, "k1")
    assert served.smdp.asked == []
    buy(shop, "k2")
    assert served.smdp.count("downloadOrder") == 1
    is_sound(shop)


def test_a_live_esim_is_refilled_and_refunded_like_any(shop: Desk) -> None:
    """Whatever comes after the sale does not ask where the profile is from."""
    sale = buy(shop)
    refill(shop, str(sale.iccid), refill="1GB", pay="cash", key="r1")
    done = refund_order(shop, sale.order, key="b1", supervisor="mia", reason="no coverage")
    assert done.state == "refunded"
    is_sound(shop)


def test_an_address_that_is_not_told_is_the_configured_one(shop: Desk, served: Served) -> None:
    """`smdpAddress` may be missing."""
    served.smdp.names_address = False
    sale = buy(shop)
    assert esim_code(shop, sale.order).address == FALLBACK


def test_a_supplier_may_release_by_a_call_of_its_own(sqlite_desk: Desk, served: Served) -> None:
    """Confirmed without the flag, then released."""
    shop = live_shop(sqlite_desk, served, release_apart=True)
    assert buy(shop).state == "delivered"
    assert [name for name, _ in served.smdp.asked][1:] == [
        "downloadOrder",
        "confirmOrder",
        "releaseProfile",
    ]
    assert served.smdp.states() == ["released"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("Failed 8.2.5/3.7", "sold_out"),
        ("Failed 8.2.5/3.9", "unknown_profile_type"),
        ("Expired", "supplier_expired"),
        ("HTTP 403", "supplier_credentials"),
    ],
)
def test_a_definite_no_pays_the_money_back(
    shop: Desk, served: Served, fault: str, code: str
) -> None:
    """Nothing is ordered, the receipt has its credit note, and the same key may sell later."""
    served.smdp.faults["downloadOrder"] = [fault]
    assert refusal(shop).code == code
    order = only(shop)
    assert (order.state, order.refunds[0]["number"]) == ("refunded", "R1-C000001")
    assert x_report(shop).expected_minor == 10_000
    assert served.smdp.states() == []
    is_sound(shop)
    assert buy(shop).state == "delivered"
    is_sound(shop)


def test_a_card_pays_first_and_the_profile_follows(
    shop: Desk, served: Served, stripe_double: StripeDouble
) -> None:
    """Nothing is ordered while the customer pays; the look that finds it paid delivers."""
    till = with_card(shop, stripe_double)
    sale = buy(till, pay="card")
    assert (sale.state, sale.iccid, served.smdp.profiles) == ("placed", None, {})
    stripe_double.pay()
    assert check_order(till, sale.order).state == "delivered"
    assert buy(till, pay="card").iccid in served.smdp.profiles
    is_sound(till)


def test_a_card_gets_its_money_back(
    shop: Desk, served: Served, stripe_double: StripeDouble
) -> None:
    """Sold out after it was paid: the refund goes through the provider, once."""
    till = with_card(shop, stripe_double)
    sale = buy(till, pay="card")
    stripe_double.pay()
    served.smdp.faults["downloadOrder"] = ["Failed 8.2.5/3.7"]
    assert check_order(till, sale.order).state == "refunded"
    maintain(later(till))
    assert [each["amount"] for each in stripe_double.refunds] == [1513]
    is_sound(till)


@pytest.mark.parametrize(
    ("server", "files", "code"),
    [
        ({"identity": "other.example.com"}, "", "supplier_untrusted"),
        ({"expired": True}, "", "supplier_untrusted"),
        ({}, "server", "supplier_credentials"),
    ],
)
def test_a_supplier_that_is_not_trusted_is_found_before_anything_is_charged(
    sqlite_desk: Desk, tmp_path: Path, server: dict[str, object], files: str, code: str
) -> None:
    """No order, no money, no profile; the sentence says which side is wrong."""
    from tests.peers.authority import Authority

    with smdp_peer(tmp_path, **server) as served:  # type: ignore[arg-type]  # options by name
        changes: dict[str, Any] = {}
        if files:
            (tmp_path / "foreign").mkdir()
            cert, key = Authority(tmp_path / "foreign").issued("shop.example.com", "client")
            changes = {"cert": str(cert), "key": str(key)}
        shop = live_shop(sqlite_desk, served, **changes)
        refused = refusal(shop)
        assert (refused.code, "Nothing was charged" in refused.message) == (code, True)
        assert (served.smdp.asked, x_report(shop).expected_minor) == ([], 10_000)
        with snapshot(shop.engine) as session:
            assert session.exec(select(EsimRow)).all() == []
        is_sound(shop)


def test_an_error_page_before_the_sale_charges_nothing(shop: Desk, served: Served) -> None:
    """A supplier that only shows error pages is not asked for an order."""
    served.smdp.faults["releaseProfile"] = ["HTTP 500"]
    assert refusal(shop).code == "supplier_silent"
    assert (served.smdp.states(), x_report(shop).expected_minor) == ([], 10_000)


def test_a_number_that_the_store_has_is_not_sold_twice(shop: Desk, served: Served) -> None:
    """A supplier that names a sold profile again is asked by a clerk."""
    buy(shop)
    profiles = dict(served.smdp.profiles)
    served.smdp.profiles.clear()
    assert refusal(shop, "k2").code == "checking"
    assert "has already" in download_states(shop)[1]
    served.smdp.profiles.update(profiles)
    is_sound(shop)


def download_states(desk: Desk) -> tuple[str, str]:
    """State and reason of the latest profile ordered."""
    with snapshot(desk.engine) as session:
        rows = session.exec(select(DownloadOrderRow)).all()
    latest = max(rows, key=lambda row: row.id)
    return latest.state, latest.reason


def test_the_receipt_names_the_profile_once_it_is_there(shop: Desk, served: Served) -> None:
    """Printed between payment and delivery without it, afterwards with it; the rest as it was."""
    served.smdp.faults["downloadOrder"] = ["reset after"]
    with pytest.raises(Unavailable):
        buy(shop)
    waiting = only(shop)
    before = receipt_text(shop, str(waiting.receipt))
    assert (waiting.state, waiting.iccid, "ICCID" in before) == ("paid", None, False)
    (iccid,) = served.smdp.profiles
    done = fulfil_order(shop, waiting.order, iccid=iccid)
    after = receipt_text(shop, str(done.receipt))
    assert show_order(shop, done.order).iccid == done.iccid == iccid
    line = f"ICCID{iccid:>35}"
    assert after.splitlines() == [*before.splitlines()[:-2], line, *before.splitlines()[-2:]]


def test_a_live_esim_is_replaced_from_stock(shop: Desk) -> None:
    """The supplier's profile is withdrawn, and the books still know where it came from."""
    sale = buy(shop)
    add_stock(shop, SKU, 1, first=50)
    done = replace_order(shop, sale.order, key="r")
    assert (done.former_iccid, done.iccid) == (sale.iccid, card(50))
    is_sound(shop)
