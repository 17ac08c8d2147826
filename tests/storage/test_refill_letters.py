"""Letters to those who approve a refill: written with the pause, sent once, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import Refused
from catalog.kernel.settings import set_setting
from checkout.outbox.letters import APPROVAL, letters_about
from checkout.outbox.tables import LetterRow
from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_esim_refill, set_wallet_refill, switch_off
from store_app.desk.context import Desk
from store_app.desk.outbox import send_due
from store_app.desk.people import add_company, set_company
from store_app.desk.refill_letters import send_again
from store_app.desk.sales import top_up
from store_app.desk.saved_cards import check_card, save_card
from store_app.desk.upkeep import doctor, maintain
from store_app.desk.wallets import show_wallet
from store_app.open_sales import paused_words
from tests.mail_server import Postbox, mail_server
from tests.peers.own_process import free_port
from tests.refills import ANA, ana_buys, card_shop, use
from tests.shop import at
from tests.stripe_double import StripeDouble
from tests.stripe_faults import only, unreachable

CREATE = "/v1/checkout/sessions"


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """Ana's card asks for her approval whenever nobody is there."""
    shop = card_shop(desk, stripe_double)
    stripe_double.set_behaviour("asks")
    return shop


@pytest.fixture
def post(shop: Desk) -> Iterator[Postbox]:
    """A mail server that the shop uses."""
    with mail_server() as (postbox, address):
        mails(shop, address)
        yield postbox


def mails(shop: Desk, address: str) -> None:
    """Set the mail server of a shop."""
    wanted = {"mail_server": address, "mail_from": "till@shop.example", "mail_security": "none"}
    for name, text in wanted.items():
        transact(shop.engine, partial(set_setting, name=name, text=text))


def pause(shop: Desk) -> None:
    """A refill of Ana's wallet that she has to approve."""
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    assert show_auto_refill(shop, ANA).state == "paused"


def letters(shop: Desk) -> list[LetterRow]:
    """Every letter to who approves, the oldest first."""
    with snapshot(shop.engine) as session:
        return letters_about(session, APPROVAL, None, 9)[::-1]


def honest(shop: Desk) -> bool:
    """Whether every invariant of the store holds."""
    return [check for check in doctor(shop) if not check.ok] == []


def test_the_owner_is_written_to_once(
    shop: Desk, post: Postbox, stripe_double: StripeDouble
) -> None:
    """With the page, the amount and until when; upkeep for hours sends no second one."""
    pause(shop)
    (message,) = post.messages
    assert (post.recipients, message["Subject"]) == ([ANA], "Approve 20.00 EUR")
    view = show_auto_refill(shop, ANA)
    assert (view.letter, view.letter_to, view.letter_at) == ("sent", ANA, shop.clock())
    text = message.get_content()
    for words in (view.checkout_url, "nothing was charged yet", "2026-03-02 09:00 UTC", "TEST"):
        assert words in text
    assert message["Message-ID"] == f"<{letters(shop)[0].id}@shop.example>"
    assert [maintain(at(shop, shop.clock() + timedelta(hours=n))).sent for n in (0, 1, 5)] == [
        0
    ] * 3
    stripe_double.pay()
    maintain(shop)
    assert show_wallet(shop, ANA).balance_minor == 7_000
    assert len(post.messages) == 1
    assert honest(shop)


def test_without_a_mail_server_it_waits_and_says_so(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """No page is opened for nobody; the first screen and the queue say why; set later, it goes."""
    pause(shop)
    pages = len(stripe_double.sessions)
    assert maintain(shop).sent == 0
    view = show_auto_refill(shop, ANA)
    assert (view.letter, view.checkout_url) == ("waiting", "")
    assert "No mail server is set" in view.letter_reason
    assert "Not told by e-mail: No mail server is set" in paused_words(shop)
    assert len(stripe_double.sessions) == pages
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert maintain(shop).sent == 1
    assert postbox.recipients == [ANA]
    assert paused_words(shop) == (
        f"The automatic refill of {ANA} waits for approval by the owner of the card: F5, then j."
    )


def test_a_server_that_is_down_is_tried_again(shop: Desk) -> None:
    """Not reached: it waits a minute, with the reason, and goes later, as the same message."""
    mails(shop, f"127.0.0.1:{free_port()}")
    pause(shop)
    assert "not reached" in show_auto_refill(shop, ANA).letter_reason
    (waiting,) = letters(shop)
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert maintain(shop).sent == 0
        assert maintain(at(shop, shop.clock() + timedelta(minutes=1))).sent == 1
    assert postbox.messages[0]["Message-ID"] == f"<{waiting.id}@shop.example>"


def test_a_page_that_does_not_open_keeps_the_letter(
    shop: Desk, post: Postbox, stripe_double: StripeDouble
) -> None:
    """Stripe is silent about the page: no mail without a link; the next time it goes."""
    with stripe_double.wrong(only("POST", CREATE, unreachable)):
        pause(shop)
        assert post.messages == []
    assert maintain(shop).sent == 1
    assert len(post.messages) == 1


def test_a_refused_address_is_not_tried_again(
    shop: Desk, post: Postbox, stripe_double: StripeDouble
) -> None:
    """The server's no is final until a clerk asks once more, with another address."""
    add_company(shop, "Harbour", details={"email": "nobody@harbour.example"})
    top_up(shop, "Harbour", amount="5.00", pay="manual", key="h")
    save_card(shop, "Harbour", agreed=True)
    stripe_double.pay()
    assert check_card(shop, "Harbour").state == "saved"
    set_wallet_refill(shop, "Harbour", amount="20.00", threshold="10.00")
    view = show_auto_refill(shop, "Harbour")
    assert (view.letter, post.messages) == ("refused", [])
    assert maintain(shop).sent == 0
    set_company(shop, "Harbour", details={"email": "office@harbour.example"})
    assert send_again(shop, "Harbour").letter == "sent"
    assert post.recipients == ["office@harbour.example"]
    assert [one.state for one in letters(shop)] == ["refused", "sent"]


def test_a_clerk_sends_it_again(shop: Desk, post: Postbox, stripe_double: StripeDouble) -> None:
    """Another letter with a key of its own; after the page's end with a new page."""
    pause(shop)
    first = show_auto_refill(shop, ANA).checkout_url
    assert send_again(shop, ANA).letter == "sent"
    assert [first in one.get_content() for one in post.messages] == [True, True]
    assert len({one["Message-ID"] for one in post.messages}) == 2
    stripe_double.now += timedelta(days=1)
    later = at(shop, shop.clock() + timedelta(days=1))
    maintain(later)
    assert show_auto_refill(later, ANA).state == "paused"
    again = send_again(later, ANA)
    assert again.checkout_url not in ("", first)
    assert again.checkout_url in post.messages[-1].get_content()
    assert [one.actor for one in letters(shop)] == ["auto refill", "tester", "tester"]


def test_who_waits_for_nobody_gets_no_letter(shop: Desk) -> None:
    """Sending again is refused for what is not paused."""
    assert set_wallet_refill(shop, ANA, amount="20.00", threshold="45.00").state == "on"
    with pytest.raises(Refused, match="does not wait"):
        send_again(shop, ANA)


def test_of_two_senders_one_sends(shop: Desk) -> None:
    """Both find it waiting; whoever died with it leaves it to the next after two minutes."""
    pause(shop)
    with mail_server() as (postbox, address):
        mails(shop, address)
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _: send_due(shop), range(4))) == 1
    assert len(postbox.messages) == 1


def test_a_clerk_does_not_wait_for_the_next_try(shop: Desk) -> None:
    """What waits for its next try is sent when a person asks, and is the same message."""
    mails(shop, f"127.0.0.1:{free_port()}")
    pause(shop)
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert send_again(shop, ANA).letter == "sent"
    (letter,) = letters(shop)
    assert (letter.tries, postbox.messages[0]["Message-ID"]) == (2, f"<{letter.id}@shop.example>")
    assert postbox.messages[0]["Date"].datetime == letter.written_at.replace(microsecond=0)


def test_what_is_not_to_be_approved_any_more_is_not_sent(shop: Desk) -> None:
    """Switched off while the letter waited for a server: it is dropped, and the log says why."""
    pause(shop)
    switch_off(shop, ANA)
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert maintain(shop).sent == 0
    (letter,) = letters(shop)
    assert (letter.state, letter.trouble, postbox.messages) == ("dropped", "not_paused", [])
    assert honest(shop)


def test_an_esim_of_ana_is_named(shop: Desk, post: Postbox) -> None:
    """The refill of an eSIM says which one."""
    iccid = ana_buys(shop)
    set_esim_refill(shop, iccid, refill="1GB", pay="card", threshold="500")
    use(shop, iccid, 4_800, "u1")
    assert maintain(shop).sent == 1
    assert f"The eSIM {iccid} is to be refilled" in post.messages[0].get_content()


def test_a_demo_card_has_no_page_to_send(sqlite_desk: Desk, stripe_double: StripeDouble) -> None:
    """Its approval is not made by a letter: nothing is charged, and the queue says so."""
    shop = card_shop(sqlite_desk, stripe_double)
    transact(shop.engine, lambda session: set_setting(session, "demo", "true"))
    offline = replace(shop, card=None)
    save_card(offline, ANA, agreed=True, choice="asks")
    set_wallet_refill(offline, ANA, amount="20.00", threshold="60.00")
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert maintain(offline).sent == 0
    view = show_auto_refill(offline, ANA)
    assert (view.state, postbox.messages) == ("paused", [])
    assert "offline demo card" in view.letter_reason
