"""What suppliers report moves profiles forward; strangers are not heard."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from catalog.kernel.errors import Refused
from store_app.desk.context import Desk
from store_app.desk.esims import show_esim
from store_app.desk.reports import profile_state
from store_app.desk.stock import stock_summary
from store_app.http import Listening, check_listening, read_secret
from tests.live_shop import buy, is_sound
from tests.peers.authority import Authority
from tests.peers.listening_peer import listening_peer
from tests.shop import iccid, small_shop

AGREED = "a-secret-of-the-supplier"
BEARER = {"Authorization": f"Bearer {AGREED}"}
V2, V3 = "handleDownloadProgressInfo", "handleNotification"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """The small shop on each engine."""
    return small_shop(desk)


@pytest.fixture
def base(shop: Desk) -> Iterator[str]:
    """Its listener on this machine, behind a secret."""
    with listening_peer(shop, Listening(secret=AGREED)) as url:
        yield url + "/gsma/rsp2/es2plus/"


def tell(base: str, number: str, point: object, function: str = V2, **more: object) -> None:
    """Report a point, as a supplier does; it is always answered alike."""
    name = "notificationPointId" if function == V2 else "notificationEvent"
    body = {"header": {}, "iccid": number, "profileType": "X", name: point, **more}
    answer = httpx.post(base + function, json=body, headers=BEARER, trust_env=False)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_profile_goes_forward_and_never_back(shop: Desk, base: str) -> None:
    """Installed before downloaded, told twice, on and off: the state is the furthest."""
    sold = str(buy(shop).iccid)
    tell(base, sold + "F", 4, timeStamp="2026-03-01T10:00:00Z")
    tell(base, sold, "3", timestamp="2026-03-01T09:59:00Z")
    tell(base, sold, 4)
    assert profile_state(shop, sold) == "installed"
    tell(base, sold, 101, V3)
    tell(base, sold, "102", V3, notificationEventStatus={"status": "Executed-Success"})
    assert profile_state(shop, sold) == "disabled"
    assert "switch the eSIM on" in show_esim(shop, sold).next_action
    is_sound(shop)


def test_a_failed_download_is_shown_until_it_succeeds(shop: Desk, base: str) -> None:
    """What a phone reports later is proof that the profile did arrive."""
    sold = str(buy(shop).iccid)
    tell(base, sold, 3, notificationPointStatus={"status": "Failed"})
    assert profile_state(shop, sold) == "error"
    tell(base, sold, 4)
    assert profile_state(shop, sold) == "installed"


def test_an_unknown_profile_and_an_unknown_point_are_answered_alike(base: str) -> None:
    """A supplier repeats what is refused, for ever."""
    tell(base, "8931777000000000018", 3)
    tell(base, "no number", 3)
    tell(base, iccid(1), "later-version")


def test_a_profile_that_was_loaded_before_its_sale_leaves_the_shelf(shop: Desk, base: str) -> None:
    """Nobody can install it any more."""
    tell(base, iccid(1), 3)
    (level,) = stock_summary(shop)
    assert level.available == 2
    is_sound(shop)


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({}, b"{}", 401),
        ({"Authorization": "Bearer wrong"}, b"{}", 401),
        (BEARER, b"<html>", 400),
        (BEARER, b"x" * 70_000, 413),
    ],
)
def test_strangers_and_nonsense_change_nothing(
    base: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    """A wrong secret, no JSON, too much: refused, and nothing is told about why."""
    answer = httpx.post(base + V2, content=content, headers=headers, trust_env=False)
    assert (answer.status_code, answer.content) == (status, b"")
    assert httpx.get(base + V2, trust_env=False).status_code == 405
    assert httpx.post(base + "downloadOrder", headers=BEARER, trust_env=False).status_code == 404


def test_a_supplier_proves_itself_by_its_certificate(sqlite_desk: Desk, tmp_path: Path) -> None:
    """One of the named authority is let in, a foreign one and none are not."""
    shop = small_shop(sqlite_desk)
    ours, foreign = tmp_path / "ours", tmp_path / "foreign"
    ours.mkdir()
    foreign.mkdir()
    authority, stranger = Authority(ours), Authority(foreign)
    ca = authority.trust_file()
    cert, key = authority.issued("127.0.0.1", "server")
    listening = Listening(cert=cert, key=key, client_ca=ca)
    with listening_peer(shop, listening) as url:
        for made, is_let_in in ((authority, True), (stranger, False), (None, False)):
            context = ssl.create_default_context(cafile=str(ca))
            if made is not None:
                context.load_cert_chain(*made.issued("norvia.example.com", "caller"))
            with httpx.Client(verify=context, trust_env=False) as client:
                try:
                    answer = client.post(f"{url}/gsma/rsp2/es2plus/{V2}", json={})
                except httpx.HTTPError:
                    assert not is_let_in
                else:
                    assert is_let_in
                    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "client_ca"),
        ({"secret": AGREED, "host": "192.0.2.7"}, "cert"),
        ({"client_ca": Path("ca.pem")}, "cert"),
        ({"secret": AGREED, "cert": Path("c.pem")}, "key"),
    ],
)
def test_nobody_listens_to_strangers(options: dict[str, object], field: str) -> None:
    """Without proof, or where a secret would travel in the open, nothing is begun."""
    with pytest.raises(Refused) as refused:
        check_listening(Listening(**options))  # type: ignore[arg-type]  # options by name
    assert (refused.value.field, "Nothing is listening" in refused.value.message) == (field, True)


def test_a_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Open to others, missing or short: refused; it shows in no repr."""
    path = tmp_path / "secret"
    path.write_text(AGREED + "\n")
    path.chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path) == AGREED
    assert AGREED not in repr(Listening(secret=AGREED))
    path.write_text("short")
    with pytest.raises(Refused, match="16 characters"):
        read_secret(path)
    with pytest.raises(Refused, match="can't be read"):
        read_secret(tmp_path / "none")
