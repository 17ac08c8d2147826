"""eSIMs by e-mail: written ahead, sent after, tried again, and never twice under one key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import select, update

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import IdempotencyConflict, Refused, StoreError
from catalog.kernel.settings import set_setting
from checkout.outbox.letters import MOST_TRIES
from checkout.outbox.tables import LetterRow
from store_app.desk.context import Desk
from store_app.desk.esim_mail import list_mail, mail_esim
from store_app.desk.orders import refund_order
from store_app.desk.sales import sell
from store_app.desk.upkeep import maintain
from tests.handovers import codes_in, seen_in_pdf, seen_in_png
from tests.mail_server import Postbox, mail_server
from tests.peers.own_process import free_port
from tests.shop import at, small_shop

TO = "ana@example.com"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A small shop on either engine, whose mail server is not there yet."""
    mails(small_shop(desk), f"127.0.0.1:{free_port()}")
    return desk


@pytest.fixture
def postbox(shop: Desk) -> Iterator[Postbox]:
    """A mail server that the shop knows."""
    with mail_server() as (box, address):
        mails(shop, address)
        yield box


def mails(shop: Desk, address: str) -> None:
    """Set the mail server of a shop."""
    wanted = {
        "mail_server": address,
        "mail_from": "till@shop.example",
        "mail_security": "none",
        "shop_name": "Casa Móvil",
    }
    for name, text in wanted.items():
        transact(shop.engine, partial(set_setting, name=name, text=text))


def sold(shop: Desk, confirmation_code: str = "") -> str:
    """The order of an eSIM that Ana bought."""
    change = {"confirmation_required": True, "confirmation_code": confirmation_code}
    if confirmation_code:
        transact(shop.engine, lambda session: session.exec(update(EsimRow).values(**change)))
    return sell(shop, sku="ES-5GB-30D", pay="cash", key="sale", customer=TO).order


def later(shop: Desk, **time: int) -> Desk:
    """The same desk after a while."""
    return at(shop, shop.clock() + timedelta(**time))


def test_the_esim_arrives_with_its_code_as_picture_and_page(shop: Desk, postbox: Postbox) -> None:
    """Text with all that is typed, a PNG and a PDF that are read; to the customer of the sale."""
    done = mail_esim(shop, sold(shop), key="mail")
    assert (done.state, done.to, done.replayed) == ("sent", TO, False)
    (message,) = postbox.messages
    assert message["Subject"] == "Your eSIM: Spain 5 GB"
    assert message["Date"].datetime == shop.clock().replace(microsecond=0)
    assert postbox.recipients == [TO]
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    payload = next(word for word in text.split() if word.startswith("LPA:1$"))
    files = {part.get_filename(): part for part in message.iter_attachments()}
    assert list(files) == [f"esim-{done.esim}.png", f"esim-{done.esim}.pdf"]
    picture, page = files.values()
    assert (picture.get_content_type(), page.get_content_type()) == ("image/png", "application/pdf")
    for seen in (seen_in_png(picture.get_content()), seen_in_pdf(page.get_content())):
        assert codes_in(seen)["zxing"] == {payload}


def test_a_confirmation_code_comes_in_a_message_of_its_own(shop: Desk, postbox: Postbox) -> None:
    """The one with the eSIM does not hold it, the one that holds it installs nothing."""
    done = mail_esim(shop, sold(shop, "471147"), key="mail")
    assert [mail.part for mail in done.mails] == ["esim", "confirmation"]
    first, second = postbox.messages
    body = first.get_body()
    assert body is not None
    assert "471147" not in body.get_content()
    assert "471147" in second.get_content()
    assert "LPA:" not in second.get_content()


def test_one_key_sends_once_and_another_sends_again(shop: Desk, postbox: Postbox) -> None:
    """The log tells who sent what to whom and when, and no code."""
    order = sold(shop)
    first = mail_esim(shop, order, key="one")
    again = mail_esim(shop, order, key="one")
    assert again == replace(first, replayed=True)
    with pytest.raises(IdempotencyConflict):
        mail_esim(shop, order, key="one", to="bo@example.com")
    eva = replace(later(shop, hours=1), actor="eva")
    mail_esim(eva, order, key="two", to="BO@example.com")
    assert postbox.recipients == [TO, "bo@example.com"]
    log = [(mail.by, mail.to, mail.wanted_at, mail.state) for mail in list_mail(shop, order)]
    assert log == [
        ("eva", "bo@example.com", eva.clock(), "sent"),
        (shop.actor, TO, shop.clock(), "sent"),
    ]
    with snapshot(shop.engine) as session:
        rows = [row.model_dump() for row in session.exec(select(LetterRow))]
    assert "TEST-0000" not in repr(rows)


def test_what_no_server_took_is_tried_later_and_later(shop: Desk) -> None:
    """The upkeep sends it once there is a server; in between it waits longer each time."""
    order = sold(shop)
    done = mail_esim(shop, order, key="mail")
    assert done.state == "pending"
    assert (done.mails[0].tries, done.mails[0].trouble) == (1, "mail_unreachable")
    assert maintain(later(shop, seconds=59)).sent == 0
    assert maintain(later(shop, seconds=60)).sent == 0
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert maintain(later(shop, seconds=179)).sent == 0
        assert maintain(later(shop, seconds=180)).sent == 1
        assert maintain(later(shop, days=2)).sent == 0
        assert mail_esim(shop, order, key="mail").state == "sent"
    assert len(postbox.messages) == 1
    assert list_mail(shop)[0].tries == 3


def test_it_is_given_up_at_last(shop: Desk) -> None:
    """A server that never comes back ends the tries; the log says so."""
    mail_esim(shop, sold(shop), key="mail")
    for day in range(1, MOST_TRIES + 2):
        maintain(later(shop, days=day))
    (mail,) = list_mail(shop)
    assert (mail.state, mail.tries) == ("refused", MOST_TRIES)


def test_a_refused_address_is_not_tried_again(shop: Desk, postbox: Postbox) -> None:
    """The server's no is final, and said."""
    done = mail_esim(shop, sold(shop), key="mail", to="nobody@example.com")
    assert (done.state, done.mails[0].trouble) == ("refused", "mail_refused")
    assert maintain(later(shop, days=1)).sent == 0
    assert postbox.messages == []


def test_what_was_given_back_is_not_sent_any_more(shop: Desk) -> None:
    """A message that waited is dropped once the eSIM is refunded."""
    order = sold(shop)
    mail_esim(shop, order, key="mail")
    refund_order(shop, order, key="back")
    with mail_server() as (postbox, address):
        mails(shop, address)
        assert maintain(later(shop, hours=1)).sent == 0
    assert postbox.messages == []
    assert [(mail.state, mail.trouble) for mail in list_mail(shop)] == [("dropped", "not_sold")]


def test_refusals_write_nothing_down(shop: Desk) -> None:
    """No address, no eSIM, no server: nothing waits."""
    order = sell(shop, sku="ES-5GB-30D", pay="cash", key="sale").order
    for named, to in ((order, None), (order, "ana"), ("O-NOPE", TO)):
        with pytest.raises(StoreError):
            mail_esim(shop, named, key="mail", to=to)
    mails(shop, "")
    with pytest.raises(Refused, match="mail_server"):
        mail_esim(shop, order, key="mail", to=TO)
    assert list_mail(shop) == []
