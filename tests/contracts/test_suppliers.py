"""One contract for every supplier of profiles, offline or over HTTPS with certificates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.esim.identifiers import check_iccid
from catalog.kernel.errors import Unavailable
from catalog.kernel.ids import new_id
from catalog.suppliers.access import Access
from catalog.suppliers.es2plus import Es2Plus
from catalog.suppliers.offline import OfflineSupplier
from catalog.suppliers.supplier import (
    AlreadyUsed,
    CallExpired,
    CannotRelease,
    MatchingIdClash,
    NotAllowed,
    Rejected,
    SoldOut,
    Supplier,
    Unheard,
    UnknownIccid,
    UnknownPlan,
)
from tests.peers.authority import Authority
from tests.peers.smdp_peer import ADDRESS, PROFILE_TYPE, REQUESTER, Served, smdp_peer

NOBODYS = "8931777000000000018"
Way = tuple[Supplier, str]


def access_to(served: Served, **changes: object) -> Access:
    """The access that the peer lets in, with some of it changed."""
    access = Access(
        name="peer",
        url=served.url,
        ca=str(served.ca),
        cert=str(served.cert),
        key=str(served.key),
        requester=REQUESTER,
        timeout_s=10,
        per_minute=6_000,
    )
    return replace(access, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def way(served: Served) -> Supplier:
    """The client of that SM-DP+."""
    return Es2Plus(access_to(served))


@pytest.fixture(params=["offline", "es2plus"])
def either(request: pytest.FixtureRequest) -> Way:
    """Every supplier with a profile type that it has."""
    if request.param == "offline":
        return OfflineSupplier(), "DEMO-TRAVEL"
    made: Supplier = request.getfixturevalue("way")
    return made, PROFILE_TYPE


def test_a_profile_is_ordered_confirmed_and_released(either: Way) -> None:
    """Its ICCID comes without padding, its matching id is the one that was asked for."""
    supplier, profile_type = either
    iccid = supplier.order_download(new_id(), profile_type=profile_type)
    assert check_iccid(iccid) == replace(check_iccid(iccid), value=iccid, warnings=())
    done = supplier.confirm(new_id(), iccid=iccid, matching_id="K2-7HX0", release=True)
    assert (done.matching_id, "." in done.smdp_address) == ("K2-7HX0", True)
    assert "K2-7HX0" not in repr(done)


def test_each_order_is_another_profile(either: Way) -> None:
    """Two calls, two numbers."""
    supplier, profile_type = either
    ordered = {supplier.order_download(new_id(), profile_type=profile_type) for _ in range(3)}
    assert len(ordered) == 3


def test_a_confirmed_profile_may_be_released_apart(either: Way) -> None:
    """Confirmed first, released by a call of its own."""
    supplier, profile_type = either
    iccid = supplier.order_download(new_id(), profile_type=profile_type)
    supplier.confirm(new_id(), iccid=iccid, matching_id="K2-7HX1", release=False)
    supplier.release(new_id(), iccid=iccid)


def test_an_order_is_given_back(either: Way) -> None:
    """Before and after it was confirmed."""
    supplier, profile_type = either
    for matching_id in ("", "K2-7HX2"):
        iccid = supplier.order_download(new_id(), profile_type=profile_type)
        if matching_id:
            supplier.confirm(new_id(), iccid=iccid, matching_id=matching_id, release=True)
        supplier.cancel(new_id(), iccid=iccid, matching_id=matching_id)


def test_what_is_not_there_is_refused_in_words(either: Way) -> None:
    """An unknown plan and an unknown profile."""
    supplier, _ = either
    with pytest.raises(UnknownPlan, match="profile type"):
        supplier.order_download(new_id(), profile_type="NO-SUCH-TYPE")
    with pytest.raises(UnknownIccid) as refused:
        supplier.cancel(new_id(), iccid=NOBODYS)
    assert (refused.value.subject, refused.value.reason) == ("8.2.1", "3.9")


def test_the_test_orders_nothing(either: Way, served: Served) -> None:
    """Address, trust and credentials are proved without a profile."""
    either[0].test(new_id())
    assert served.smdp.profiles == {}


def test_refusals_of_a_real_server_are_told_apart(way: Supplier, served: Served) -> None:
    """Sold out, in use, clash and wrong state each have their own error."""
    served.smdp.stock = 2
    first, second = (way.order_download(new_id(), profile_type=PROFILE_TYPE) for _ in range(2))
    with pytest.raises(SoldOut):
        way.order_download(new_id(), profile_type=PROFILE_TYPE)
    with pytest.raises(CannotRelease):
        way.release(new_id(), iccid=first)
    way.confirm(new_id(), iccid=first, matching_id="ONE", release=True)
    with pytest.raises(AlreadyUsed):
        way.confirm(new_id(), iccid=first, matching_id="TWO", release=True)
    with pytest.raises(MatchingIdClash):
        way.confirm(new_id(), iccid=second, matching_id="ONE", release=True)


def test_a_requester_that_is_not_known_fails_the_test(served: Served) -> None:
    """Trusted by its certificate, and not accepted by its name."""
    with pytest.raises(NotAllowed):
        Es2Plus(access_to(served, requester="somebody-else")).test(new_id())


def test_a_missing_address_is_told_as_missing(way: Supplier, served: Served) -> None:
    """The caller then takes the configured one."""
    served.smdp.names_address = False
    iccid = way.order_download(new_id(), profile_type=PROFILE_TYPE)
    assert way.confirm(new_id(), iccid=iccid, matching_id="A", release=True).smdp_address == ""
    assert ADDRESS.count(".") > 1


@pytest.mark.parametrize(
    ("fault", "error", "ordered"),
    [
        ("HTTP 500", Unheard, 0),
        ("HTTP 502", Unheard, 0),
        ("HTTP 403", Unavailable, 0),
        ("HTTP 404", Unavailable, 0),
        ("HTTP 429", Unavailable, 0),
        ("HTTP 302", Unavailable, 0),
        ("Failed 8.2.5/3.7", SoldOut, 0),
        ("Failed 8.2.6/3.10", Rejected, 0),
        ("Expired", CallExpired, 0),
        ("Pending", Unheard, 0),
        ("no header", Unheard, 1),
        ("hang after", Unheard, 1),
        ("reset after", Unheard, 1),
        ("reset before", Unheard, 0),
    ],
)
def test_each_way_to_go_wrong_is_told_apart(
    served: Served, fault: str, error: type[Exception], ordered: int
) -> None:
    """What certainly was not done is no `Unheard`; what may have been done is nothing else."""
    served.smdp.faults["downloadOrder"] = [fault]
    supplier = Es2Plus(access_to(served, timeout_s=1))
    with pytest.raises((Rejected, Unavailable)) as said:
        supplier.order_download(new_id(), profile_type=PROFILE_TYPE)
    assert type(said.value) is error or (error is Unavailable and type(said.value) is Unavailable)
    assert len(served.smdp.profiles) == ordered


@pytest.mark.parametrize(
    ("server", "client", "code"),
    [
        ({"identity": "other.example.com"}, {}, "supplier_untrusted"),
        ({"expired": True}, {}, "supplier_untrusted"),
        ({}, {"ca": "foreign"}, "supplier_untrusted"),
        ({}, {"cert": "foreign"}, "supplier_credentials"),
        ({}, {"key": "open"}, "open_key_file"),
        ({}, {"cert": "missing"}, "supplier_files"),
        ({}, {"url": "https://127.0.0.1:9"}, "supplier_unreachable"),
    ],
)
def test_nothing_is_asked_where_one_side_is_not_trusted(
    tmp_path: Path, server: dict[str, object], client: dict[str, str], code: str
) -> None:
    """Wrong name, expired, untrusted, foreign or missing certificates: never `Unheard`."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    stranger = Authority(foreign)
    cert, key = stranger.issued("shop.example.com", "client")
    files = {"ca": str(stranger.trust_file()), "cert": str(cert), "key": str(key)}
    with smdp_peer(tmp_path, **server) as served:  # type: ignore[arg-type]  # options by name
        changes = dict(client)
        if client.get("ca") == "foreign":
            changes = {"ca": files["ca"]}
        elif client.get("cert") == "foreign":
            changes = {"cert": files["cert"], "key": files["key"]}
        elif client.get("cert") == "missing":
            changes = {"cert": str(tmp_path / "none.pem")}
        elif client.get("key") == "open":
            served.key.chmod(0o644)
            changes = {}
        supplier = Es2Plus(access_to(served, **changes))
        with pytest.raises(Unavailable) as said:
            supplier.order_download(new_id(), profile_type=PROFILE_TYPE)
        assert (said.value.code, type(said.value)) == (code, Unavailable)
        assert served.smdp.asked == []
