"""What a supplier demands besides a profile type: a confirmation code, the EID of the phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.suppliers.ordering import name_profile
from catalog.suppliers.tables import DownloadOrderRow
from store_app.desk.context import Desk
from store_app.desk.esim_codes import CodeView, esim_code
from store_app.desk.packs import pack_files, read_pack
from store_app.desk.sales import Sale
from store_app.desk.shifts import x_report
from store_app.desk.upkeep import maintain
from tests.live_shop import FALLBACK, buy, is_sound, later, live_shop, only, refusal
from tests.peers.smdp_peer import ADDRESS, PROFILE_TYPE, Served, smdp_peer
from tests.shop import add_plans, plan

EID = "89049032123451234512345678901235"
OTHER_EID = "89049032005008882600046100000013"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An SM-DP+ that no request of the test may displease."""
    with smdp_peer(tmp_path) as made:
        yield made
        assert made.smdp.broken == []


@pytest.fixture
def tied(sqlite_desk: Desk, served: Served) -> Desk:
    """The shop whose supplier ties each profile to a phone."""
    served.smdp.wants_eid = True
    return live_shop(sqlite_desk, served, wants_eid=True)


def row_of(desk: Desk, table: type[Any]) -> Any:
    """The only row of a table."""
    with snapshot(desk.engine) as session:
        return session.exec(select(table)).one()


def asked(served: Served, function: str) -> dict[str, Any]:
    """What a function was asked with the last time, without its header."""
    body = [body for name, body in served.smdp.asked if name == function][-1]
    return {name: value for name, value in body.items() if name != "header"}


def delivered(desk: Desk, sale: Sale) -> CodeView:
    """The code of a sale that is sound."""
    assert sale.state == "delivered"
    is_sound(desk)
    return esim_code(desk, sale.order)


@pytest.mark.parametrize("by_plan", [True, False])
def test_a_confirmation_code_is_made_sent_and_given_apart(
    sqlite_desk: Desk, served: Served, *, by_plan: bool
) -> None:
    """Eight digits that the supplier knows; the code to scan says only that one is asked for."""
    served.smdp.wants_code = True
    shop = live_shop(sqlite_desk, served, confirmation=not by_plan)
    terms = {"supplier": "norvia", "profile_type": PROFILE_TYPE, "confirmation": by_plan}
    add_plans(shop, plan(**terms))
    sale = buy(shop)
    code = delivered(shop, sale)
    (profile,) = served.smdp.profiles.values()
    secret = profile.confirmation_code
    assert (len(secret), secret.isdigit(), code.confirmation_code) == (8, True, secret)
    assert sale.activation_code == f"LPA:1${ADDRESS}${profile.matching_id}$$1"
    pack = read_pack(shop, sale.order)
    apart = [file.form for file in pack_files(pack, ("text",)) if secret.encode() in file.content]
    assert apart == ["confirmation"]
    for told in (sale, code, pack, row_of(shop, DownloadOrderRow), row_of(shop, EsimRow)):
        assert secret not in repr(told)
        assert profile.matching_id not in repr(told)


def test_a_lost_confirmation_is_asked_for_with_the_same_code(
    sqlite_desk: Desk, served: Served
) -> None:
    """What the first call may have set is what the buyer gets."""
    shop = live_shop(sqlite_desk, served, confirmation=True)
    served.smdp.faults["confirmOrder"] = ["HTTP 500"] * 2
    refusal(shop)
    maintain(later(shop))
    calls = [body for name, body in served.smdp.asked if name == "confirmOrder"]
    codes = {body["confirmationCode"] for body in calls}
    assert (len(calls), codes) == (3, {esim_code(shop, only(shop).order).confirmation_code})


def test_nobody_else_gets_a_code_or_an_eid(sqlite_desk: Desk, served: Served) -> None:
    """A supplier that demands neither is told neither."""
    shop = live_shop(sqlite_desk, served)
    code = delivered(shop, buy(shop, eid=EID))
    assert asked(served, "downloadOrder") == {"profileType": PROFILE_TYPE}
    assert {*asked(served, "confirmOrder")} == {"iccid", "matchingId", "releaseFlag"}
    assert (code.confirmation_required, row_of(shop, EsimRow).eid) == (False, "")


def test_a_profile_is_tied_to_the_phone(tied: Desk, served: Served) -> None:
    """Its EID is told with the order and the confirmation, and kept with the eSIM."""
    delivered(tied, buy(tied, eid=f"8904 {EID[4:]}"))
    assert asked(served, "downloadOrder") == {"profileType": PROFILE_TYPE, "eid": EID}
    assert asked(served, "confirmOrder")["eid"] == EID
    assert (row_of(tied, EsimRow).eid, row_of(tied, EsimRow).profile_state) == (EID, "released")


def test_a_tied_profile_is_linked_until_it_is_confirmed(tied: Desk, served: Served) -> None:
    """A clerk names what was ordered: it has a number, and a phone."""
    served.smdp.faults["downloadOrder"] = ["reset after"]
    assert refusal(tied, eid=EID).code == "checking"
    (iccid,) = served.smdp.profiles
    assert served.smdp.states() == ["linked"]
    order = row_of(tied, DownloadOrderRow).order_id
    transact(tied.engine, lambda session: name_profile(session, order, iccid, tied.clock()))
    assert row_of(tied, DownloadOrderRow).state == "linked"
    maintain(later(tied))
    assert (only(tied).state, served.smdp.states()) == ("delivered", ["released"])
    is_sound(tied)


@pytest.mark.parametrize(
    ("eid", "code"), [(None, "eid_needed"), (EID[:-1] + "6", "bad_eid"), ("8904", "bad_eid")]
)
def test_no_phone_no_order(tied: Desk, served: Served, eid: str | None, code: str) -> None:
    """Without an EID that can be right nothing is charged, and nobody is asked."""
    with pytest.raises(Refused) as refused:
        buy(tied, **({"eid": eid} if eid else {}))
    assert (refused.value.code, refused.value.field) == (code, "eid")
    assert (served.smdp.asked, x_report(tied).expected_minor) == ([], 10_000)


def test_a_profile_for_another_phone_goes_back(tied: Desk, served: Served) -> None:
    """The EID that the supplier answers must be ours; otherwise it is cancelled and paid back."""
    served.smdp.tells_eid = OTHER_EID
    refused = refusal(tied, eid=EID)
    assert (refused.code, "EID of another phone" in refused.message) == ("wrong_eid", True)
    assert asked(served, "cancelOrder")["eid"] == EID
    assert (served.smdp.states(), only(tied).state) == (["available"], "refunded")
    is_sound(tied)


def test_a_phone_may_be_all_that_finds_the_profile(tied: Desk, served: Served) -> None:
    """An empty matching id is a code where the EID was told."""
    served.smdp.finds_by_eid = True
    sale = buy(tied, eid=EID)
    assert (delivered(tied, sale).matching_id, sale.activation_code) == ("", f"LPA:1${FALLBACK}$")
