"""kill -9 between each two steps of a letter: sent all the same, once more at most, as itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from catalog.kernel.database import transact
from catalog.kernel.settings import set_setting
from checkout.outbox.letters import LEASE
from store_app.desk.auto_refill_views import show_auto_refill
from store_app.desk.auto_refills import set_wallet_refill
from store_app.desk.context import Desk
from store_app.desk.esim_mail import list_mail, mail_esim
from store_app.desk.outbox import send_due
from store_app.desk.sales import sell
from store_app.desk.upkeep import doctor
from tests.crash.mail_that_dies import main
from tests.crash.own_processes import died
from tests.mail_server import Postbox, mail_server
from tests.refills import ANA, SKU, card_shop
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_server import serving

ESIM_MOMENTS = 8
"""The row under its key, the taking, the handing over, the note: before and after each."""
TAKEN = range(4, 8)
"""After the letter was taken and before a note: nobody else has it until the lease ends."""
UNNOTED = range(6, 8)
"""The server has it, and that is not noted: the one place where it is sent once more."""
APPROVAL_MOMENTS = 10
"""The taking, the order of the page and its answer, the handing over, the note."""


@pytest.fixture
def post() -> Iterator[tuple[Postbox, str]]:
    """A mail server on a port of this machine."""
    with mail_server() as served:
        yield served


@pytest.fixture
def address(stripe_double: StripeDouble) -> Iterator[str]:
    """Stripe's double on a port of this machine."""
    with serving(stripe_double) as url:
        yield url


def mails(shop: Desk, server: str) -> None:
    """Set the mail server of a shop."""
    wanted = {"mail_server": server, "mail_from": "till@shop.example", "mail_security": "none"}
    for name, text in wanted.items():
        transact(shop.engine, partial(set_setting, name=name, text=text))


def ids(postbox: Postbox) -> list[str]:
    """The Message-IDs of all that came."""
    return [message["Message-ID"] for message in postbox.messages]


@pytest.mark.parametrize("moment", range(1, ESIM_MOMENTS + 1))
def test_an_esim_that_died_is_mailed(
    desk: Desk, post: tuple[Postbox, str], address: str, moment: int
) -> None:
    """The same key, or the upkeep after the lease, sends it; a second copy is known for one."""
    shop, (postbox, server) = small_shop(desk), post
    mails(shop, server)
    order = sell(shop, sku=SKU, pay="cash", key="sale", customer=ANA).order
    assert died(main, shop, address, moment, order) == -9
    assert len(postbox.messages) == int(moment >= UNNOTED.start)
    later = at(shop, shop.clock() + LEASE)
    assert mail_esim(shop, order, key="mail").state == ("pending" if moment in TAKEN else "sent")
    assert send_due(at(shop, later.clock() - timedelta(seconds=1))) == 0
    assert send_due(later) == int(moment in TAKEN)
    (mail,) = list_mail(shop)
    assert mail.state == "sent"
    assert ids(postbox) == [f"<{mail.mail}@shop.example>"] * (1 + (moment in UNNOTED))


@pytest.mark.parametrize("moment", range(1, APPROVAL_MOMENTS + 1))
def test_a_letter_to_who_approves_that_died_is_sent(
    desk: Desk, stripe_double: StripeDouble, post: tuple[Postbox, str], address: str, moment: int
) -> None:
    """Written with the pause, it waited for a server: one page, one letter, twice at most."""
    shop, (postbox, server) = card_shop(desk, stripe_double), post
    stripe_double.set_behaviour("asks")
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    mails(shop, server)
    assert died(main, shop, address, moment) == -9
    was_sent = len(postbox.messages)
    send_due(at(shop, shop.clock() + LEASE))
    view = show_auto_refill(shop, ANA)
    assert (view.state, view.letter, view.letter_to) == ("paused", "sent", ANA)
    assert view.checkout_url in postbox.messages[-1].get_content()
    is_noted = moment == APPROVAL_MOMENTS
    assert len(postbox.messages) == was_sent + (not is_noted)
    assert len(set(ids(postbox))) == 1
    assert [check for check in doctor(shop) if not check.ok] == []


def test_there_are_no_more_moments(
    sqlite_desk: Desk, stripe_double: StripeDouble, post: tuple[Postbox, str], address: str
) -> None:
    """A process told to die one moment later lives: every moment was tried."""
    shop = card_shop(sqlite_desk, stripe_double)
    stripe_double.set_behaviour("asks")
    set_wallet_refill(shop, ANA, amount="20.00", threshold="60.00")
    mails(shop, post[1])
    assert died(main, shop, address, APPROVAL_MOMENTS + 1) == 0
    order = sell(shop, sku=SKU, pay="cash", key="sale", customer=ANA).order
    assert died(main, shop, address, ESIM_MOMENTS + 1, order) == 0
    assert len(post[0].messages) == 2
